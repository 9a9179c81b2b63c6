"""Which resource types there are."""

from orchestration.drivers import heat, neutron, neutron_router, neutron_security, nova
from orchestration.drivers.base import ResourceType
from orchestration.errors import TemplateInvalid

TYPES: dict[str, ResourceType] = {
    kind.name: kind
    for kind in (
        heat.Nothing(),
        heat.RandomString(),
        heat.Value(),
        neutron.Net(),
        neutron.Port(),
        neutron.Subnet(),
        neutron_router.FloatingIP(),
        neutron_router.FloatingIPAssociation(),
        neutron_router.Router(),
        neutron_router.RouterGateway(),
        neutron_router.RouterInterface(),
        neutron_security.SecurityGroup(),
        neutron_security.SecurityGroupRule(),
        nova.KeyPair(),
        nova.Server(),
    )
}


def get(name: str) -> ResourceType:
    """Return a resource type.  Raises TemplateInvalid naming those there are."""
    if name not in TYPES:
        raise TemplateInvalid(
            reason=f"The Resource Type ({name}) could not be found; there are: {', '.join(TYPES)}"
        )
    return TYPES[name]
