"""OAuth1 consumers: programs that users may let act for them."""

import secrets
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from common.context import RequestContext
from identity.db.extensions import AccessToken, Consumer
from identity.drivers.vault import Vault
from identity.logic.things import Things
from identity.logic.work import Change, Work


class Consumers(Things[Consumer]):
    """Every consumer."""

    model = Consumer
    writable = frozenset({"description", "secret"})

    def __init__(self, work: Work, vault: Vault) -> None:
        super().__init__(work)
        self._vault = vault

    def create(self, ctx: RequestContext, wanted: Mapping[str, Any]) -> Consumer:
        """Make one.  Its secret, which nobody sees again, is in the clear in the row returned."""
        secret = secrets.token_hex(32)
        made = super().create(ctx, {**wanted, "secret": self._vault.seal(secret)})
        made.secret = secret
        return made

    def update(self, ctx: RequestContext, row_id: str, wanted: Mapping[str, Any]) -> Consumer:
        """Change one; its secret stays.  Raises Missing."""
        values = {name: value for name, value in wanted.items() if name != "secret"}
        return super().update(ctx, row_id, values)

    def _leaving(self, change: Change, row: Consumer) -> None:
        given = sa.select(AccessToken.id).where(AccessToken.consumer_id == row.id)
        for access_id in change.session.scalars(given):
            change.end(audit_chain_id=access_id)
