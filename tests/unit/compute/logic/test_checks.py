"""What is checked at other services before a server is made."""

from typing import Any

import pytest

from common.context import RequestContext
from common.errors import BadRequest
from compute.logic import checks

ANN = RequestContext(project_id="ann", roles=("member",))


class Network:
    """The network service as the owner of a network sees it: with the ports of others."""

    def __init__(self, **port: Any) -> None:
        self._port = {"id": "p", "network_id": "n", "device_id": "", **port}

    def port(self, ctx: RequestContext, port_id: str) -> dict[str, Any]:
        return self._port

    def networks(self, ctx: RequestContext, ids: Any = None) -> list[dict[str, Any]]:
        return [{"id": "n", "name": "blue"}]


def test_a_server_takes_no_port_of_another_project_though_its_owner_sees_it():
    network: Any = Network(project_id="ben")
    with pytest.raises(BadRequest, match="could not be found"):
        checks.networks(network, ANN, [{"port": "p"}])
    network = Network(project_id="ann")
    assert [nic.port_id for nic in checks.networks(network, ANN, [{"port": "p"}])] == ["p"]
