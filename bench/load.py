"""Rally's load on a running cloud: servers, networks and log-ins, four at a time, none to fail.

usage: bench/load [STATE_DIR] [SHARE]
Boots and deletes 20 containers, makes and removes 50 networks with a subnet and a router each, and
logs in 200 times.  SHARE: a part of that, such as 0.1.
"""

import json
import pathlib
import subprocess
import sys
import tempfile
from typing import Any

from bench import cloud
from devstack import instance
from devstack.instance import Instance

RALLY = pathlib.Path(__file__).resolve().parents[1] / ".venv-rally/bin/rally"
CONCURRENCY = 4
TIMEOUT_S = 1800
NO_LIMITS = {"neutron": {"network": -1, "subnet": -1, "router": -1, "port": -1}}
SCENARIOS: dict[str, tuple[str, int, dict[str, Any], dict[str, Any]]] = {
    "boot_and_delete": (
        "NovaServers.boot_and_delete_server",
        20,
        {"flavor": {"name": "tiny"}, "image": {"name": "tiny-container"}},
        {"network": {}},
    ),
    "network_crud": (
        "NeutronNetworks.create_and_delete_routers",
        50,
        {
            "network_create_args": {},
            "subnet_create_args": {},
            "subnet_cidr_start": "10.2.0.0/24",
            "subnets_per_network": 1,
            "router_create_args": {},
        },
        {"quotas": NO_LIMITS},
    ),
    "authenticate": ("Authenticate.keystone", 200, {}, {}),
}


def main(state_dir: str = instance.DEFAULT_STATE_DIR, share: str = "1") -> None:
    """Print the figures, and fail when a single request did."""
    found = instance.known(state_dir)
    if found is None:
        raise SystemExit(f"no cloud was made in {state_dir}")
    with tempfile.TemporaryDirectory(prefix="load-") as scratch:
        results = run(found, pathlib.Path(scratch), float(share))
    shown = {name: figures(one) for name, one in zip(SCENARIOS, results, strict=True)}
    failures = sum(one["failures"] for one in shown.values())
    cloud.report(benchmark="load", bars={"failures": 0}, failures=failures, **shown)
    raise SystemExit(1 if failures else 0)


def run(target: Instance, scratch: pathlib.Path, share: float) -> list[dict[str, Any]]:
    """Run everything and return Rally's results, one a scenario."""
    (scratch / "rally.conf").write_text(f"[database]\nconnection = sqlite:///{scratch}/rally.db\n")
    _private(scratch / "cloud.json", _spec(target))
    _private(scratch / "task.json", task(share))
    _rally(scratch, "db", "create")
    _rally(scratch, "env", "create", "--name", "cloud", "--spec", str(scratch / "cloud.json"))
    _rally(scratch, "task", "start", str(scratch / "task.json"))
    results: list[dict[str, Any]] = json.loads(_rally(scratch, "task", "results"))
    return results


def task(share: float) -> dict[str, Any]:
    """Return the task, in Rally's words."""
    return {
        "version": 2,
        "title": "load",
        "subtasks": [
            {
                "title": name,
                "scenario": {scenario: arguments},
                "runner": {
                    "constant": {
                        "times": max(CONCURRENCY, round(times * share)),
                        "concurrency": CONCURRENCY,
                    }
                },
                "contexts": {"users": {"tenants": 2, "users_per_tenant": 2}, **contexts},
                "sla": {"failure_rate": {"max": 0}},
            }
            for name, (scenario, times, arguments, contexts) in SCENARIOS.items()
        ],
    }


def figures(result: dict[str, Any]) -> dict[str, Any]:
    """Return how many iterations there were, how many failed, and the seconds of the others."""
    iterations = result["result"]
    good = [one["duration"] for one in iterations if not one["error"]]
    wrong = [one["error"] for one in iterations if one["error"]]
    found: dict[str, Any] = {"count": len(iterations), "failures": len(wrong)}
    if wrong:
        found["first_failure"] = [str(line)[:300] for line in wrong[0][:2]]
    return found | (cloud.summary(good) if good else {})


def _spec(target: Instance) -> dict[str, Any]:
    admin = {
        "username": "admin",
        "password": target.secret("admin"),
        "project_name": "admin",
        "user_domain_name": "Default",
        "project_domain_name": "Default",
    }
    where = {"auth_url": target.url("identity") + "/v3", "region_name": "RegionOne"}
    return {"existing@openstack": {**where, "endpoint_type": "public", "admin": admin}}


def _private(path: pathlib.Path, document: dict[str, Any]) -> None:
    path.touch(mode=0o600)
    path.write_text(json.dumps(document))


def _rally(scratch: pathlib.Path, *words: str) -> str:
    """Run one of Rally's commands and return what it printed; a missed SLA is no failure here."""
    done = subprocess.run(
        [str(RALLY), "--config-file", str(scratch / "rally.conf"), *words],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    if done.returncode not in (0, 2):
        raise SystemExit(f"rally {' '.join(words[:2])} failed: {done.stdout}{done.stderr}"[-2000:])
    return done.stdout


if __name__ == "__main__":
    main(*sys.argv[1:])
