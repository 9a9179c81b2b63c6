"""Images of other regions, fetched with the rights of whoever asks."""

from collections.abc import Iterator
from typing import Any

import requests


class Unreachable(Exception):
    """The other region has no such image, or does not answer; the sentence says which."""


class Remote:
    """An image of another region: its attributes, and its bytes as a file.  length: bytes."""

    def __init__(self, attributes: dict[str, Any], answer: requests.Response) -> None:
        self.attributes = attributes
        size = attributes.get("size")
        self.length = size if isinstance(size, int) else None
        self._answer = answer
        self._chunks: Iterator[bytes] = answer.iter_content(1 << 18)
        self._rest = b""

    def read(self, size: int, /) -> bytes:
        """Return up to so many bytes.  Raises OSError when the other side is gone."""
        if not self._rest:
            self._rest = next(self._chunks, b"")
        chunk, self._rest = self._rest[:size], self._rest[size:]
        return chunk

    def close(self) -> None:
        """Hang up."""
        self._answer.close()


class Regions:
    """Other regions, found in the catalog of whoever asks.  auth_url: identity's, with /v3."""

    def __init__(self, auth_url: str, timeout_s: float) -> None:
        self._auth_url = auth_url.rstrip("/")
        self._timeout_s = timeout_s

    def open(self, token: str, region: str, interface: str, image_id: str) -> Remote:
        """Return an image of a region.  Raises Unreachable."""
        base = self._endpoint(token, region, interface)
        attributes = self._get(f"{base}/v2/images/{image_id}", token).json()
        if attributes.get("status") != "active":
            raise Unreachable(f"image {image_id} of region {region} is not active")
        return Remote(
            attributes, self._get(f"{base}/v2/images/{image_id}/file", token, stream=True)
        )

    def _endpoint(self, token: str, region: str, interface: str) -> str:
        catalog = self._get(f"{self._auth_url}/auth/catalog", token).json()["catalog"]
        for service in catalog:
            for endpoint in service["endpoints"] if service["type"] == "image" else ():
                if (endpoint["region_id"], endpoint["interface"]) == (region, interface):
                    return str(endpoint["url"]).rstrip("/").removesuffix("/v2")
        raise Unreachable(f"region {region} has no {interface} endpoint of the image service")

    def _get(self, url: str, token: str, *, stream: bool = False) -> requests.Response:
        headers = {"X-Auth-Token": token}
        try:
            answer = requests.get(url, headers=headers, timeout=self._timeout_s, stream=stream)
        except requests.RequestException as error:
            raise Unreachable("the other region does not answer") from error
        if answer.status_code != requests.codes.ok:
            answer.close()
            raise Unreachable(f"the other region answered {answer.status_code}")
        return answer
