"""The versions of the Image API.

2.8, 2.10, 2.11, 2.13 and 2.15 are what a cloud shows that offers a choice of stores, 2.12 shows the
tasks of an image.  2.14 and 2.16 are left out: they are about a cache, which there is none of.
"""

from typing import Any

CURRENT = "v2.15"
SUPPORTED = [
    "v2.13",
    "v2.12",
    "v2.11",
    "v2.10",
    "v2.9",
    "v2.8",
    "v2.7",
    "v2.6",
    "v2.5",
    "v2.4",
    "v2.3",
    "v2.2",
    "v2.1",
    "v2.0",
]


def listed(host_url: str) -> dict[str, Any]:
    """Return every version.  host_url: how the client reached us, such as `http://c:9292`."""
    links = [{"rel": "self", "href": f"{host_url}/v2/"}]
    return {
        "versions": [
            {"id": version, "status": status, "links": links}
            for version, status in [
                (CURRENT, "CURRENT"),
                *((version, "SUPPORTED") for version in SUPPORTED),
            ]
        ]
    }
