"""A RabbitMQ of the test run's own, and in it a virtual host of each test's own."""

import fcntl
import json
import pathlib
import subprocess
import uuid
from collections.abc import Iterator

import pytest

from devstack.rabbitmq import Broker
from tests.support import keeper, ports


def _facts(directory: pathlib.Path) -> list[int]:
    path = directory / "ports"
    if not path.exists():
        path.write_text(json.dumps(ports.free(3)))
    found: list[int] = json.loads(path.read_text())
    return found


@pytest.fixture(scope="session")
def broker() -> Broker:
    """The run's broker, started when the first test needs it."""
    directory = keeper.run_directory("broker")
    made: list[Broker] = []

    def make() -> Broker:
        amqp, names, node = _facts(directory)
        return Broker(directory / "rabbitmq", amqp, names, node, user="tests", password="tests")

    def prepare() -> list[list[str]]:
        made.append(make())
        made[0].prepare()
        return [argv for _, argv in made[0].commands()]

    keeper.shared(directory, prepare, lambda: made[0].ready())
    return make()


@pytest.fixture
def bus_url(broker: Broker) -> Iterator[str]:
    """URL of a virtual host that only this test uses."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    everything = ", ".join(['<<".*">>'] * 3)
    evaluate(
        broker,
        f'rabbit_vhost:add(<<"{name}">>, <<"tests">>),'
        "rabbit_auth_backend_internal:set_permissions("
        f'<<"tests">>, <<"{name}">>, {everything}, <<"tests">>).',
    )
    yield broker.url(name)
    evaluate(broker, f'rabbit_vhost:delete(<<"{name}">>, <<"tests">>).')


def evaluate(broker: Broker, expression: str) -> str:
    """Evaluate Erlang in the broker: milliseconds, where its own control program takes seconds.

    Callers take turns: two erl_calls at once have the same node name, and one is refused.
    """
    cookie = (broker.base / "home/.erlang.cookie").read_text()
    with open(broker.base / "erl_call.lock", "w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        done = _call(broker, cookie, expression)
    assert done.stdout.startswith("{ok"), done.stdout
    return done.stdout


def _call(broker: Broker, cookie: str, expression: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["erl_call", "-c", cookie, "-address", f"127.0.0.1:{broker.node_port}", "-e"],
        input=expression + "\n",
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
        env={**broker.environment(), "PATH": "/usr/bin:/bin"},
    )
