"""An image's bytes, in and out."""

import io
from typing import BinaryIO

import falcon

from common import errors
from common.policy import Policy
from common.states import Verb
from image import states
from image.db.models import Image
from image.drivers.web import Download
from image.logic.data import Data
from image.policies import images as policies

OCTETS = "application/octet-stream"


class FileResource:
    """/v2/images/{image_id}/file and /stage

    stall_timeout_s: seconds without a byte after which an upload is given up.
    """

    def __init__(self, policy: Policy, data: Data, stall_timeout_s: float) -> None:
        self._policy = policy
        self._data = data
        self._stall_timeout_s = stall_timeout_s

    def on_put(self, req: falcon.Request, resp: falcon.Response, image_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.UPLOAD)
        self._take_in(req, image_id, states.UPLOAD)
        resp.status = falcon.HTTP_204

    def on_put_stage(self, req: falcon.Request, resp: falcon.Response, image_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.IMPORT)
        self._take_in(req, image_id, states.STAGE)
        resp.status = falcon.HTTP_204

    def _take_in(self, req: falcon.Request, image_id: str, verb: Verb) -> None:
        media_type = (req.content_type or "").partition(";")[0].strip()
        if media_type != OCTETS:
            raise errors.UnsupportedMediaType(reason=f"Content type must be {OCTETS}.")
        connection = req.env.get("gunicorn.socket")
        if connection is not None:
            connection.settimeout(self._stall_timeout_s)
        try:
            store = req.get_header("X-Image-Meta-Store") if verb is states.UPLOAD else None
            self._data.upload(req.context.ctx, image_id, req.stream, _announced(req), verb, store)
        finally:
            if connection is not None:
                connection.settimeout(None)

    def on_get(self, req: falcon.Request, resp: falcon.Response, image_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.DOWNLOAD)
        image = self._data.find(ctx, image_id)
        if image.size is None or image.status not in ("active", "deactivated"):
            resp.status = falcon.HTTP_204
            return
        if image.locations and not image.copies:
            resp.set_stream(_Part(self._data.fetch(image), image.size), image.size)
            _describe(resp, image)
            return
        resp.set_header("Accept-Ranges", "bytes")
        first, last = _span(req, resp, image.size)
        source = self._data.open(image)
        source.seek(first)
        length = last - first + 1
        resp.set_stream(_Part(source, length), length)
        if length == image.size:
            _describe(resp, image)
        resp.content_type = OCTETS
        if resp.status_code == 206:
            resp.set_header("Content-Range", f"bytes {first}-{last}/{image.size}")


def _describe(resp: falcon.Response, image: Image) -> None:
    resp.content_type = OCTETS
    if image.checksum:
        resp.set_header("Content-MD5", image.checksum)


def _announced(req: falcon.Request) -> int | None:
    """Return how many bytes the client says it sends.  Raises BadRequest."""
    if req.content_length is not None:
        return int(req.content_length)
    given = req.get_header("X-OpenStack-Image-Size")
    if given is not None and not given.isdecimal():
        raise errors.BadRequest(
            reason=f"X-OpenStack-Image-Size must be a number of bytes, not {given!r}"
        )
    return None if given is None else int(given)


def _span(req: falcon.Request, resp: falcon.Response, size: int) -> tuple[int, int]:
    """Return the first and the last byte asked for; sets 206 when that is a part.

    Several ranges at once, and units other than bytes, are answered with everything, as HTTP
    allows.  Raises RangeNotSatisfiable.
    """
    everything = (0, size - 1)
    given = (req.get_header("Range") or "").replace(" ", "")
    if not given.startswith("bytes=") or "," in given:
        return everything
    start, separator, end = given.removeprefix("bytes=").partition("-")
    numbers = [one for one in (start, end) if one]
    if not separator or not numbers or not all(one.isdecimal() for one in numbers):
        return everything
    first = int(start) if start else max(0, size - int(end))
    last = min(int(end), size - 1) if start and end else size - 1
    if first > last:
        resp.set_header("Content-Range", f"bytes */{size}")
        raise errors.RangeNotSatisfiable(
            reason=f"The image has {size} bytes; the range {given} has none of them."
        )
    resp.status = falcon.HTTP_206
    return first, last


class _Part:
    """The next `length` bytes of a file; as a whole file to a server that sends files itself.

    source: a file, or a download, which is sent as it arrives.
    """

    def __init__(self, source: BinaryIO | Download, length: int) -> None:
        self._source = source
        self._left = length

    def read(self, size: int = -1) -> bytes:
        wanted = self._left if size < 0 else min(size, self._left)
        chunk = self._source.read(wanted)
        self._left -= len(chunk)
        return chunk

    def fileno(self) -> int:
        """Return the descriptor.  Raises io.UnsupportedOperation when there is no file."""
        if isinstance(self._source, Download):
            raise io.UnsupportedOperation("a download is no file")
        return self._source.fileno()

    def close(self) -> None:
        self._source.close()
