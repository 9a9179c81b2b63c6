"""What an image can go through.

queued → saving → active ⇄ deactivated; an upload that fails leads back to queued.
"""

from common.states import Verb

UPLOAD = Verb(
    "upload", start=frozenset({"queued"}), running="saving", done="active", failed="queued"
)
DEACTIVATE = Verb(
    "deactivation",
    start=frozenset({"active", "deactivated"}),
    running="active",
    done="deactivated",
    failed=None,
)
REACTIVATE = Verb(
    "reactivation",
    start=frozenset({"active", "deactivated"}),
    running="deactivated",
    done="active",
    failed=None,
)
