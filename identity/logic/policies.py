"""Policy documents: kept for whoever asks, never looked into."""

from identity.db.models import PolicyBlob
from identity.logic.things import Things


class Policies(Things[PolicyBlob]):
    """Every policy document."""

    model = PolicyBlob
    writable = frozenset({"type", "blob"})
    filters = frozenset({"type"})
