"""Memberships as the API shows them."""

from collections.abc import Sequence
from typing import Any

from common.clock import iso
from image.db.models import Member


def shown(member: Member) -> dict[str, Any]:
    """Return one membership."""
    return {
        "member_id": member.member_id,
        "image_id": member.image_id,
        "status": member.status,
        "created_at": iso(member.created_at),
        "updated_at": iso(member.updated_at),
        "schema": "/v2/schemas/member",
    }


def listed(members: Sequence[Member]) -> dict[str, Any]:
    """Return the memberships of an image."""
    return {"members": [shown(member) for member in members], "schema": "/v2/schemas/members"}
