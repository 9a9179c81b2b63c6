"""The processes as their entry points wire them, and how fast a server gets through them."""

import pathlib
import time
from urllib.parse import unquote, urlsplit

import pytest
from oslo_config import cfg

from common import config as shared
from common import db
from compute import cli, config
from tests.support.compute_cloud import Cloud


@pytest.fixture
def conf(bus_url: str, tmp_path: pathlib.Path) -> cfg.ConfigOpts:
    where = urlsplit(bus_url)
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    for name in ("service-compute", "metadata"):
        (secrets / name).write_text("secret\n")
    (secrets / "bus").write_text(unquote(where.password or ""))
    found = cfg.ConfigOpts()
    shared.register(found)
    config.register(found)
    found([], project="cumulet", default_config_files=[])
    found.set_override("state_dir", str(tmp_path))
    for key, value in (
        ("host", where.hostname),
        ("port", where.port),
        ("user", where.username),
        ("virtual_host", unquote(where.path[1:])),
    ):
        found.set_override(key, value, "bus")
    db.migrate(shared.database_url(found, "compute"), "compute")
    return found


def test_one_process_answers_on_three_ports(conf: cfg.ConfigOpts):
    wsgi = cli.build_api(conf)

    def ask(port: int, path: str) -> tuple[str, str]:
        seen: list[str] = []
        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path,
            "QUERY_STRING": "",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": str(port),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.url_scheme": "http",
            "wsgi.input": None,
            "wsgi.errors": None,
        }
        body = b"".join(wsgi(environ, lambda status, headers, *_: seen.append(status)))
        return seen[0], body.decode()

    for port in (8774, 8778, 8775):
        assert ask(port, "/healthz")[0] == "200 OK"
    assert "v2.1" in ask(8774, "/")[1]
    assert "max_version" in ask(8778, "/")[1]
    assert ask(8774, "/v2.1/servers")[0].startswith("401")
    assert ask(8778, "/resource_providers")[0].startswith("401")
    assert ask(8775, "/latest/meta-data/")[0].startswith("400")


def test_a_request_becomes_an_active_server_without_waiting_for_anything(cloud: Cloud):
    cloud.server("warm")
    taken = []
    for number in range(5):
        started = time.monotonic()
        cloud.server(f"web-{number}")
        taken.append(time.monotonic() - started)
    assert sorted(taken)[2] < 2.0, taken
    print("POST to ACTIVE:", [f"{one:.3f}" for one in taken])
