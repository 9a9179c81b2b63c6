"""What an image can go through.

queued → saving → active ⇄ deactivated; or by way of a stage, queued → uploading → active.
An upload that fails leads back to queued.  Staged data is hashed and inspected as it arrives, so
importing it is a change of status and nothing more.
"""

from common.states import Verb

UPLOAD = Verb(
    "upload", start=frozenset({"queued"}), running="saving", done="active", failed="queued"
)
STAGE = Verb(
    "staging", start=frozenset({"queued"}), running="uploading", done="uploading", failed="queued"
)
IMPORT = Verb(
    "import", start=frozenset({"uploading"}), running="uploading", done="active", failed=None
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
