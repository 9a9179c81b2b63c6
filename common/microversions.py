"""Microversions: what a request asks for, what it gets, and how the answer says so."""

import dataclasses

import falcon

from common import errors

Version = tuple[int, int]


class VersionUnsupported(errors.NotAcceptable):
    message = (
        "Version {asked} is not supported by the API. "
        "Minimum is {minimum} and maximum is {maximum}."
    )


@dataclasses.dataclass(frozen=True)
class Microversions:
    """The range one API speaks.

    service_type: the word in `OpenStack-API-Version: compute 2.1`.
    legacy_header: an older header with the number alone, or None.
    """

    service_type: str
    minimum: Version
    maximum: Version
    legacy_header: str | None = None

    def negotiate(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Set req.context.version from the headers, and echo it in the answer.

        Raises BadRequest for a malformed version, VersionUnsupported for one out of range.
        """
        asked = self._asked(req)
        version = self.minimum if asked is None else self._parse(asked)
        req.context.version = version
        self.echo(resp, version)
        if not self.minimum <= version <= self.maximum:
            raise VersionUnsupported(
                asked=text(version), minimum=text(self.minimum), maximum=text(self.maximum)
            )

    def wanted(self, req: falcon.Request) -> Version:
        """Return what a request asks for, also one that no route took; the minimum if malformed."""
        try:
            asked = self._asked(req)
            return self.minimum if asked is None else self._parse(asked)
        except errors.BadRequest:
            return self.minimum

    def echo(self, resp: falcon.Response, version: Version) -> None:
        """Say in the answer which version was used."""
        resp.set_header("OpenStack-API-Version", f"{self.service_type} {text(version)}")
        resp.append_header("Vary", "OpenStack-API-Version")
        if self.legacy_header:
            resp.set_header(self.legacy_header, text(version))
            resp.append_header("Vary", self.legacy_header)

    def _asked(self, req: falcon.Request) -> str | None:
        for part in (req.get_header("OpenStack-API-Version") or "").split(","):
            service, _, number = part.strip().partition(" ")
            if service == self.service_type:
                return number.strip()
        return req.get_header(self.legacy_header) if self.legacy_header else None

    def _parse(self, asked: str) -> Version:
        if asked == "latest":
            return self.maximum
        major, dot, minor = asked.partition(".")
        plain = major.isascii() and major.isdigit() and minor.isascii() and minor.isdigit()
        leading = len(minor) > 1 and minor.startswith("0")
        if not (dot and plain) or leading or len(asked) > 12:
            raise errors.BadRequest(
                reason=f"API Version String {asked} is of invalid format. "
                "It must be of format MajorNum.MinorNum."
            )
        return int(major), int(minor)


def text(version: Version) -> str:
    """Return `2.1` for (2, 1)."""
    return f"{version[0]}.{version[1]}"
