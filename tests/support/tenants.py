"""A project with one ordinary member, and what the member makes: all through the public SDK."""

import dataclasses
import os
import pathlib
import subprocess
import sys
import uuid
from typing import Any

import openstack

from devstack import clouds
from devstack.demo import USER, ssh_command
from devstack.instance import Instance
from tests.support.waiting import wait_for

SSH_TIMEOUT_S = 90


@dataclasses.dataclass(frozen=True, eq=False)
class Address:
    """Where a server is reached: inside its network, and from the host."""

    server: Any
    fixed: str
    floating: str


class Tenant:
    """One project.  key: the private key whose public half its servers accept."""

    def __init__(self, cloud: Instance, directory: pathlib.Path) -> None:
        self.cloud = cloud
        self.name = f"tenant-{uuid.uuid4().hex[:8]}"
        self.admin = clouds.connect(cloud)
        self.password = uuid.uuid4().hex
        self.project = self._project()
        self.api = self.connect()
        self.key = directory / self.name
        make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.key)]
        subprocess.run(make, check=True)
        public = self.key.with_suffix(".pub").read_text().strip()
        self.api.compute.create_keypair(name="key", public_key=public)

    def _project(self) -> Any:
        identity = self.admin.identity
        project = identity.create_project(name=self.name, domain_id="default")
        user = identity.create_user(name=self.name, password=self.password, domain_id="default")
        role = identity.find_role("member", ignore_missing=False)
        identity.assign_project_role_to_user(project, user, role)
        return project

    def connect(self) -> Any:
        """Return a new connection of the member, with a token of its own."""
        return openstack.connection.Connection(
            auth_url=self.cloud.url("identity") + "/v3",
            username=self.name,
            password=self.password,
            project_name=self.name,
            user_domain_id="default",
            project_domain_id="default",
            region_name="RegionOne",
        )

    def network(self, cidr: str = "10.30.0.0/24", *, routed: bool = True) -> Any:
        """Return a new network with a subnet and, if routed, a way out."""
        api = self.api.network
        network = api.create_network(name=f"net-{uuid.uuid4().hex[:6]}")
        subnet = api.create_subnet(network_id=network.id, ip_version=4, cidr=cidr)
        if routed:
            public = api.find_network("public", ignore_missing=False)
            router = api.create_router(external_gateway_info={"network_id": public.id})
            api.add_interface_to_router(router, subnet_id=subnet.id)
        return network

    def group(self, *rules: dict[str, Any]) -> Any:
        """Return a new security group that lets ssh and the given rules' traffic in."""
        api = self.api.network
        group = api.create_security_group(name=f"group-{uuid.uuid4().hex[:6]}")
        ssh = {"protocol": "tcp", "port_range_min": 22, "port_range_max": 22}
        for rule in (ssh, *rules):
            api.create_security_group_rule(
                security_group_id=group.id, direction="ingress", ethertype="IPv4", **rule
            )
        return group

    def server(
        self,
        network: Any,
        group: Any,
        image: str = "tiny-container",
        flavor: str = "tiny",
        **fields: Any,
    ) -> Any:
        """Ask for a server; return it as accepted, not yet built."""
        compute = self.api.compute
        return compute.create_server(
            name=f"server-{uuid.uuid4().hex[:6]}",
            image_id=self.api.image.find_image(image, ignore_missing=False).id,
            flavor_id=compute.find_flavor(flavor, ignore_missing=False).id,
            networks=[{"uuid": network.id}],
            security_groups=[{"name": group.name}],
            key_name="key",
            **fields,
        )

    def active(self, server: Any) -> Any:
        """Return the server once it is ACTIVE; fail with its fault when it is in ERROR."""
        return self.api.compute.wait_for_server(server, interval=0.1, wait=120)

    def reachable(self, server: Any) -> Address:
        """Return the addresses of a server that has been given a floating one."""
        server = self.active(server)
        port = next(iter(self.api.network.ports(device_id=server.id)))
        public = self.api.network.find_network("public", ignore_missing=False)
        floating = self.api.network.create_ip(floating_network_id=public.id, port_id=port.id)
        fixed = port.fixed_ips[0]["ip_address"]
        return Address(server, fixed, floating.floating_ip_address)

    def cli(self, line: str, *, ok: bool = True) -> str:
        """Run the unmodified `openstack` command as the member; return what it prints.

        ok: whether it has to succeed, or to fail.
        """
        env = {key: value for key, value in os.environ.items() if not key.startswith("OS_")}
        env |= {
            "OS_AUTH_URL": self.cloud.url("identity") + "/v3",
            "OS_USERNAME": self.name,
            "OS_PASSWORD": self.password,
            "OS_PROJECT_NAME": self.name,
            "OS_USER_DOMAIN_ID": "default",
            "OS_PROJECT_DOMAIN_ID": "default",
            "OS_IDENTITY_API_VERSION": "3",
            "OS_REGION_NAME": "RegionOne",
        }
        done = subprocess.run(
            [pathlib.Path(sys.executable).parent / "openstack", *line.split()],
            env=env,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert (done.returncode == 0) is ok, f"openstack {line}: {done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def run(
        self, where: Address, *words: str, timeout_s: int = 30, user: str = USER
    ) -> tuple[int, str]:
        """Run a command in a server; return its status and output."""
        command = ssh_command(self.key, where.floating, *words, user=user)
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout_s,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def logged_in(self, where: Address, user: str = USER) -> Address:
        """Return once the server answers ssh."""
        wait_for(
            lambda: self.run(where, "true", user=user)[0], 0, timeout_s=SSH_TIMEOUT_S, every_s=0.2
        )
        return where

    def reaches(self, source: Address, target: str, port: int = 22) -> bool:
        """Tell whether a TCP connection from one server to an address opens."""
        return self.run(source, f"nc -w 3 {target} {port} </dev/null >/dev/null")[0] == 0

    def pings(self, source: Address, target: str) -> bool:
        """Tell whether an address answers a server's ping."""
        return self.run(source, f"sudo ping -c 1 -W 3 {target}")[0] == 0

    def remove_servers(self) -> None:
        """Delete every server, and return once they are gone."""
        for server in self.api.compute.servers():
            self.api.compute.delete_server(server, ignore_missing=True)
        wait_for(lambda: not list(self.api.compute.servers()), timeout_s=60)
