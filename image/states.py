"""What an image can go through.

queued → saving → active ⇄ deactivated; or by way of a stage, queued → uploading → active; or
fetched from elsewhere, queued → importing → active.  An upload or a download that fails leads back
to queued.  Staged data is hashed and inspected as it arrives, so importing it into the store where
it is, the default one, is a change of status and nothing more; into others it is copied, uploading
→ importing → active, and when that fails it is staged as before.
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
SPREAD = Verb(
    "import", start=frozenset({"uploading"}), running="importing", done="active", failed="uploading"
)
FETCH = Verb(
    "import", start=frozenset({"queued"}), running="importing", done="active", failed="queued"
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
