"""kill -9 of the orchestration controller while stacks come, change and go."""

import os
import random
import time

import pytest
from openstack.exceptions import NotFoundException

from tests.acceptance.test_survival import kill
from tests.support.waiting import wait_for

ROUNDS = int(os.environ.get("CUMULET_KILL_ROUNDS", "3"))
LONGEST_DELAY_S = 1.5
SETTLES_S = 60
SERVED = ("network:distributed", "network:dhcp")
TEMPLATE = """
heat_template_version: 2018-08-31
parameters:
  label: {type: string, default: one}
  more: {type: boolean, default: false}
conditions:
  more: {get_param: more}
resources:
  net: {type: OS::Neutron::Net, properties: {name: killed}}
  subnet:
    type: OS::Neutron::Subnet
    properties: {network: {get_resource: net}, cidr: 10.60.0.0/24}
  router:
    type: OS::Neutron::Router
    properties: {external_gateway_info: {network: public}}
  leg:
    type: OS::Neutron::RouterInterface
    properties: {router: {get_resource: router}, subnet: {get_resource: subnet}}
  group:
    type: OS::Neutron::SecurityGroup
    properties:
      name: killed
      description: ssh
      rules: [{protocol: tcp, port_range_min: 22, port_range_max: 22}]
  port:
    type: OS::Neutron::Port
    depends_on: subnet
    properties: {network: {get_resource: net}, security_groups: [{get_resource: group}]}
  address:
    type: OS::Neutron::FloatingIP
    depends_on: leg
    properties: {floating_network: public, port_id: {get_resource: port}}
  box:
    type: OS::Nova::Server
    properties:
      name: {get_param: label}
      image: tiny-container
      flavor: tiny
      networks: [{port: {get_resource: port}}]
  disk: {type: OS::Cinder::Volume, properties: {size: 1}}
  plugged:
    type: OS::Cinder::VolumeAttachment
    properties: {instance_uuid: {get_resource: box}, volume_id: {get_resource: disk}}
  second: {type: OS::Neutron::Net, condition: more, properties: {name: second}}
"""


def held(tenant):
    """What the project has, by kind."""
    network, mine = tenant.api.network, {"project_id": tenant.project.id}
    return {
        "servers": sorted(server.name for server in tenant.api.compute.servers()),
        "networks": sorted(row.name for row in network.networks(**mine)),
        "subnets": len(list(network.subnets(**mine))),
        "routers": len(list(network.routers(**mine))),
        "groups": sorted(row.name for row in network.security_groups(**mine)),
        "addresses": len(list(network.ips(**mine))),
        "volumes": sorted(row.status for row in tenant.api.block_storage.volumes()),
        "leg and port": len([p for p in network.ports(**mine) if p.device_owner not in SERVED]),
    }


def whole(*names, networks):
    return {
        "servers": list(names),
        "networks": networks,
        "subnets": 1,
        "routers": 1,
        "groups": ["default", "killed"],
        "addresses": 1,
        "volumes": ["in-use"],
        "leg and port": 2,
    }


NOTHING = {
    "servers": [],
    "networks": [],
    "subnets": 0,
    "routers": 0,
    "groups": ["default"],
    "addresses": 0,
    "volumes": [],
    "leg and port": 0,
}


def settled(tenant, stack):
    """Return the stack's status and its reason once nothing is under way."""

    def look():
        try:
            found = tenant.api.orchestration.get_stack(stack)
        except NotFoundException:
            return "DELETE_COMPLETE", ""
        under_way = found.status.endswith("IN_PROGRESS")
        return None if under_way else (found.status, found.status_reason)

    return wait_for(look, timeout_s=SETTLES_S, every_s=0.2)


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_a_stack_outlives_its_controller_whole_and_once(cloud, tenant, seed):
    delay = random.Random(seed)

    def killed():
        time.sleep(delay.uniform(0, LONGEST_DELAY_S))
        kill(cloud, "orchestration-controller")

    heat = tenant.api.orchestration
    stack = heat.create_stack(name=f"killed-{seed}", template=TEMPLATE).id
    killed()
    status, reason = settled(tenant, stack)
    assert status == "CREATE_COMPLETE", reason
    assert held(tenant) == whole("one", networks=["killed"])
    wanted = {"label": "two", "more": True}
    heat.update_stack(stack, template=TEMPLATE, parameters=wanted)
    killed()
    status, reason = settled(tenant, stack)
    assert status == "UPDATE_COMPLETE", reason
    assert held(tenant) == whole("two", networks=["killed", "second"])
    heat.delete_stack(stack)
    killed()
    status, reason = settled(tenant, stack)
    assert status == "DELETE_COMPLETE", reason
    assert held(tenant) == NOTHING
