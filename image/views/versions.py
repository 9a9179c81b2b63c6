"""The versions of the Image API.

2.8 is left out: it is what a cloud shows that offers a choice of stores.
"""

from typing import Any

CURRENT = "v2.9"
SUPPORTED = ["v2.7", "v2.6", "v2.5", "v2.4", "v2.3", "v2.2", "v2.1", "v2.0"]


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
