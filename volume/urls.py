"""The URL table of the Block Storage API.

Paths stand without a project: `/v3/<project id>/volumes` is read as `/v3/volumes`; see volume.app.
"""

from common.http import Route
from common.policy import Policy
from volume.api import actions, attachments, metadata, snapshots, volumes
from volume.api.extensions import ExtensionsResource, ZonesResource
from volume.api.versions import VersionsResource
from volume.logic.services import Services
from volume.policies import snapshots as snapshot_policies
from volume.policies import volumes as volume_policies
from volume.schemas import volumes as schemas

BASE = "/v3"


def routes(policy: Policy, services: Services) -> list[Route]:
    """Return the URL table."""
    return [
        *_service_routes(policy, services),
        *_volume_routes(policy, services),
        *_snapshot_routes(policy, services),
        *_attachment_routes(policy, services),
    ]


def _service_routes(policy: Policy, services: Services) -> list[Route]:
    versions = VersionsResource()
    return [
        Route("/", versions, public=True),
        *[Route(path, versions, "v3", public=True) for path in (BASE, f"{BASE}/")],
        Route(f"{BASE}/extensions", ExtensionsResource(policy)),
        Route(f"{BASE}/os-availability-zone", ZonesResource(policy, services.zone)),
    ]


def _volume_routes(policy: Policy, services: Services) -> list[Route]:
    path = f"{BASE}/volumes"
    one = f"{path}/{{resource_id}}"
    several = volumes.VolumesResource(policy, services.volumes, services.creation)
    rules = (volume_policies.METADATA, volume_policies.SET_METADATA)
    items = metadata.MetadataResource(policy, services.volumes, *rules, "Volume")
    encryption = volumes.EncryptionResource(policy, services.volumes)
    acting = actions.ActionResource(
        policy,
        schemas.ACTIONS,
        actions.Changes(services.volumes, services.actions),
        actions.ImageActions(services.volumes, services.actions),
        actions.Using(services.attachments),
    )
    return [
        Route(path, several),
        Route(f"{path}/detail", several, "detail"),
        Route(f"{path}/summary", several, "summary"),
        Route(one, volumes.VolumeResource(policy, services.volumes)),
        Route(f"{one}/action", acting),
        Route(f"{one}/metadata", items),
        Route(f"{one}/metadata/{{key}}", items, "one"),
        Route(f"{one}/encryption", encryption),
        Route(f"{one}/encryption/{{key}}", encryption, "one"),
    ]


def _snapshot_routes(policy: Policy, services: Services) -> list[Route]:
    path = f"{BASE}/snapshots"
    one = f"{path}/{{resource_id}}"
    several = snapshots.SnapshotsResource(policy, services.snapshots)
    rules = (snapshot_policies.METADATA, snapshot_policies.SET_METADATA)
    items = metadata.MetadataResource(policy, services.snapshots, *rules, "Snapshot")
    acting = actions.ActionResource(
        policy, schemas.SNAPSHOT_ACTIONS, snapshots.SnapshotActions(services.snapshots)
    )
    return [
        Route(path, several),
        Route(f"{path}/detail", several, "detail"),
        Route(one, snapshots.SnapshotResource(policy, services.snapshots)),
        Route(f"{one}/action", acting),
        Route(f"{one}/metadata", items),
        Route(f"{one}/metadata/{{key}}", items, "one"),
    ]


def _attachment_routes(policy: Policy, services: Services) -> list[Route]:
    path = f"{BASE}/attachments"
    one = f"{path}/{{attachment_id}}"
    several = attachments.AttachmentsResource(policy, services.attachments)
    resource = attachments.AttachmentResource(policy, services.attachments)
    return [
        Route(path, several),
        Route(f"{path}/detail", several, "detail"),
        Route(one, resource),
        Route(f"{one}/action", resource, "action"),
    ]
