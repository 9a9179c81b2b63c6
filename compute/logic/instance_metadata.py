"""What a guest may read about itself over HTTP, after the proxy has said who it is."""

import hashlib
import hmac
from collections.abc import Sequence
from typing import Any

from common import errors
from common.db import Database
from compute.clients import NetworkService
from compute.db import servers as queries
from compute.db.models import Server
from compute.errors import ServiceFailed, ServiceSilent
from compute.logic import orders
from compute.seed import files


class SignatureWrong(errors.Forbidden):
    message = "The signature of the instance id is not ours."


class InstanceMetadata:
    """secret: shared with the proxies; it signs the instance ids they forward."""

    def __init__(self, database: Database, network: NetworkService, secret: str) -> None:
        self._database = database
        self._network = network
        self._secret = secret.encode()

    def read(self, instance_id: str, project_id: str, signature: str, path: str) -> bytes:
        """Return the file or the listing at a path such as `latest/meta-data/hostname`.

        Raises SignatureWrong, NotFound.
        """
        wanted = hmac.new(self._secret, instance_id.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(wanted.encode(), signature.encode()):
            raise SignatureWrong()
        with self._database.reading() as session:
            server = queries.find(session, instance_id)
            if server is None or server.deleted_at or server.project_id != project_id:
                raise errors.NotFound()
            nics = queries.nics_of(session, [instance_id])[instance_id]
        return self._answer(server, [orders.nic_facts(nic) for nic in nics], path)

    def _answer(self, server: Server, nics: Sequence[dict[str, Any]], path: str) -> bytes:
        steps = [step for step in path.split("/") if step]
        facts = orders.guest_facts(server) | {"admin_pass": None}
        if not steps:
            return "\n".join([*files.EC2_VERSIONS, "openstack"]).encode()
        if steps[0] == "openstack":
            return _openstack(facts, nics, steps[1:])
        if steps[0] not in files.EC2_VERSIONS:
            raise errors.NotFound()
        facts["public_ipv4"] = self._floating(nics)
        return _ec2(facts, nics, steps[1:], slash=path.endswith("/"))

    def _floating(self, nics: Sequence[dict[str, Any]]) -> str:
        try:
            found = self._network.floating_ips([nic["port_id"] for nic in nics])
        except (ServiceSilent, ServiceFailed):
            return ""
        for addresses in found.values():
            return str(addresses[0]["floating_ip_address"])
        return ""


def _openstack(
    facts: dict[str, Any], nics: Sequence[dict[str, Any]], steps: Sequence[str]
) -> bytes:
    if not steps:
        return "\n".join(files.OPENSTACK_VERSIONS).encode()
    if steps[0] == "content" and len(steps) == 2:
        return _content(facts, steps[1])
    if steps[0] not in files.OPENSTACK_VERSIONS or len(steps) > 2:
        raise errors.NotFound()
    found = files.openstack(facts, nics)
    if len(steps) == 1:
        return "\n".join(sorted(found)).encode()
    if steps[1] not in found:
        raise errors.NotFound()
    return found[steps[1]]


def _content(facts: dict[str, Any], name: str) -> bytes:
    try:
        return files.contents(facts)[name]
    except KeyError:
        raise errors.NotFound() from None


def _ec2(
    facts: dict[str, Any],
    nics: Sequence[dict[str, Any]],
    steps: Sequence[str],
    *,
    slash: bool,
) -> bytes:
    user_data = files.user_data_of(facts)
    if not steps:
        return b"meta-data/\nuser-data" if user_data is not None else b"meta-data/"
    if list(steps) == ["user-data"]:
        if user_data is None:
            raise errors.NotFound()
        return user_data
    if steps[0] != "meta-data":
        raise errors.NotFound()
    found: Any = files.ec2(facts, nics)
    for step in steps[1:]:
        if not isinstance(found, dict):
            raise errors.NotFound()
        found = found.get(step, found.get(_numbered(found, step)))
        if found is None:
            raise errors.NotFound()
    return _listing(found)


def _numbered(tree: dict[str, Any], step: str) -> str:
    """Return the key `0=name` for `0`: EC2 lists keys so and reads them by number."""
    return next((key for key in tree if key.partition("=")[0] == step and "=" in key), step)


def _listing(found: Any) -> bytes:
    if not isinstance(found, dict):
        return str(found).encode()
    names = []
    for key, value in sorted(found.items()):
        plain = not isinstance(value, dict) or "=" in key
        names.append(key if plain else f"{key}/")
    return "\n".join(names).encode()
