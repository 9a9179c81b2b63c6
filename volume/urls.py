"""The URL table of the Block Storage API.

Paths stand without a project: `/v3/<project id>/volumes` is read as `/v3/volumes`; see volume.app.
"""

from common.http import Route
from common.policy import Policy
from volume.api import (
    actions,
    attachments,
    backups,
    cleanup,
    clusters,
    groups,
    hosts,
    managing,
    messages,
    metadata,
    qos,
    quotas,
    snapshots,
    transfers,
    types,
    volumes,
)
from volume.api.extensions import ExtensionsResource, FiltersResource, ZonesResource
from volume.api.versions import VersionsResource
from volume.logic.services import Services
from volume.policies import backups as backup_policies
from volume.policies import groups as group_policies
from volume.policies import snapshots as snapshot_policies
from volume.policies import volumes as volume_policies
from volume.schemas import backups as backup_schemas
from volume.schemas import groups as group_schemas
from volume.schemas import volumes as schemas

BASE = "/v3"


def routes(policy: Policy, services: Services) -> list[Route]:
    """Return the URL table."""
    return [
        *_service_routes(policy, services),
        *_volume_routes(policy, services),
        *_snapshot_routes(policy, services),
        *_attachment_routes(policy, services),
        *_type_routes(policy, services),
        *_qos_routes(policy, services),
        *_quota_routes(policy, services),
        *_host_routes(policy, services),
        *_transfer_routes(policy, services),
        *_manage_routes(policy, services),
        *_group_routes(policy, services),
        *_backup_routes(policy, services),
    ]


def _service_routes(policy: Policy, services: Services) -> list[Route]:
    versions = VersionsResource()
    return [
        Route("/", versions, public=True),
        *[Route(path, versions, "v3", public=True) for path in (BASE, f"{BASE}/")],
        Route(f"{BASE}/extensions", ExtensionsResource(policy)),
        Route(f"{BASE}/resource_filters", FiltersResource(policy)),
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
        volume_policies.ACT,
        schemas.ACTIONS,
        actions.Changes(services.volumes, services.actions, services.migrating),
        actions.Moves(services.moving),
        actions.ImageActions(services.volumes, services.actions),
        actions.Using(services.attachments),
        managing.Unmanaging(services.managing.unmanage),
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
        policy,
        snapshot_policies.ACT,
        schemas.SNAPSHOT_ACTIONS,
        snapshots.SnapshotActions(services.snapshots),
        managing.Unmanaging(services.managing.unmanage_snapshot),
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


def _type_routes(policy: Policy, services: Services) -> list[Route]:
    path = f"{BASE}/types"
    one = f"{path}/{{resource_id}}"
    several = types.TypesResource(policy, services.types)
    specs = types.SpecsResource(policy, services.types)
    access = types.AccessResource(policy, services.types)
    encryption = types.EncryptionResource(policy, services.types)
    defaults = types.DefaultTypesResource(policy, services.types)
    return [
        Route(path, several),
        Route(one, several, "one"),
        Route(f"{one}/extra_specs", specs),
        Route(f"{one}/extra_specs/{{key}}", specs, "one"),
        Route(f"{one}/os-volume-type-access", access),
        Route(f"{one}/action", access, "action"),
        Route(f"{one}/encryption", encryption),
        Route(f"{one}/encryption/{{key}}", encryption, "one"),
        Route(f"{BASE}/default-types", defaults),
        Route(f"{BASE}/default-types/{{project_id}}", defaults, "one"),
    ]


def _qos_routes(policy: Policy, services: Services) -> list[Route]:
    path = f"{BASE}/qos-specs"
    one = f"{path}/{{resource_id}}"
    resource = qos.QosResource(policy, services.qos)
    words = ("delete_keys", "associations", "associate", "disassociate", "disassociate_all")
    return [
        Route(path, resource),
        Route(one, resource, "one"),
        *[Route(f"{one}/{word}", resource, word) for word in words],
    ]


def _quota_routes(policy: Policy, services: Services) -> list[Route]:
    one = f"{BASE}/os-quota-sets/{{project_id}}"
    sets = quotas.QuotasResource(policy, services.quotas)
    classes = quotas.ClassesResource(policy, services.quotas)
    return [
        Route(one, sets),
        Route(f"{one}/defaults", sets, "defaults"),
        Route(f"{BASE}/os-quota-class-sets/{{name}}", classes),
        Route(f"{BASE}/limits", quotas.LimitsResource(policy, services.quotas)),
    ]


def _host_routes(policy: Policy, services: Services) -> list[Route]:
    processes = hosts.ServicesResource(policy, services.hosts)
    several = hosts.HostsResource(policy, services.hosts)
    pools = hosts.PoolsResource(policy, services.hosts)
    gathered = clusters.ClustersResource(policy, services.clusters)
    told = messages.MessagesResource(policy, services.messages)
    return [
        Route(f"{BASE}/os-services", processes),
        Route(f"{BASE}/os-services/{{action}}", processes, "action"),
        Route(f"{BASE}/workers/cleanup", cleanup.CleanupResource(policy, services.cleanup)),
        Route(f"{BASE}/clusters", gathered),
        Route(f"{BASE}/clusters/detail", gathered, "detail"),
        Route(f"{BASE}/clusters/{{name}}", gathered, "one"),
        Route(f"{BASE}/os-hosts", several),
        Route(f"{BASE}/os-hosts/{{host}}", several, "one"),
        Route(f"{BASE}/scheduler-stats/get_pools", pools),
        Route(f"{BASE}/capabilities/{{host}}", pools, "capabilities"),
        Route(f"{BASE}/messages", told),
        Route(f"{BASE}/messages/{{message_id}}", told, "one"),
    ]


def _transfer_routes(policy: Policy, services: Services) -> list[Route]:
    found = []
    for word, since in (("os-volume-transfer", (3, 0)), ("volume-transfers", (3, 55))):
        path = f"{BASE}/{word}"
        resource = transfers.TransfersResource(policy, services.transfers, word, since)
        found += [
            Route(path, resource),
            Route(f"{path}/detail", resource, "detail"),
            Route(f"{path}/{{transfer_id}}", resource, "one"),
            Route(f"{path}/{{transfer_id}}/accept", resource, "accept"),
        ]
    return found


def _manage_routes(policy: Policy, services: Services) -> list[Route]:
    found = []
    for words, since in (
        (("os-volume-manage", "os-snapshot-manage"), (3, 0)),
        (("manageable_volumes", "manageable_snapshots"), (3, 8)),
    ):
        parts = (policy, services.managing)
        ones = managing.ManageVolumesResource(*parts, services.volumes, since)
        others = managing.ManageSnapshotsResource(*parts, services.snapshots, since)
        found += [
            Route(f"{BASE}/{words[0]}", ones),
            Route(f"{BASE}/{words[0]}/detail", ones, "detail"),
            Route(f"{BASE}/{words[1]}", others),
        ]
    return found


def _group_routes(policy: Policy, services: Services) -> list[Route]:
    kinds, specs = f"{BASE}/group_types", f"{BASE}/group_types/{{resource_id}}/group_specs"
    of_types = groups.GroupTypesResource(policy, services.group_types)
    of_specs = groups.GroupSpecsResource(policy, services.group_types)
    several = groups.GroupsResource(policy, services.groups)
    kept = groups.GroupSnapshotsResource(policy, services.groups)
    acting = actions.ActionResource(
        policy, group_policies.ACT, group_schemas.ACTIONS, groups.GroupActions(services.groups)
    )
    resetting = actions.ActionResource(
        policy,
        group_policies.RESET_SNAPSHOT,
        group_schemas.SNAPSHOT_ACTIONS,
        groups.GroupSnapshotActions(services.groups),
    )
    one = "{resource_id}"
    return [
        Route(kinds, of_types),
        Route(f"{kinds}/{one}", of_types, "one"),
        Route(specs, of_specs),
        Route(f"{specs}/{{key}}", of_specs, "one"),
        Route(f"{BASE}/groups", several),
        Route(f"{BASE}/groups/detail", several, "detail"),
        Route(f"{BASE}/groups/action", several, "action"),
        Route(f"{BASE}/groups/{one}", several, "one"),
        Route(f"{BASE}/groups/{one}/action", acting),
        Route(f"{BASE}/group_snapshots", kept),
        Route(f"{BASE}/group_snapshots/detail", kept, "detail"),
        Route(f"{BASE}/group_snapshots/{one}", kept, "one"),
        Route(f"{BASE}/group_snapshots/{one}/action", resetting),
    ]


def _backup_routes(policy: Policy, services: Services) -> list[Route]:
    path = f"{BASE}/backups"
    one = f"{path}/{{resource_id}}"
    several = backups.BackupsResource(policy, services.backups)
    acting = actions.ActionResource(
        policy,
        backup_policies.ACT,
        backup_schemas.ACTIONS,
        backups.BackupActions(services.backups),
    )
    return [
        Route(path, several),
        Route(f"{path}/detail", several, "detail"),
        Route(f"{path}/import_record", several, "import"),
        Route(one, several, "one"),
        Route(f"{one}/restore", several, "restore"),
        Route(f"{one}/export_record", several, "export"),
        Route(f"{one}/action", acting),
    ]
