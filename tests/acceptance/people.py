"""A person with an account: the openstack command, the SDK, and ssh into servers."""

import contextlib
import dataclasses
import functools
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import openstack

from devstack.demo import ssh_command

BIN = pathlib.Path(sys.executable).parent


@dataclasses.dataclass
class Network:
    """A network with its subnet and a router to the outside."""

    id: str
    subnet_id: str
    router_id: str


class Person:
    """An ordinary member of one project."""

    def __init__(self, cloud, name, password, project_id):
        self.cloud = cloud
        self.name = name
        self.project_id = project_id
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="cumulet-person-"))
        self.key = self.directory / "key"
        make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.key)]
        subprocess.run(make, check=True)
        self.auth = {
            "auth_url": cloud.url("identity") + "/v3",
            "username": name,
            "password": password,
            "project_name": name,
            "user_domain_id": "default",
            "project_domain_id": "default",
        }

    @functools.cached_property
    def sdk(self):
        """An SDK connection."""
        return openstack.connect(
            **self.auth,
            region_name="RegionOne",
            load_yaml_config=False,
            load_envvars=False,
        )

    def cli(self, *words, ok=True):
        """Run the openstack command; return its JSON, or its text when it prints none."""
        env = {key: value for key, value in os.environ.items() if not key.startswith("OS_")}
        env |= {f"OS_{key.upper()}": value for key, value in self.auth.items()}
        env |= {"OS_IDENTITY_API_VERSION": "3", "OS_REGION_NAME": "RegionOne"}
        done = subprocess.run(
            [BIN / "openstack", *map(str, words)],
            env=env,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        if not ok:
            assert done.returncode != 0, done.stdout
            return done.stderr.strip()
        assert done.returncode == 0, f"openstack {words}: {done.stderr}"
        try:
            return json.loads(done.stdout)
        except ValueError:
            return done.stdout.strip()

    @functools.cached_property
    def key_name(self):
        """The name of the person's key pair in the cloud."""
        public = self.key.with_suffix(".pub").read_text()
        return self.sdk.compute.create_keypair(name=self.name, public_key=public).name

    def network(self, cidr="10.30.0.0/24"):
        """Make a network with a way out."""
        net = self.sdk.network
        public = next(iter(net.networks(is_router_external=True)))
        network = net.create_network(name=self.name)
        subnet = net.create_subnet(network_id=network.id, ip_version=4, cidr=cidr)
        router = net.create_router(name=self.name, external_gateway_info={"network_id": public.id})
        net.add_interface_to_router(router, subnet_id=subnet.id)
        return Network(network.id, subnet.id, router.id)

    def group(self, *rules):
        """Make a security group; each rule is (protocol, port or None)."""
        net = self.sdk.network
        group = net.create_security_group(name=self.name)
        for protocol, port in rules:
            net.create_security_group_rule(
                security_group_id=group.id,
                direction="ingress",
                ethertype="IPv4",
                protocol=protocol,
                port_range_min=port,
                port_range_max=port,
            )
        return group.id

    def server(self, image, network, group, flavor="tiny", **more):
        """Boot a server and return it once it is active, with its floating address."""
        net, compute = self.sdk.network, self.sdk.compute
        port = net.create_port(network_id=network.id, security_group_ids=[group])
        public = next(iter(net.networks(is_router_external=True)))
        address = net.create_ip(floating_network_id=public.id, port_id=port.id)
        server = compute.create_server(
            name=f"{self.name}-{image}",
            image_id=self.sdk.image.find_image(image, ignore_missing=False).id,
            flavor_id=compute.find_flavor(flavor, ignore_missing=False).id,
            networks=[{"port": port.id}],
            key_name=self.key_name,
            **more,
        )
        server = compute.wait_for_server(server, wait=120, interval=0.2)
        return server, address.floating_ip_address, port.fixed_ips[0]["ip_address"]

    def ssh(self, address, *words, timeout_s=120, ok=True, user="cloud"):
        """Run something in a server as its default user; wait until it answers.

        ok: whether the command itself has to succeed.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            done = subprocess.run(
                ssh_command(self.key, address, *words, user=user),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=timeout_s,
                check=False,
            )
            if done.returncode != 255:
                assert not ok or done.returncode == 0, f"{words}: {done.stderr}{done.stdout}"
                return done
            assert time.monotonic() < deadline, f"{address} does not answer ssh: {done.stderr}"
            time.sleep(0.2)

    def answers(self, address, timeout_s=3):
        """Say whether ssh answers within a short time."""
        command = ssh_command(self.key, address, "true")
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False
        )
        return done.returncode == 0

    def clear(self):
        """Remove everything in the project, whoever made it."""
        sdk = self.sdk
        for stack in sdk.orchestration.stacks():
            sdk.orchestration.delete_stack(stack)
            sdk.orchestration.wait_for_delete(stack, wait=120)
        servers = list(sdk.compute.servers())
        for server in servers:
            sdk.compute.delete_server(server)
        for server in servers:
            sdk.compute.wait_for_delete(server, interval=0.2, wait=120)
        self._clear_network()
        for key in sdk.compute.keypairs():
            sdk.compute.delete_keypair(key)

    def _clear_network(self):
        net, mine = self.sdk.network, {"project_id": self.project_id}
        for address in net.ips(**mine):
            net.delete_ip(address)
        for router in net.routers(**mine):
            for port in net.ports(device_id=router.id, device_owner="network:router_interface"):
                net.remove_interface_from_router(router, port_id=port.id)
            net.delete_router(router)
        for port in net.ports(**mine):
            if not (port.device_owner or "").startswith("network:"):
                net.delete_port(port)
        for network in net.networks(**mine):
            net.delete_network(network)
        for group in net.security_groups(**mine):
            with contextlib.suppress(openstack.exceptions.ConflictException):
                net.delete_security_group(group)
