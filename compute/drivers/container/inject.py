"""What a guest finds in its files at its first boot: name, keys, network, and the cloud's seed."""

import contextlib
import dataclasses
import json
import os
import pathlib
import stat
from collections.abc import Callable
from typing import Any

from compute.drivers.base import GuestSpec, Nic
from compute.drivers.container import guestnet, packing, passwords, trees

_CLOUD_INIT = b"datasource_list: [ ConfigDrive, None ]\nnetwork: {config: disabled}\n"
_FIRST_USER_ID = 1000
_NOBODY = 65534


@dataclasses.dataclass(frozen=True)
class File:
    data: bytes
    mode: int = 0o644
    owner: tuple[int, int] = (0, 0)


@dataclasses.dataclass(frozen=True)
class User:
    """An account of the image that takes keys."""

    home: str
    uid: int
    gid: int
    keys: bytes = b""


@dataclasses.dataclass(frozen=True)
class Facts:
    """What an image brings.

    network: `networkd`, `ifupdown` or `commands`, whichever its init reads.
    shadow: the file of passwords, when there is one.
    resolver_is_link: whether some service of the image writes /etc/resolv.conf itself.
    """

    systemd: bool = False
    cloud_init: bool = False
    network: str = "commands"
    resolver_is_link: bool = False
    users: tuple[User, ...] = ()
    shadow: File | None = None


def files(spec: GuestSpec, facts: Facts) -> dict[str, File]:
    """Return the files to lay over the image, by path.

    Source: cloud-init's ConfigDrive data source reads the seed from this directory.
    """
    name = spec.hostname.partition(".")[0]
    known = f"127.0.0.1 localhost\n127.0.1.1 {spec.hostname} {name}\n::1 localhost ip6-localhost\n"
    result = {
        "etc/hostname": File(f"{name}\n".encode()),
        "etc/hosts": File(known.encode()),
        **network(spec.nics, facts),
        **{f"{packing.SEED}/{path}": File(data, 0o600) for path, data in spec.seed.items()},
    }
    if facts.systemd:
        # A guest may not mount debugfs; an empty unit keeps systemd from calling that a failure.
        result["etc/systemd/system/sys-kernel-debug.mount"] = File(b"")
    if facts.cloud_init:
        result["etc/cloud/cloud.cfg.d/99-seed.cfg"] = File(_CLOUD_INIT)
    else:
        result.update(_keys(public_keys(spec), facts))
    password = _metadata(spec).get("admin_pass", "")
    if facts.shadow is not None and password.isprintable() and password:
        result["etc/shadow"] = _shadow(facts.shadow, passwords.hashed(password))
    return result | _wanted(spec)


def _metadata(spec: GuestSpec) -> dict[str, Any]:
    """Return the seed's meta_data.json, empty when there is none."""
    raw = spec.seed.get("openstack/latest/meta_data.json")
    found: dict[str, Any] = json.loads(raw) if raw else {}
    return found


def _wanted(spec: GuestSpec) -> dict[str, File]:
    """Return the files that the server's owner gave along, from the seed."""
    found = {}
    for one in _metadata(spec).get("files", ()):
        path = os.path.normpath(f"/{one['path']}").strip("/")
        if path:
            found[path] = File(spec.seed[f"openstack{one['content_path']}"])
    return found


def _shadow(shadow: File, secret: bytes) -> File:
    """Return the file of passwords with another one for root."""
    lines = shadow.data.decode(errors="replace").splitlines()
    for number, line in enumerate(lines):
        name, *rest = line.split(":")
        if name == "root" and rest:
            lines[number] = ":".join([name, secret.decode().strip(), *rest[1:]])
    return dataclasses.replace(shadow, data=("\n".join(lines) + "\n").encode())


def public_keys(spec: GuestSpec) -> list[str]:
    """Return the ssh keys that the seed's meta_data.json names."""
    keys = _metadata(spec).get("public_keys")
    return [key.strip() for key in (keys or {}).values() if key.strip()]


def _keys(keys: list[str], facts: Facts) -> dict[str, File]:
    if not keys:
        return {}
    added = "".join(key + "\n" for key in keys).encode()
    result = {}
    for user in facts.users:
        present = user.keys if user.keys.endswith(b"\n") or not user.keys else user.keys + b"\n"
        path = f"{user.home.strip('/')}/.ssh/authorized_keys"
        result[path] = File(present + added, 0o600, (user.uid, user.gid))
    return result


def network(nics: tuple[Nic, ...], facts: Facts) -> dict[str, File]:
    """Return the files that tell an image its addresses and name servers."""
    result = {}
    if facts.network == "networkd":
        for name, text in guestnet.networkd(nics).items():
            result[f"etc/systemd/network/{name}"] = File(text.encode())
    elif facts.network == "ifupdown":
        result["etc/network/interfaces"] = File(guestnet.interfaces(nics).encode())
    else:
        result["etc/network/ip-commands"] = File(guestnet.commands(nics).encode())
    resolvers = guestnet.resolvers(nics)
    if resolvers and not facts.resolver_is_link:
        result["etc/resolv.conf"] = File(resolvers.encode())
    return result


def inspect(image: trees.Image) -> Facts:
    """Find out what an image brings, reading nothing outside it."""
    systemd = any(image.has(f"{top}lib/systemd/systemd") for top in ("", "usr/"))
    units = "etc/systemd/system/multi-user.target.wants/systemd-networkd.service"
    if image.is_link(units):
        network = "networkd"
    elif any(image.has(path) for path in ("sbin/ifup", "usr/sbin/ifup")) and systemd:
        network = "ifupdown"
    else:
        network = "commands"
    return Facts(
        systemd=systemd,
        cloud_init=image.has("usr/bin/cloud-init"),
        network=network,
        resolver_is_link=image.is_link("etc/resolv.conf"),
        users=tuple(_users(image)),
        shadow=_file(image, "etc/shadow"),
    )


def _file(image: trees.Image, path: str) -> File | None:
    found = image.status(path)
    if found is None:
        return None
    return File(image.read(path), stat.S_IMODE(found.st_mode), (found.st_uid, found.st_gid))


def _users(image: trees.Image) -> list[User]:
    """Return root and the image's ordinary users, in the order of the file."""
    found: list[User] = []
    for line in image.read("etc/passwd").decode(errors="replace").splitlines():
        fields = line.split(":")
        if len(fields) < 7 or not (fields[2] + fields[3]).isdigit() or ".." in fields[5]:
            continue
        uid, gid, home = int(fields[2]), int(fields[3]), fields[5]
        ordinary = _FIRST_USER_ID <= uid < _NOBODY and home.strip("/")
        if (uid == 0 and not found) or (ordinary and found):
            keys = image.read(f"{home}/.ssh/authorized_keys")
            found.append(User(home, uid, gid, keys))
    return found


def inject(spec: GuestSpec, image_path: pathlib.Path, upper_path: pathlib.Path) -> None:
    """Lay the guest's own files over its image, before it boots.  Raises OSError, GuestFault."""
    _write(image_path, upper_path, lambda facts: files(spec, facts))


def rewire(nics: tuple[Nic, ...], image_path: pathlib.Path, upper_path: pathlib.Path) -> None:
    """Tell a guest that is off of ports that came or went.  Raises OSError, GuestFault."""
    _write(image_path, upper_path, lambda facts: network(nics, facts))


def _write(
    image_path: pathlib.Path,
    upper_path: pathlib.Path,
    wanted: Callable[[Facts], dict[str, File]],
) -> None:
    image = trees.Image(image_path)
    with contextlib.closing(image):
        upper = trees.Upper(upper_path, image)
        with contextlib.closing(upper):
            for path, file in wanted(inspect(image)).items():
                upper.write(path, file.data, mode=file.mode, owner=file.owner)
