"""What a cloud's processes read: one configuration file, and secrets beside it."""

import os
import pathlib
import secrets
import socket
from collections.abc import Mapping

from common import certificates
from devstack import novnc
from devstack.instance import Instance

HEAD = "Written by devstack/up; every other option has its default."
SERVICES = ("identity", "image", "network", "compute", "orchestration", "volume")
EXPORT_PORT = 10900
"""The first of the ports by which other hosts use this one's volumes."""
PASSABLE = ("compute", "pid", "run")
PRIVATE = ("db", "keys", "images", "log", "policy")  # passwords' hashes, user data, images...
GENERATED = (
    "bus",
    "metadata",
    "admin",
    "demo",
    "dashboard",
    *(f"service-{name}" for name in SERVICES),
)


def write(instance: Instance) -> None:
    """Write the directories, the secrets that are missing, and the configuration file."""
    instance.state_dir.mkdir(mode=0o711, parents=True, exist_ok=True)
    for name in PASSABLE:
        (instance.state_dir / name).mkdir(mode=0o711, exist_ok=True)
    vault = instance.state_dir / "secrets"
    for directory in (vault, *(instance.state_dir / name for name in PRIVATE)):
        directory.mkdir(mode=0o700, exist_ok=True)
        directory.chmod(0o700)  # an earlier release let others pass through some of them
    for name in GENERATED:
        if not (vault / name).exists():
            private(vault / name, secrets.token_urlsafe(24) + "\n")
    certificates.prepare(instance.state_dir / "host-tls", socket.gethostname())
    text = render(sections(instance))
    if not instance.config_file.exists() or instance.config_file.read_text() != text:
        private(instance.config_file, text, mode=0o644)
    instance.save()


def private(path: pathlib.Path, text: str, mode: int = 0o600) -> None:
    """Write a file so that nobody sees it half done, or sees it at all when they should not."""
    temporary = path.with_name(path.name + ".new")
    temporary.unlink(missing_ok=True)
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "w") as file:
        file.write(text)
    temporary.replace(path)


def sections(instance: Instance) -> dict[str, dict[str, object]]:
    """Return the configuration, section by section: only what differs from the defaults."""
    found: dict[str, dict[str, object]] = {
        "DEFAULT": {
            "state_dir": instance.state_dir,
            "tag": instance.tag,
            "host": socket.gethostname(),
        },
        "bus": {"port": instance.port("broker")},
        "service_user": {"auth_url": instance.url("identity") + "/v3"},
    }
    for name in SERVICES:
        found[name] = {"api_port": instance.port(name)}
    found["volume"]["export_port"] = EXPORT_PORT + instance.port_offset
    found["orchestration"] = {"port": instance.port("orchestration")}
    found["network"]["metadata_url"] = instance.url("metadata")
    found["compute"] |= {
        "placement_port": instance.port("placement"),
        "metadata_port": instance.port("metadata"),
        "console_port": instance.port("console"),
        "console_url": instance.url("console"),
        "console_pages": novnc.PAGES,
    }
    return found


def render(found: Mapping[str, Mapping[str, object]], head: str = HEAD) -> str:
    """Return the text of a configuration file.  head: its first line."""
    lines = [f"# {head}"]
    for section, options in found.items():
        lines += ["", f"[{section}]", *(f"{key} = {value}" for key, value in options.items())]
    return "\n".join(lines) + "\n"
