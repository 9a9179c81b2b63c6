"""clouds.yaml: how the unmodified clients find the cloud."""

import os
import pathlib

import openstack
import yaml

from devstack import instance, settings
from devstack.instance import Instance

USERS = {"cumulet": "demo", "cumulet-admin": "admin"}
HEAD = "# Written by devstack/up for the cloud in {state_dir}.\n"


def write(cloud: Instance) -> None:
    """Write the cloud's own clouds.yaml, with both the demo member and the administrator."""
    entries = {name: _entry(cloud, user) for name, user in USERS.items()}
    text = HEAD.format(state_dir=cloud.state_dir)
    text += yaml.safe_dump({"clouds": entries}, sort_keys=False)
    if not cloud.clouds_file.exists() or cloud.clouds_file.read_text() != text:
        settings.private(cloud.clouds_file, text)


def _entry(cloud: Instance, user: str) -> dict[str, object]:
    auth = {
        "auth_url": cloud.url("identity") + "/v3",
        "username": user,
        "password": cloud.secret(user),
        "project_name": user,
        "user_domain_id": "default",
        "project_domain_id": "default",
    }
    return {"auth": auth, "region_name": "RegionOne", "identity_api_version": "3"}


def offer(cloud: Instance) -> str:
    """Put the file where clients look, if nothing else is there; return what to export.

    Only the default cloud is offered so; any other is named by OS_CLIENT_CONFIG_FILE.
    """
    link = _link()
    if str(cloud.state_dir) == instance.DEFAULT_STATE_DIR:
        if not link.exists() and not link.is_symlink():
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(cloud.clouds_file)
        if link.is_symlink() and link.readlink() == cloud.clouds_file:
            return "export OS_CLOUD=cumulet"
    return f"export OS_CLIENT_CONFIG_FILE={cloud.clouds_file} OS_CLOUD=cumulet"


def withdraw(cloud: Instance) -> None:
    """Take the link away again."""
    link = _link()
    if link.is_symlink() and link.readlink() == cloud.clouds_file:
        link.unlink()


def _link() -> pathlib.Path:
    return pathlib.Path(os.path.expanduser("~/.config/openstack/clouds.yaml"))


def connect(cloud: Instance, name: str = "cumulet-admin") -> openstack.connection.Connection:
    """Return an SDK connection to the cloud."""
    loaded = openstack.config.OpenStackConfig(
        config_files=[str(cloud.clouds_file)], vendor_files=[], secure_files=[]
    )
    return openstack.connection.Connection(config=loaded.get_one(cloud=name))
