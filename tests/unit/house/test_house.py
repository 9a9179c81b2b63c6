"""Tests that look after the house: contracts, package names, and what the tree says of itself."""

import importlib
import json
import pathlib
import pkgutil
import subprocess
import sys

import pytest

from common.messages import Contract

ROOT = pathlib.Path(__file__).resolve().parents[3]
RECORD = pathlib.Path(__file__).with_name("contracts.json")
SERVICES = ("identity", "image", "network", "compute", "orchestration", "volume")
PACKAGES = ("common", *SERVICES, "devstack")


def contracts():
    """Return every contract there is, by name: its version and its messages' fields."""
    modules = [
        importlib.import_module(f"{service}.rpc.contract")
        for service in PACKAGES
        if (ROOT / service / "rpc" / "contract.py").exists()
    ]
    shared = importlib.import_module("common.contracts")
    modules += [
        importlib.import_module(f"common.contracts.{module.name}")
        for module in pkgutil.iter_modules(shared.__path__)
    ]
    found = {}
    for module in modules:
        for value in vars(module).values():
            if isinstance(value, Contract):
                found[value.name] = {"version": value.version, "messages": value.fields()}
    return found


def test_a_contract_changes_only_together_with_its_version():
    """Record the new fields and version with `python -m tests.unit.house.record`."""
    recorded = json.loads(RECORD.read_text())
    for name, now in contracts().items():
        assert name in recorded, f"contract {name} is new: record it"
        before = recorded[name]
        if now["messages"] != before["messages"]:
            assert now["version"] != before["version"], f"{name} changed and kept its version"
        assert now == before, f"{name} changed: record it"
    assert set(recorded) == set(contracts())


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_with_plain_names_are_ours(package):
    found = importlib.import_module(package)
    assert pathlib.Path(str(found.__file__)).parent == ROOT / package


@pytest.mark.parametrize("service", SERVICES)
def test_importing_a_process_starts_nothing(service):
    script = (
        f"import threading, {service}.cli\n"
        "names = [thread.name for thread in threading.enumerate()]\n"
        "assert names == ['MainThread'], names\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT, timeout=60)
