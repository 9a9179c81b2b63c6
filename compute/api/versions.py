"""The microversions of the Compute API: what each one changes here, and the version documents."""

from typing import Any

import falcon

from common import errors
from common.microversions import Microversions

MINIMUM = (2, 1)
MAXIMUM = (2, 104)
COMPUTE = Microversions("compute", MINIMUM, MAXIMUM, "X-OpenStack-Nova-API-Version")
PLACEMENT = Microversions("placement", (1, 0), (1, 39))

CHANGES: dict[tuple[int, int], str] = {
    (2, 2): "key pairs have a type; creating one answers 201, deleting one 204",
    (2, 3): "administrators see hostname, reservation_id, launch_index and user_data of a server",
    (2, 7): "access to a public flavor is refused",
    (2, 9): "servers show whether they are locked",
    (2, 10): "key pairs of another user, for administrators",
    (2, 11): "services show and take forced_down",
    (2, 13): "server groups show project_id and user_id",
    (2, 16): "administrators see host_status of a server",
    (2, 19): "servers have a description",
    (2, 21): "actions of deleted servers",
    (2, 26): "servers have tags",
    (2, 28): "cpu_info of a hypervisor is an object",
    (2, 33): "hypervisors come in pages",
    (2, 35): "key pairs come in pages",
    (2, 36): "what only passes on to the network service is gone; quotas and limits follow",
    (2, 37): "a server's networks are required: a list, auto or none",
    (2, 38): "an unknown status in a list's filter is refused",
    (2, 39): "no image metadata limit",
    (2, 40): "usage comes in pages",
    (2, 41): "aggregates show their UUID",
    (2, 47): "a server's flavor is embedded",
    (2, 50): "quota classes show server groups",
    (2, 51): "actions show their events to everybody, without tracebacks",
    (2, 52): "tags when a server is created",
    (2, 53): "hypervisors and services are named by UUID",
    (2, 55): "flavors have a description",
    (2, 57): "no injected files; quotas follow",
    (2, 58): "actions come in pages and show updated_at",
    (2, 61): "flavors show their extra specs",
    (2, 62): "administrators see the host of an action's event",
    (2, 63): "trusted_image_certificates",
    (2, 64): "server groups have one policy with rules",
    (2, 66): "changes-before in lists",
    (2, 70): "ports of a server show their tag",
    (2, 71): "a server shows its groups",
    (2, 73): "a reason for a lock",
    (2, 74): "an administrator may name the host of a new server",
    (2, 75): "changing a server answers with all of it; unknown query parameters are refused",
    (2, 83): "more filters of servers for everybody",
    (2, 84): "events of an action have details",
    (2, 88): "hypervisors lose their figures; statistics are gone",
    (2, 90): "a server's hostname may be given and is shown",
    (2, 92): "key pairs are imported only, and their names may hold @ and .",
    (2, 94): "a hostname may be fully qualified",
    (2, 96): "a server shows the zone it was asked to be in",
    (2, 97): "shares of a server, of which there are none",
    (2, 98): "a server shows the properties of its image",
    (2, 99): "consoles may be reached directly",
    (2, 100): "a server shows its scheduler hints",
    (2, 101): "attaching a volume is not waited for",
    (2, 102): "flavors by name, without rxtx_factor and disabled; unknown parameters are refused",
    (2, 103): "another name of /servers is gone",
    (2, 104): "a server may be let go from its zone, and kept in it again",
}


def document(base: str, *, status: str, key: str) -> dict[str, Any]:
    """Return one version's entry: `v2.0` without microversions, or `v2.1`."""
    old = key == "v2.0"
    path = "v2" if old else "v2.1"
    return {
        "id": key,
        "links": [{"rel": "self", "href": f"{base}/{path}/"}],
        "status": status,
        "version": "" if old else ".".join(map(str, MAXIMUM)),
        "min_version": "" if old else ".".join(map(str, MINIMUM)),
        "updated": "2011-01-21T11:33:21Z" if old else "2013-07-23T11:33:21Z",
    }


def since(req: falcon.Request, version: tuple[int, int]) -> None:
    """Return when the request's microversion knows this route.  Raises NotFound."""
    if req.context.version < version:
        raise errors.NotFound()


def until(req: falcon.Request, version: tuple[int, int]) -> None:
    """Return when the request's microversion still knows this route.  Raises NotFound."""
    if req.context.version > version:
        raise errors.NotFound()


def base_url(req: falcon.Request) -> str:
    """Return the address the caller used: `http://127.0.0.1:8774`."""
    return str(req.forwarded_prefix)


class RootResource:
    """/"""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        base = base_url(req)
        resp.media = {
            "versions": [
                document(base, status="SUPPORTED", key="v2.0"),
                document(base, status="CURRENT", key="v2.1"),
            ]
        }


class VersionResource:
    """/v2.1 and /v2, with and without a slash at the end."""

    def __init__(self, key: str) -> None:
        self._key = key

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        status = "CURRENT" if self._key == "v2.1" else "SUPPORTED"
        version = document(base_url(req), status=status, key=self._key)
        version["links"].append(
            {
                "rel": "describedby",
                "type": "text/html",
                "href": "http://docs.openstack.org/",
            }
        )
        version["media-types"] = [
            {
                "base": "application/json",
                "type": f"application/vnd.openstack.compute+json;version={self._key[1:]}",
            }
        ]
        resp.media = {"version": version}
