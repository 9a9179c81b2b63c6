"""The URL table of the Block Storage API.

Paths stand without a project: `/v3/<project id>/volumes` is read as `/v3/volumes`; see volume.app.
"""

from common.http import Route
from common.policy import Policy
from volume.api.extensions import ExtensionsResource, ZonesResource
from volume.api.versions import VersionsResource
from volume.logic.services import Services

BASE = "/v3"


def routes(policy: Policy, services: Services) -> list[Route]:
    """Return the URL table."""
    versions = VersionsResource()
    return [
        Route("/", versions, public=True),
        *[Route(path, versions, "v3", public=True) for path in (BASE, f"{BASE}/")],
        Route(f"{BASE}/extensions", ExtensionsResource(policy)),
        Route(f"{BASE}/os-availability-zone", ZonesResource(policy, services.zone)),
    ]
