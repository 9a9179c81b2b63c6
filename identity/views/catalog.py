"""Services, endpoints and regions."""

from typing import Any

from identity.db.extensions import EndpointGroup
from identity.db.models import Endpoint, Region, Service
from identity.views.base import shown


def service(row: Service, url: str) -> dict[str, Any]:
    return shown(row, ("id", "type", "name", "description", "enabled"), url)


def endpoint(row: Endpoint, url: str) -> dict[str, Any]:
    names = ("id", "service_id", "interface", "url", "region_id", "enabled")
    found = {**shown(row, names, url), "region": row.region_id}
    if row.name:
        found["name"] = row.name
    return found


def region(row: Region, url: str) -> dict[str, Any]:
    return shown(row, ("id", "description", "parent_region_id"), url)


def endpoint_group(row: EndpointGroup, url: str) -> dict[str, Any]:
    return shown(row, ("id", "name", "description", "filters"), url)
