"""EC2 keys: pairs of an access name and a secret, for clients that sign their requests.

Each is a credential of type `ec2` whose id is the hash of its access name.
"""

import dataclasses
import hashlib
import json
import secrets
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import orm

from common.tokens import Claims
from identity.db import rows
from identity.db.models import Credential, Project, User
from identity.drivers.vault import Vault
from identity.errors import ActionForbidden, Missing
from identity.logic import delegation
from identity.logic.work import Work


@dataclasses.dataclass(frozen=True)
class Key:
    """One pair, and in which project it acts as whom."""

    user_id: str
    project_id: str
    access: str
    secret: str


class Ec2Keys:
    """Those of one user at a time."""

    def __init__(self, work: Work, vault: Vault) -> None:
        self._work = work
        self._vault = vault

    def list(self, user_id: str) -> Sequence[Key]:
        """Return a user's keys.  Raises Missing."""
        query = sa.select(Credential).filter_by(user_id=user_id, type="ec2")
        with self._work.reading() as session:
            rows.get(session, User, user_id)
            return [self._key(row) for row in session.scalars(query.order_by(Credential.id))]

    def get(self, user_id: str, access: str) -> Key:
        """Return one of a user's keys.  Raises Missing."""
        with self._work.reading() as session:
            return self._key(_own(session, user_id, access))

    def create(self, claims: Claims, user_id: str, project_id: str) -> Key:
        """Make a key.  Raises Missing, and ActionForbidden for a token that was passed on."""
        if claims.trust_id is not None:
            raise ActionForbidden(reason="A trust's token cannot make EC2 keys")
        made = Key(user_id, project_id, secrets.token_hex(16), secrets.token_hex(16))
        blob = {"access": made.access, "secret": made.secret, "trust_id": None}
        with self._work.change() as change:
            delegation.unrestricted(change.session, claims)
            rows.get(change.session, User, user_id)
            rows.get(change.session, Project, project_id)
            row = Credential(
                id=id_of(made.access),
                user_id=user_id,
                project_id=project_id,
                type="ec2",
                blob=self._vault.seal(json.dumps(blob)),
            )
            rows.add(change.session, row)
        return made

    def delete(self, user_id: str, access: str) -> None:
        """Remove one of a user's keys.  Raises Missing."""
        with self._work.change() as change:
            change.session.delete(_own(change.session, user_id, access))

    def _key(self, row: Credential) -> Key:
        blob = json.loads(self._vault.open(row.blob))
        return Key(row.user_id, str(row.project_id), blob["access"], blob.get("secret", ""))


def id_of(access: str) -> str:
    """Return the id of the credential that holds a key: found by whoever knows its access name."""
    return hashlib.sha256(access.encode()).hexdigest()


def _own(session: orm.Session, user_id: str, access: str) -> Credential:
    row = session.get(Credential, id_of(access))
    if row is None or row.user_id != user_id or row.type != "ec2":
        raise Missing(kind="credential", id=access)
    return row
