"""A whole cloud for the acceptance run."""

import contextlib
import os
from collections.abc import Iterator

from devstack import instance, scratch
from devstack.control import ROOT
from devstack.instance import Instance

__all__ = ["ROOT", "whole_cloud"]


@contextlib.contextmanager
def whole_cloud() -> Iterator[Instance]:
    """Bring a cloud up for the block; CUMULET_STATE_DIR names one that runs already instead."""
    given = os.environ.get("CUMULET_STATE_DIR")
    if given:
        running = instance.known(given)
        assert running, f"no cloud was made in {given}"
        yield running
        return
    with scratch.cloud("acceptance", keep=bool(os.environ.get("CUMULET_KEEP_STATE"))) as found:
        yield found
