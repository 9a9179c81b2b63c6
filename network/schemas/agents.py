"""What requests about agents may hold."""

from network.schemas.base import FLAG, TEXT, body

UPDATE = body({"description": TEXT, "admin_state_up": FLAG})
