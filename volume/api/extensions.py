"""/extensions: what the API is made of, by the names that old clients look for."""

from typing import Any

import falcon

from common.policy import Policy
from volume.api import requests
from volume.logic import filters
from volume.policies import services as policies

NAMES = {
    "OS-SCH-HNT": "SchedulerHints",
    "backups": "Backups",
    "capabilities": "Capabilities",
    "cgsnapshots": "Cgsnapshots",
    "consistencygroups": "Consistencygroups",
    "encryption": "VolumeEncryptionMetadata",
    "os-admin-actions": "AdminActions",
    "os-availability-zone": "AvailabilityZones",
    "os-extended-services": "ExtendedServices",
    "os-extended-snapshot-attributes": "ExtendedSnapshotAttributes",
    "os-hosts": "Hosts",
    "os-quota-class-sets": "QuotaClasses",
    "os-quota-sets": "Quotas",
    "os-services": "Services",
    "os-snapshot-actions": "SnapshotActions",
    "os-snapshot-manage": "SnapshotManage",
    "os-snapshot-unmanage": "SnapshotUnmanage",
    "os-types-extra-specs": "TypesExtraSpecs",
    "os-types-manage": "TypesManage",
    "os-used-limits": "UsedLimits",
    "os-vol-host-attr": "VolumeHostAttribute",
    "os-vol-image-meta": "VolumeImageMetadata",
    "os-vol-mig-status-attr": "VolumeMigStatusAttribute",
    "os-vol-tenant-attr": "VolumeTenantAttribute",
    "os-volume-actions": "VolumeActions",
    "os-volume-encryption-metadata": "VolumeEncryptionMetadata",
    "os-volume-manage": "VolumeManage",
    "os-volume-transfer": "VolumeTransfer",
    "os-volume-type-access": "VolumeTypeAccess",
    "os-volume-unmanage": "VolumeUnmanage",
    "qos-specs": "Qos_specs_manage",
    "scheduler-stats": "Scheduler_stats",
}


class ExtensionsResource:
    """/v3/extensions"""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.EXTENSIONS)
        resp.media = {"extensions": [_extension(alias) for alias in NAMES]}


def _extension(alias: str) -> dict[str, Any]:
    name = NAMES[alias]
    return {
        "alias": alias,
        "name": name,
        "description": f"{name}.",
        "updated": "2026-01-01T00:00:00+00:00",
        "links": [],
    }


class FiltersResource:
    """/v3/resource_filters, from 3.33 on"""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.FILTERS)
        requests.since(req, (3, 33))
        wanted = req.get_param("resource")
        known = filters.known(req.context.version)
        resp.media = {
            "resource_filters": [
                {"resource": kind, "filters": names}
                for kind, names in known.items()
                if wanted in (None, kind)
            ]
        }


class ZonesResource:
    """/v3/os-availability-zone.  zone: the only one there is."""

    def __init__(self, policy: Policy, zone: str) -> None:
        self._policy = policy
        self._zone = zone

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.ZONES)
        state = {"available": True}
        resp.media = {"availabilityZoneInfo": [{"zoneName": self._zone, "zoneState": state}]}
