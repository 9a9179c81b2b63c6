"""Requests that are signed instead of carrying a token: OAuth 1.0 (RFC 5849), HMAC-SHA1."""

import base64
import binascii
import dataclasses
import hashlib
import hmac
import re
import urllib.parse
from collections.abc import Iterable

_FIELD = re.compile(r'\s*([A-Za-z_]+)="([^"]*)"\s*')
METHOD = "HMAC-SHA1"


@dataclasses.dataclass(frozen=True)
class Signed:
    """A request as its sender signed it.

    url: without query.  query: decoded (name, value) pairs.  header: that of `Authorization`.
    """

    method: str
    url: str
    query: tuple[tuple[str, str], ...]
    header: str

    @property
    def fields(self) -> dict[str, str]:
        """What the header says, by name: oauth_consumer_key and so on; nothing if it is none."""
        scheme, _, rest = self.header.partition(" ")
        if scheme.lower() != "oauth":
            return {}
        found = (_FIELD.fullmatch(part) for part in rest.split(","))
        return {
            match[1]: urllib.parse.unquote(match[2])
            for match in found
            if match and match[1] != "realm"
        }

    def holds(self, consumer_secret: str, token_secret: str = "") -> bool:
        """Say whether whoever signed knows both secrets."""
        fields = self.fields
        if fields.get("oauth_signature_method") != METHOD:
            return False
        try:
            given = base64.b64decode(fields.get("oauth_signature", ""), validate=True)
        except (binascii.Error, ValueError):
            return False
        key = f"{_escaped(consumer_secret)}&{_escaped(token_secret)}"
        wanted = hmac.new(key.encode(), self._base().encode(), hashlib.sha1).digest()
        return hmac.compare_digest(given, wanted)

    def _base(self) -> str:
        """Return what is signed.  Source: RFC 5849, section 3.4.1."""
        fields = ((n, v) for n, v in self.fields.items() if n != "oauth_signature")
        parameters = _normal([*fields, *self.query])
        return "&".join(_escaped(one) for one in (self.method, _plain(self.url), parameters))


def _normal(parameters: Iterable[tuple[str, str]]) -> str:
    pairs = sorted((_escaped(name), _escaped(value)) for name, value in parameters)
    return "&".join(f"{name}={value}" for name, value in pairs)


def _plain(url: str) -> str:
    """Return a URL with its host in lower case and without the port that its scheme has anyway."""
    parts = urllib.parse.urlsplit(url)
    host = parts.netloc.lower()
    usual = {"http": ":80", "https": ":443"}.get(parts.scheme.lower(), "")
    return f"{parts.scheme.lower()}://{host.removesuffix(usual) if usual else host}{parts.path}"


def _escaped(text: str) -> str:
    return urllib.parse.quote(text, safe="~")
