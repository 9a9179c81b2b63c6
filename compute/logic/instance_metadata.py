"""What a guest may read about itself over HTTP, after the proxy has said who it is."""

import hashlib
import hmac
from collections.abc import Sequence
from typing import Any

from sqlalchemy import orm

from common import errors
from common.db import Database
from common.neighbours import ServiceFailed, ServiceSilent
from compute.clients import NetworkService
from compute.db import devices
from compute.db import servers as queries
from compute.db.models import Server
from compute.logic import orders
from compute.logic.devices import shown
from compute.seed import files

_SECRET_FILE = "password"  # noqa: S105 - a name
PASSWORD_LIMIT = 1020
"""Characters; enough for what a key of 4096 bits encrypts, in base64."""


class SignatureWrong(errors.Forbidden):
    message = "The signature of the instance id is not ours."


class PasswordUnreadable(errors.BadRequest):
    message = f"A password is plain text of at most {PASSWORD_LIMIT} characters."


class PasswordThere(errors.Conflict):
    message = "A password was left already."


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
        self._verify(instance_id, signature)
        with self._database.reading() as session:
            server = _own(session, instance_id, project_id)
            nics = queries.nics_of(session, [instance_id])[instance_id]
            volumes = shown(devices.of(session, [instance_id])[instance_id])
        facts = orders.guest_facts(server, volumes) | {"admin_pass": None}
        return self._answer(server, facts, [orders.nic_facts(nic) for nic in nics], path)

    def leave_password(
        self, instance_id: str, project_id: str, signature: str, path: str, data: bytes
    ) -> None:
        """Keep the password, encrypted by the guest, that its owner is to read; once.

        Raises SignatureWrong, NotFound for any other path, PasswordTooLong, PasswordThere.
        """
        self._verify(instance_id, signature)
        if not _is_password(path):
            raise errors.NotFound()
        try:
            text = data.decode("ascii")
        except UnicodeDecodeError as error:
            raise PasswordUnreadable() from error
        if len(text) > PASSWORD_LIMIT or "\x00" in text:
            raise PasswordUnreadable()
        with self._database.transaction() as session:
            server = _own(session, instance_id, project_id)
            if not queries.leave_password(session, server, text):
                raise PasswordThere()

    def _verify(self, instance_id: str, signature: str) -> None:
        wanted = hmac.new(self._secret, instance_id.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(wanted.encode(), signature.encode()):
            raise SignatureWrong()

    def _answer(
        self, server: Server, facts: dict[str, Any], nics: Sequence[dict[str, Any]], path: str
    ) -> bytes:
        steps = [step for step in path.split("/") if step]
        if not steps:
            return "\n".join([*files.EC2_VERSIONS, "openstack"]).encode()
        if steps[0] == "openstack":
            return _openstack(facts, nics, steps[1:], server.guest_password or "")
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


def _own(session: orm.Session, instance_id: str, project_id: str) -> Server:
    server = queries.find(session, instance_id)
    if server is None or server.deleted_at or server.project_id != project_id:
        raise errors.NotFound()
    return server


def _is_password(path: str) -> bool:
    steps = [step for step in path.split("/") if step]
    return (
        len(steps) == 3
        and steps[0] == "openstack"
        and steps[1] in files.OPENSTACK_VERSIONS
        and steps[2] == _SECRET_FILE
    )


def _openstack(
    facts: dict[str, Any], nics: Sequence[dict[str, Any]], steps: Sequence[str], password: str
) -> bytes:
    if not steps:
        return "\n".join(files.OPENSTACK_VERSIONS).encode()
    if steps[0] == "content" and len(steps) == 2:
        return _content(facts, steps[1])
    if steps[0] not in files.OPENSTACK_VERSIONS or len(steps) > 2:
        raise errors.NotFound()
    found = {**files.openstack(facts, nics), _SECRET_FILE: password.encode()}
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
