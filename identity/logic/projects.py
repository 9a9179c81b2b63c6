"""Projects and their tags."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common.context import RequestContext
from common.errors import BadRequest
from common.paging import Page
from identity.db import assignments, rows
from identity.db.models import Credential, Domain, Project, ProjectTag, User
from identity.errors import ActionForbidden, Missing
from identity.logic import limits
from identity.logic.domains import Domains
from identity.logic.things import Before, Things
from identity.logic.work import Change, Work


class Projects(Things[Any]):
    """Every project; a domain is one too, that is its own domain and in none."""

    model = Project
    writable = frozenset({"name", "description", "enabled", "options", "domain_id", "parent_id"})
    filters = frozenset({"id", "name", "domain_id", "parent_id", "enabled"})

    def __init__(self, work: Work, domains: Domains) -> None:
        super().__init__(work)
        self._domains = domains

    def target(self, row: Any) -> dict[str, str]:
        """Members may see their project; a domain is for administrators alone."""
        domain_id = "" if isinstance(row, Domain) else row.domain_id
        return {"domain_id": domain_id, "project_id": row.id}

    def list(self, ctx: RequestContext, query: Mapping[str, Any], page: Page) -> Sequence[Any]:
        """Return one page: of projects, or with `is_domain` of domains."""
        if _true(query.get("is_domain")):
            plain = {name: query[name] for name in ("id", "name", "enabled") if name in query}
            return self._domains.list(ctx, plain, page)
        return super().list(ctx, query, page)

    def get(self, row_id: str) -> Any:
        """Return one.  Raises Missing."""
        with self._work.reading() as session:
            found = session.get(Project, row_id) or session.get(Domain, row_id)
        if found is None:
            raise Missing(kind="project", id=row_id)
        return found

    def create(self, ctx: RequestContext, wanted: Mapping[str, Any]) -> Any:
        """Make a project, or with `is_domain` a domain.  Raises Duplicate, Missing, BadRequest."""
        if not wanted.get("is_domain"):
            return super().create(ctx, wanted)
        if wanted.get("domain_id") or wanted.get("parent_id"):
            raise BadRequest(reason="only root projects are allowed to act as domains.")
        return self._domains.create(ctx, _of_domain(wanted))

    def update(self, ctx: RequestContext, row_id: str, wanted: Mapping[str, Any]) -> Any:
        """Change one.  Raises Missing, Duplicate, ActionForbidden."""
        if isinstance(self.get(row_id), Domain):
            return self._domains.update(ctx, row_id, _of_domain(wanted))
        return super().update(ctx, row_id, wanted)

    def delete(self, ctx: RequestContext, row_id: str) -> None:
        """Remove one.  Raises Missing, ActionForbidden."""
        if isinstance(self.get(row_id), Domain):
            self._domains.delete(ctx, row_id)
        else:
            super().delete(ctx, row_id)

    def place(self, ctx: RequestContext, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """A project is in its parent's domain; a domain is in none."""
        if wanted.get("is_domain"):
            return self._domains.place(ctx, wanted)
        found = super().place(ctx, wanted)
        parent_id = wanted.get("parent_id")
        if parent_id and not wanted.get("domain_id"):
            with self._work.reading() as session:
                parent = session.get(Project, parent_id)
            found["domain_id"] = parent.domain_id if parent else str(parent_id)
        return found

    def set_tags(self, project_id: str, tags: Sequence[str]) -> Sequence[str]:
        """Replace a project's tags, and return them.  Raises Missing."""
        with self._work.change() as change:
            project = rows.get(change.session, Project, project_id)
            _tag(project, tags)
            return [tag.name for tag in project.tags]

    def add_tag(self, project_id: str, tag: str) -> None:
        """Mark a project with one more word.  Raises Missing."""
        with self._work.change() as change:
            project = rows.get(change.session, Project, project_id)
            _tag(project, {*(known.name for known in project.tags), tag})

    def remove_tag(self, project_id: str, tag: str) -> None:
        """Take one word away.  Raises Missing when the project does not have it."""
        with self._work.change() as change:
            project = rows.get(change.session, Project, project_id)
            names = {known.name for known in project.tags}
            if tag not in names:
                raise Missing(kind="project tag", id=tag)
            _tag(project, names - {tag})

    def _conditions(
        self, ctx: RequestContext, query: Mapping[str, Any]
    ) -> Sequence[sa.ColumnElement[bool]]:
        return [*super()._conditions(ctx, query), *_tagged(query)]

    def _prepare(self, session: orm.Session, ctx: RequestContext, values: dict[str, Any]) -> None:
        """Find out which domain and parent the project gets.  Raises Missing, BadRequest."""
        parent_id = values.get("parent_id")
        parent = session.get(Project, parent_id) if parent_id else None
        domain_id = values.get("domain_id")
        if parent is not None:
            domain_id = domain_id or parent.domain_id
            if parent.domain_id != domain_id:
                raise BadRequest(reason="A project has to be in its parent's domain")
        elif parent_id:
            domain_id = domain_id or parent_id
        domain_id = domain_id or ctx.domain_id or ctx.project_domain_id or ctx.user_domain_id
        rows.get(session, Domain, str(domain_id))
        if parent is None and parent_id not in (None, "", domain_id):
            raise Missing(kind="project", id=parent_id)
        values["domain_id"], values["parent_id"] = domain_id, parent_id or domain_id

    def _fill(self, row: Project, values: Mapping[str, Any]) -> None:
        plain = dict(values)
        tags = plain.pop("tags", None)
        plain.pop("is_domain", None)
        super()._fill(row, plain)
        _tag(row, [tag.name for tag in row.tags] if tags is None else tags)

    def _keep(self, row: Project, values: dict[str, Any]) -> None:
        super()._keep(row, values)
        if values.pop("parent_id", row.parent_id) not in (row.parent_id, None):
            raise ActionForbidden(reason="Update of `parent_id` is not allowed")

    def _updated(self, change: Change, row: Project, before: Before) -> None:
        if before.differs(row, "enabled") and not row.enabled:
            change.end(project_id=row.id)

    def _leaving(self, change: Change, row: Project) -> None:
        session = change.session
        below = sa.select(Project.id).where(Project.parent_id == row.id).limit(1)
        if session.scalar(below) is not None:
            raise ActionForbidden(
                reason=f"Cannot delete project {row.id}: it has projects below it"
            )
        change.end(project_id=row.id)
        assignments.forget_target(session, "project", row.id)
        limits.forget(session, project_id=row.id)
        session.execute(sa.delete(Credential).where(Credential.project_id == row.id))
        session.execute(
            sa.update(User).where(User.default_project_id == row.id).values(default_project_id=None)
        )


def _tag(project: Project, names: Any) -> None:
    """Give a project exactly these tags, keeping the rows that are there."""
    known = {tag.name: tag for tag in project.tags}
    project.tags = [known.get(name) or ProjectTag(name=name) for name in sorted(set(names))]


def _tagged(query: Mapping[str, Any]) -> list[sa.ColumnElement[bool]]:
    """Return the conditions of tags, tags-any, not-tags and not-tags-any: comma-separated."""
    found = []
    for name in ("tags", "tags-any", "not-tags", "not-tags-any"):
        if not isinstance(query.get(name), str):
            continue
        each = [Project.tags.any(ProjectTag.name == tag) for tag in query[name].split(",")]
        met = sa.or_(*each) if name.endswith("any") else sa.and_(*each)
        found.append(sa.not_(met) if name.startswith("not") else met)
    return found


def _true(given: Any) -> bool:
    return str(given or "false").lower() in ("true", "1")


def _of_domain(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a project's values a domain has."""
    beside = ("is_domain", "domain_id", "parent_id", "tags")
    return {name: value for name, value in wanted.items() if name not in beside}
