"""What namespaces define: objects, properties and tags."""

from collections.abc import Mapping, Sequence
from typing import Any

from common.clock import utcnow
from common.context import RequestContext
from common.db import Database
from image.db import metadefs as queries
from image.db.models import Definition
from image.logic.metadefs import body, defined


class Definitions:
    """Everything of one kind.  kind: see image.db.models.Definition."""

    def __init__(self, database: Database, kind: str) -> None:
        self._database = database
        self.kind = kind

    def list(self, ctx: RequestContext, namespace: str) -> Sequence[Definition]:
        """Return all, by name.  Raises NamespaceNotFound."""
        with self._database.reading() as session:
            return queries.definitions(session, queries.get(session, ctx, namespace), self.kind)

    def get(
        self, ctx: RequestContext, namespace: str, name: str, resource_type: str | None = None
    ) -> Definition:
        """Return one.  Raises NamespaceNotFound, DefinitionNotFound.

        resource_type: the name given is the one on that kind of resource, with its prefix.
        """
        with self._database.reading() as session:
            found = queries.get(session, ctx, namespace)
            for one in found.associations:
                if one.resource_type == resource_type and one.prefix:
                    name = name.removeprefix(one.prefix)
            return queries.definition(session, found, self.kind, name)

    def create(self, ctx: RequestContext, namespace: str, wanted: Mapping[str, Any]) -> Definition:
        """Define something.  Raises NamespaceNotFound, MetadefExists."""
        with self._database.transaction() as session:
            found = queries.get(session, ctx, namespace)
            row = defined(found, self.kind, wanted["name"], wanted)
            session.add(row)
            queries.flush(session, self.kind, row.name)
        return row

    def replace(
        self,
        ctx: RequestContext,
        namespace: str,
        wanted: Sequence[Mapping[str, Any]],
        *,
        append: bool = False,
    ) -> Sequence[Definition]:
        """Define all of these, in place of what is there or beside it, and return those given.

        Raises NamespaceNotFound, MetadefExists when one is named twice or, appended, is there.
        """
        with self._database.transaction() as session:
            found = queries.get(session, ctx, namespace)
            if not append:
                queries.clear(session, found, self.kind)
            rows = [defined(found, self.kind, one["name"], one) for one in wanted]
            for row in rows:
                session.add(row)
                queries.flush(session, self.kind, row.name)
        return rows

    def update(
        self, ctx: RequestContext, namespace: str, name: str, wanted: Mapping[str, Any]
    ) -> Definition:
        """Replace a definition, and its name where another is given.

        Raises NamespaceNotFound, DefinitionNotFound, MetadefExists.
        """
        with self._database.transaction() as session:
            found = queries.get(session, ctx, namespace)
            row = queries.definition(session, found, self.kind, name)
            row.name = wanted["name"]
            row.body = body(wanted)
            row.updated_at = utcnow()
            queries.flush(session, self.kind, row.name)
        return row

    def delete(self, ctx: RequestContext, namespace: str, name: str) -> None:
        """Remove one.  Raises NamespaceNotFound, DefinitionNotFound."""
        with self._database.transaction() as session:
            found = queries.get(session, ctx, namespace)
            session.delete(queries.definition(session, found, self.kind, name))

    def clear(self, ctx: RequestContext, namespace: str) -> None:
        """Remove all.  Raises NamespaceNotFound."""
        with self._database.transaction() as session:
            queries.clear(session, queries.get(session, ctx, namespace), self.kind)
