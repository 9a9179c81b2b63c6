"""Groups of endpoints, and what is in a project's catalog."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import orm

from identity.db import catalog, rows
from identity.db.extensions import EndpointGroup, ProjectEndpoint, ProjectEndpointGroup
from identity.db.models import Endpoint, Model, Project
from identity.errors import Missing
from identity.logic.things import Things
from identity.logic.work import Work


class EndpointGroups(Things[EndpointGroup]):
    """Every group of endpoints."""

    model = EndpointGroup
    writable = frozenset({"name", "description", "filters"})
    filters = frozenset({"name"})


class Filters:
    """What is in which project's catalog: endpoints, and groups of them."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def add(self, project_id: str, **of: str) -> None:
        """Put an endpoint_id or endpoint_group_id into a project's catalog; twice is a success.

        Raises Missing.
        """
        with self._work.change() as change:
            link, its_id = self._known(change.session, project_id, of)
            if change.session.get(link, (project_id, its_id)) is None:
                change.session.add(link(project_id=project_id, **of))

    def remove(self, project_id: str, **of: str) -> None:
        """Take one out.  Raises Missing."""
        with self._work.change() as change:
            link, its_id = self._known(change.session, project_id, of)
            change.session.delete(_linked(change.session, link, project_id, its_id))

    def check(self, project_id: str, **of: str) -> Project:
        """Return the project whose catalog has it.  Raises Missing."""
        with self._work.reading() as session:
            link, its_id = self._known(session, project_id, of)
            _linked(session, link, project_id, its_id)
            return rows.get(session, Project, project_id)

    def endpoints(self, project_id: str) -> Sequence[Endpoint]:
        """Return the endpoints that are in a project's catalog.  Raises Missing."""
        with self._work.reading() as session:
            rows.get(session, Project, project_id)
            mine = sa.select(ProjectEndpoint.endpoint_id).where(
                ProjectEndpoint.project_id == project_id
            )
            groups = catalog.groups_of(session, project_id)
            chosen = sa.or_(Endpoint.id.in_(mine), *(catalog.meets(group) for group in groups))
            return session.scalars(sa.select(Endpoint).where(chosen).order_by(Endpoint.id)).all()

    def groups(self, project_id: str) -> Sequence[EndpointGroup]:
        """Return the groups that are in a project's catalog.  Raises Missing."""
        with self._work.reading() as session:
            rows.get(session, Project, project_id)
            return catalog.groups_of(session, project_id)

    def members(self, endpoint_group_id: str) -> Sequence[Endpoint]:
        """Return the endpoints of a group.  Raises Missing."""
        with self._work.reading() as session:
            group = rows.get(session, EndpointGroup, endpoint_group_id)
            query = sa.select(Endpoint).where(catalog.meets(group))
            return session.scalars(query.order_by(Endpoint.id)).all()

    def projects(self, **of: str) -> Sequence[Project]:
        """Return the projects whose catalog has an endpoint_id, or an endpoint_group_id.

        Raises Missing.
        """
        with self._work.reading() as session:
            link, its_id = _kinds(of)
            model = Endpoint if link is ProjectEndpoint else EndpointGroup
            rows.get(session, model, its_id)
            theirs = sa.select(link.project_id).filter_by(**of)
            query = sa.select(Project).where(Project.id.in_(theirs))
            return session.scalars(query.order_by(Project.id)).all()

    def _known(
        self, session: orm.Session, project_id: str, of: dict[str, str]
    ) -> tuple[type[ProjectEndpoint] | type[ProjectEndpointGroup], str]:
        link, its_id = _kinds(of)
        rows.get(session, Project, project_id)
        rows.get(session, Endpoint if link is ProjectEndpoint else EndpointGroup, its_id)
        return link, its_id


def _kinds(of: dict[str, str]) -> tuple[type[ProjectEndpoint] | type[ProjectEndpointGroup], str]:
    """Return the table and the id that `endpoint_id` or `endpoint_group_id` means."""
    [(name, its_id)] = of.items()
    return (ProjectEndpoint if name == "endpoint_id" else ProjectEndpointGroup), its_id


def _linked(session: orm.Session, link: type[Model], project_id: str, its_id: str) -> Model:
    found = session.get(link, (project_id, its_id))
    if found is None:
        raise Missing(kind="endpoint filter", id=f"{its_id} in project {project_id}")
    return found
