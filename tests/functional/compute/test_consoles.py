"""Consoles in a browser: leave to open one, and using it up."""

import contextlib
import time
import urllib.parse
from collections.abc import Iterator

import pytest

from common.rpc import Bus
from compute.consoles.redeeming import Redeemer
from compute.db import consoles as tokens
from tests.support.compute_cloud import Cloud

STRANGER = {"project_id": "f" * 32, "user_id": "e" * 32}
ADMIN = {"roles": ["admin"]}


@contextlib.contextmanager
def proxy(cloud: Cloud, host: str = "host-1") -> Iterator[Redeemer]:
    """The part of a host's proxy that uses tokens up."""
    bus = Bus(cloud.bus_url)
    redeemer = Redeemer(bus, host)
    try:
        yield redeemer
    finally:
        redeemer.stop()
        bus.close()


def token_of(url: str) -> str:
    """Return the token that a console's URL holds, as a browser would send it."""
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)
    return (query["path"][0] if "path" in query else f"?token={query['token'][0]}")[7:]


def opened(cloud: Cloud, server_id: str, protocol: str, kind: str, version: str = "2.6") -> str:
    wanted = {"remote_console": {"protocol": protocol, "type": kind}}
    answer = cloud.post(f"/servers/{server_id}/remote-consoles", wanted, version)
    assert answer.status_code == 200, answer.text
    shown = answer.json["remote_console"]
    assert (shown["protocol"], shown["type"]) == (protocol, kind)
    return str(shown["url"])


@pytest.mark.parametrize(
    ("protocol", "kind", "begins"),
    [
        ("vnc", "novnc", "http://127.0.0.1:6080/vnc_auto.html?path=%3Ftoken%3D"),
        ("serial", "serial", "ws://127.0.0.1:6080/?token="),
    ],
)
def test_a_console_opens_once(cloud: Cloud, protocol, kind, begins):
    server_id = cloud.server()
    url = opened(cloud, server_id, protocol, kind)
    assert url.startswith(begins)
    with proxy(cloud) as redeemer:
        assert redeemer.redeem("bad" + token_of(url)) is None
        assert redeemer.redeem(token_of(url)) == (server_id, protocol)
        assert redeemer.redeem(token_of(url)) is None


def test_a_token_is_of_one_host_and_its_plain_text_is_nowhere(cloud: Cloud):
    server_id = cloud.server()
    token = token_of(opened(cloud, server_id, "serial", "serial"))
    with cloud.database.reading() as session:
        kept = [row.hash for row in session.query(tokens.ConsoleToken)]
    assert kept == [tokens.digest(token)]
    with proxy(cloud, "host-2") as redeemer:
        assert redeemer.redeem(token) is None
    with proxy(cloud) as redeemer:
        assert redeemer.redeem(token) == (server_id, "serial")


def test_a_token_opens_nothing_when_it_is_old_or_its_server_gone(cloud: Cloud):
    server_id = cloud.server()
    before = cloud.logic.consoles._lifetime_s
    cloud.logic.consoles._lifetime_s = 0
    old = token_of(opened(cloud, server_id, "serial", "serial"))
    cloud.logic.consoles._lifetime_s = before
    time.sleep(0.01)
    young = token_of(opened(cloud, server_id, "serial", "serial"))
    with cloud.database.reading() as session:
        assert session.query(tokens.ConsoleToken).count() == 1
    cloud.delete(f"/servers/{server_id}")
    cloud.gone(server_id)
    with proxy(cloud) as redeemer:
        assert redeemer.redeem(old) is None
        assert redeemer.redeem(young) is None


def test_the_old_actions_answer_until_2_5(cloud: Cloud):
    server_id = cloud.server()
    path = f"/servers/{server_id}/action"
    for name, kind in (("os-getVNCConsole", "novnc"), ("os-getSerialConsole", "serial")):
        answer = cloud.post(path, {name: {"type": kind}}, "2.5")
        assert answer.status_code == 200, answer.text
        assert answer.json["console"]["type"] == kind
        assert token_of(answer.json["console"]["url"])
        assert cloud.post(path, {name: {"type": kind}}, "2.6").status_code == 404
        assert cloud.post(path, {name: {"type": "wish"}}, "2.5").status_code == 400
    wanted = {"remote_console": {"protocol": "vnc", "type": "novnc"}}
    answer = cloud.post(f"/servers/{server_id}/remote-consoles", wanted, "2.5")
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("protocol", "kind", "version"),
    [
        ("spice", "spice-html5", "2.6"),
        ("rdp", "rdp-html5", "2.6"),
        ("vnc", "xvpvnc", "2.6"),
        ("mks", "webmks", "2.7"),
        ("mks", "webmks", "2.8"),
        ("vnc", "serial", "2.6"),
        ("spice", "spice-direct", "2.96"),
    ],
)
def test_other_kinds_of_console_are_refused(cloud: Cloud, protocol, kind, version):
    wanted = {"remote_console": {"protocol": protocol, "type": kind}}
    answer = cloud.post(f"/servers/{cloud.server()}/remote-consoles", wanted, version)
    assert answer.status_code == 400


def test_a_container_has_no_screen_and_is_told_what_it_has(cloud: Cloud):
    image = cloud.images.add(img_hv_type="lxc")
    server_id = cloud.server(imageRef=image)
    wanted = {"remote_console": {"protocol": "vnc", "type": "novnc"}}
    answer = cloud.post(f"/servers/{server_id}/remote-consoles", wanted, "2.6")
    assert answer.status_code == 400
    assert "offers: serial" in answer.json["badRequest"]["message"]
    opened(cloud, server_id, "serial", "serial")


def test_only_who_may_act_on_a_server_that_runs_gets_a_console(cloud: Cloud):
    server_id = cloud.server()
    path = f"/servers/{server_id}/remote-consoles"
    wanted = {"remote_console": {"protocol": "serial", "type": "serial"}}
    assert cloud.post(path, wanted, "2.6", **STRANGER).status_code == 404
    assert cloud.post(path, wanted, "2.6", roles=["reader"]).status_code == 403
    cloud.post(f"/servers/{server_id}/action", {"os-stop": None})
    cloud.wait(server_id, "SHUTOFF")
    assert cloud.post(path, wanted, "2.6").status_code == 409


def test_an_administrator_sees_where_a_token_leads_without_using_it(cloud: Cloud):
    server_id = cloud.server()
    token = token_of(opened(cloud, server_id, "vnc", "novnc"))
    path = f"/os-console-auth-tokens/{token}"
    assert cloud.get(path, "2.31").status_code == 403
    assert cloud.get(path, "2.30", **ADMIN).status_code == 401
    assert cloud.get("/os-console-auth-tokens/wrong", "2.31", **ADMIN).status_code == 404
    answer = cloud.get(path, "2.31", **ADMIN)
    assert answer.status_code == 200
    assert answer.json["console"] == {
        "instance_uuid": server_id,
        "host": "host-1",
        "port": 6080,
        "internal_access_path": None,
    }
    with proxy(cloud) as redeemer:
        assert redeemer.redeem(token) == (server_id, "vnc")
