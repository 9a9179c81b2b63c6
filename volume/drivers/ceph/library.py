"""Ceph's own libraries, which come from the distribution's packages and from nowhere else."""

import importlib.machinery
import importlib.util
import sys
from typing import Any

from volume.drivers.base import PoolFault

PLACE = "/usr/lib/python3/dist-packages"
"""Where Debian puts modules that a virtual environment does not see."""


def load(name: str) -> Any:
    """Return `rados` or `rbd`, from the environment or from the distribution.

    Raises PoolFault when it is not installed.
    """
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.find_spec(name) or importlib.machinery.PathFinder.find_spec(name, [PLACE])
    if spec is None or spec.loader is None:
        raise PoolFault(
            reason=f"The driver rbd needs Ceph's library {name}; the package python3-{name} has it."
        )
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except ImportError as error:
        del sys.modules[name]
        raise PoolFault(reason=f"Ceph's library {name} cannot be loaded: {error}") from error
    return module
