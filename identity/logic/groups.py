"""Groups and who is in them."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common.context import RequestContext
from common.paging import Page
from identity.db import assignments, rows
from identity.db.models import Domain, Group, Membership, User
from identity.errors import Missing
from identity.logic.things import Things
from identity.logic.work import Change


class Groups(Things[Group]):
    """Every group."""

    model = Group
    writable = frozenset({"name", "domain_id", "description"})
    filters = frozenset({"id", "name", "domain_id"})

    def users(self, group_id: str, query: Mapping[str, Any], page: Page) -> Sequence[User]:
        """Return the users in a group, narrowed by name.  Raises Missing."""
        members = sa.select(Membership.user_id).where(Membership.group_id == group_id)
        conditions = [User.id.in_(members)]
        if isinstance(query.get("name"), str):
            conditions.append(User.name == query["name"])
        with self._work.reading() as session:
            rows.get(session, Group, group_id)
            return rows.page(session, User, page, *conditions)

    def both(self, group_id: str, user_id: str) -> dict[str, str]:
        """Return in which domains a group and a user are.  Raises Missing."""
        with self._work.reading() as session:
            group, user = rows.get(session, Group, group_id), rows.get(session, User, user_id)
            return {"domain_id": group.domain_id, "user_domain_id": user.domain_id}

    def add_user(self, group_id: str, user_id: str) -> None:
        """Put a user in a group; one who is in it already stays.  Raises Missing."""
        with self._work.change() as change:
            _both(change.session, group_id, user_id)
            if change.session.get(Membership, (group_id, user_id)) is None:
                change.session.add(Membership(group_id=group_id, user_id=user_id))

    def check_user(self, group_id: str, user_id: str) -> None:
        """Return when the user is in the group.  Raises Missing."""
        with self._work.reading() as session:
            _membership(session, group_id, user_id)

    def remove_user(self, group_id: str, user_id: str) -> None:
        """Take a user out, and end what the user got as a member.  Raises Missing."""
        with self._work.change() as change:
            change.session.delete(_membership(change.session, group_id, user_id))
            change.end_user(user_id)

    def _prepare(self, session: orm.Session, ctx: RequestContext, values: dict[str, Any]) -> None:
        domain_id = values.get("domain_id") or ctx.domain_id or ctx.project_domain_id
        values["domain_id"] = rows.get(session, Domain, domain_id or "default").id

    def _leaving(self, change: Change, row: Group) -> None:
        members = sa.select(Membership.user_id).where(Membership.group_id == row.id)
        for user_id in change.session.scalars(members):
            change.end_user(user_id)
        assignments.forget_actor(change.session, "group", row.id)


def _both(session: orm.Session, group_id: str, user_id: str) -> None:
    rows.get(session, Group, group_id)
    rows.get(session, User, user_id)


def _membership(session: orm.Session, group_id: str, user_id: str) -> Membership:
    _both(session, group_id, user_id)
    found = session.get(Membership, (group_id, user_id))
    if found is None:
        raise Missing(kind="user in group", id=f"{user_id} in {group_id}")
    return found
