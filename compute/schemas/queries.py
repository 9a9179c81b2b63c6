"""Which query parameters a call knows, from the microversion on that refuses all others."""

from collections.abc import Iterable

Version = tuple[int, int]
NEVER: Version = (9, 999)
STRICT: Version = (2, 102)
"""From here on every call refuses what it does not know, but for those that are open for good."""
_PAGE = ("limit", "marker")
_KNOWN: dict[str, list[tuple[Version, tuple[str, ...]]]] = {
    "/flavors": [
        ((2, 75), ("is_public", *_PAGE, "minDisk", "minRam", "sort_dir", "sort_key")),
        ((2, 102), ("name",)),
    ],
    "/limits": [((2, 75), ("tenant_id", "reserved"))],  # `openstack limits show` says `reserved`
    "/os-assisted-volume-snapshots/{}": [((2, 75), ("delete_info",))],
    "/os-hypervisors": [((2, 53), ("hypervisor_hostname_pattern", *_PAGE, "with_servers"))],
    "/os-hypervisors/{}": [((2, 53), ("with_servers",))],
    "/os-keypairs": [((2, 75), (*_PAGE, "user_id"))],
    "/os-keypairs/{}": [((2, 75), ("user_id",))],
    "/os-migrations": [
        (
            (2, 59),
            (
                *("changes-since", "hidden", "host", "instance_uuid", *_PAGE),
                *("migration_type", "source_compute", "status"),
            ),
        ),
        ((2, 66), ("changes-before",)),
        ((2, 80), ("project_id", "user_id")),
    ],
    "/os-quota-sets/{}": [((2, 75), ("user_id",))],
    "/os-quota-sets/{}/detail": [((2, 75), ("user_id",))],
    "/os-server-groups": [((2, 75), ("all_projects", "limit", "offset"))],
    "/os-services": [((2, 75), ("binary", "host"))],
    "/os-simple-tenant-usage": [((2, 75), ("detailed", "end", *_PAGE, "start"))],
    "/os-simple-tenant-usage/{}": [((2, 75), ("end", *_PAGE, "start"))],
    "/servers/{}/os-instance-actions": [
        ((2, 58), ("changes-since", *_PAGE)),
        ((2, 66), ("changes-before",)),
    ],
    "/servers/{}/os-volume_attachments": [((2, 75), ("limit", "offset"))],
    "/servers/{}/shares": [((2, 97), ())],
    "/servers/{}/shares/{}": [((2, 97), ())],
    "/os-console-auth-tokens/{}": [((2, 99), ())],
}
_SAME = {"/flavors/detail": "/flavors", "/os-hypervisors/detail": "/os-hypervisors"}
_OPEN = frozenset(
    {
        *("/", "/servers/{}/tags", "/servers/{}/tags/{}", "/os-quota-sets/{}/defaults"),
        "/servers/{}/os-volume_attachments/{}",
        *("/servers", "/servers/detail"),
    }
)
"""Open for good; lists of servers have rules of their own."""


def unknown(path: str, version: Version, given: Iterable[str]) -> list[str]:
    """Return the parameters that a GET of the path refuses.

    path: as in the URL table, without /v2.1, its variables as {}.
    """
    if path in _OPEN:
        return []
    spans = _KNOWN.get(_SAME.get(path, path), [(STRICT, ())])
    if version < spans[0][0]:
        return []
    known = {name for since, names in spans if since <= version for name in names}
    return sorted(set(given) - known)
