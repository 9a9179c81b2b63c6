"""The image that the suites have the cloud fetch."""

import urllib.request

from devstack import interop_web


def test_one_file_is_served_while_it_is_asked_for(tmp_path):
    file = tmp_path / "image.qcow2"
    file.write_bytes(b"bytes")
    with interop_web.serving(file) as first, interop_web.serving(file) as second:
        assert first != second
        with urllib.request.urlopen(second, timeout=5) as answer:
            assert answer.read() == b"bytes"
