"""Which resource types there are, and which one a template means."""

import functools
from collections.abc import Mapping

from orchestration.drivers import (
    cinder,
    group,
    heat,
    keystone,
    neutron,
    neutron_more,
    neutron_router,
    neutron_security,
    neutron_trunk,
    nova,
    nova_server,
    remote,
    scaling,
    software,
    testing,
    waiting,
)
from orchestration.drivers.base import ResourceType
from orchestration.drivers.nested import TemplateResource
from orchestration.errors import TemplateInvalid
from orchestration.templates.environment import Environment

TYPES: dict[str, ResourceType] = {
    kind.name: kind
    for kind in (
        cinder.EncryptedVolumeType(),
        cinder.QosAssociation(),
        cinder.QosSpecs(),
        cinder.Quota(),
        cinder.Volume(),
        cinder.VolumeAttachment(),
        cinder.VolumeType(),
        group.ResourceChain(),
        group.ResourceGroup(),
        heat.Nothing(),
        heat.RandomString(),
        heat.Value(),
        keystone.Domain(),
        keystone.Endpoint(),
        keystone.Group(),
        keystone.GroupRoleAssignment(),
        keystone.Project(),
        keystone.Region(),
        keystone.Role(),
        keystone.Service(),
        keystone.User(),
        keystone.UserRoleAssignment(),
        neutron.Net(),
        neutron_more.AddressScope(),
        neutron_more.ExtraRoute(),
        neutron_more.ExtraRouteSet(),
        neutron_more.ProviderNet(),
        neutron_more.RbacPolicy(),
        neutron_more.SubnetPool(),
        neutron.Port(),
        neutron.Subnet(),
        neutron_trunk.QosBandwidthLimitRule(),
        neutron_trunk.QosDscpMarkingRule(),
        neutron_trunk.QosMinimumBandwidthRule(),
        neutron_trunk.QosPolicy(),
        neutron_trunk.Trunk(),
        neutron_router.FloatingIP(),
        neutron_router.FloatingIPAssociation(),
        neutron_router.Router(),
        neutron_router.RouterGateway(),
        neutron_router.RouterInterface(),
        neutron_security.SecurityGroup(),
        neutron_security.SecurityGroupRule(),
        nova.KeyPair(),
        nova.Flavor(),
        nova.ServerGroup(),
        nova_server.Server(),
        remote.RemoteStack(),
        scaling.AutoScalingGroup(),
        scaling.ScalingPolicy(),
        software.CloudConfig(),
        software.MultipartMime(),
        software.SoftwareConfig(),
        software.SoftwareDeployment(),
        software.SoftwareDeploymentGroup(),
        software.SoftwareDeployments(),
        software.StructuredConfig(),
        software.StructuredDeployment(),
        software.StructuredDeploymentGroup(),
        software.StructuredDeployments(),
        testing.TestResource(),
        waiting.WaitCondition(),
        waiting.WaitConditionHandle(),
    )
}


def get(name: str) -> ResourceType:
    """Return a resource type.  Raises TemplateInvalid naming those there are."""
    if name not in TYPES:
        raise TemplateInvalid(
            reason=f"The Resource Type ({name}) could not be found; there are: {', '.join(TYPES)}"
        )
    return TYPES[name]


def kind_of(
    environment: Environment, files: Mapping[str, str], resource: str | None, name: str
) -> ResourceType:
    """Return the resource type that a template means by a name, for the resource of that name.

    Raises TemplateInvalid when it leads to no type and to no file that came along.
    """
    target = environment.target(resource, name)
    if target in TYPES:
        return TYPES[target]
    if target in files:
        return _of_template(name, target, files[target])
    if target.endswith((".yaml", ".yml", ".template", ".json")):
        raise TemplateInvalid(
            reason=f"The template {target} that is to be the type {name} did not come along; it "
            'has to be in "files"'
        )
    return get(target)


@functools.lru_cache(maxsize=256)
def _of_template(name: str, target: str, source: str) -> ResourceType:
    return TemplateResource(name, target, source)
