"""The configuration of domains: kept, and shown but for its secrets."""

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from identity.db import rows
from identity.db.extensions import DomainOption
from identity.db.models import Domain
from identity.drivers.vault import Vault
from identity.errors import ActionForbidden, Missing
from identity.logic import domain_options as options
from identity.logic.work import Work

Config = dict[str, dict[str, Any]]


class DomainConfigs:
    """One configuration a domain: options in groups."""

    def __init__(self, work: Work, vault: Vault) -> None:
        self._work = work
        self._vault = vault

    def defaults(self, group: str | None = None, option: str | None = None) -> Any:
        """Return what holds where nothing was configured.  Raises Missing, ActionForbidden."""
        if group is None:
            return options.DEFAULTS
        _configurable(group, option)
        found = options.DEFAULTS[group]
        if option is None:
            return {group: found}
        return {option: found.get(option)}

    def get(self, domain_id: str, group: str | None = None, option: str | None = None) -> Any:
        """Return a domain's configuration, a group of it, or one option: `{name: value}`.

        Raises Missing, ActionForbidden for what cannot be configured at all.
        """
        if group is not None:
            _configurable(group, option)
        with self._work.reading() as session:
            rows.get(session, Domain, domain_id)
            found = self._shown(session, domain_id)
        return _part(found, domain_id, group, option)

    def replace(self, domain_id: str, wanted: Config) -> tuple[Config, bool]:
        """Configure a domain, and forget what was there.  Return it, and whether it is new.

        Raises Missing, ActionForbidden.
        """
        for group, values in wanted.items():
            for name in values:
                _configurable(group, name)
        with self._work.change() as change:
            session = change.session
            rows.get(session, Domain, domain_id)
            new = not session.scalars(_all(domain_id)).first()
            session.execute(sa.delete(DomainOption).filter_by(domain_id=domain_id))
            self._write(session, domain_id, wanted)
            session.flush()
            return self._shown(session, domain_id), new

    def update(
        self, domain_id: str, wanted: Config, group: str | None = None, option: str | None = None
    ) -> Config:
        """Change options, and return the whole configuration.

        group, option: nothing else may be among what is wanted.
        Raises Missing when the domain has no configuration, or not what is named.
        """
        for its_group, values in wanted.items():
            for name in values:
                _configurable(its_group, name)
                _among(its_group, name, group, option)
        with self._work.change() as change:
            session = change.session
            rows.get(session, Domain, domain_id)
            _part(self._shown(session, domain_id), domain_id, group, option)
            self._write(session, domain_id, wanted)
            session.flush()
            return self._shown(session, domain_id)

    def delete(self, domain_id: str, group: str | None = None, option: str | None = None) -> None:
        """Forget a configuration, a group of it, or one option.  Raises Missing."""
        if group is not None:
            _configurable(group, option)
        with self._work.change() as change:
            rows.get(change.session, Domain, domain_id)
            gone = sa.delete(DomainOption).where(DomainOption.domain_id == domain_id)
            if group is not None:
                gone = gone.where(DomainOption.group == group)
            if option is not None:
                gone = gone.where(DomainOption.name == option)
            found = change.session.scalars(gone.returning(DomainOption.name)).all()
            if not found:
                raise _missing(domain_id, group, option)

    def _shown(self, session: orm.Session, domain_id: str) -> Config:
        found: Config = {}
        for row in session.scalars(_all(domain_id)):
            group = found.setdefault(row.group, {})
            if not options.secret(row.group, row.name):
                group[row.name] = row.value["value"]
        return found

    def _write(self, session: orm.Session, domain_id: str, wanted: Config) -> None:
        for group, values in wanted.items():
            for name, value in values.items():
                kept = self._vault.seal(json.dumps(value)) if options.secret(group, name) else value
                row = DomainOption(
                    domain_id=domain_id, group=group, name=name, value={"value": kept}
                )
                session.merge(row)


def _all(domain_id: str) -> sa.Select[Any]:
    query = sa.select(DomainOption).where(DomainOption.domain_id == domain_id)
    return query.order_by(DomainOption.group, DomainOption.name)


def _configurable(group: str, option: str | None) -> None:
    """Return when there is such an option.  Raises ActionForbidden."""
    if not options.known(group):
        known = ", ".join(options.DEFAULTS)
        reason = f"Group {group} cannot be configured for a domain; these can: {known}"
        raise ActionForbidden(reason=f"Invalid domain specific configuration: {reason}")
    if option is not None and not options.known(group, option):
        reason = f"Option {option} in group {group} cannot be configured for a domain"
        raise ActionForbidden(reason=f"Invalid domain specific configuration: {reason}")


def _among(its_group: str, name: str, group: str | None, option: str | None) -> None:
    """Return when an option is in the part that is changed.  Raises ActionForbidden."""
    if (group is not None and its_group != group) or (option is not None and name != option):
        reason = f"{its_group}.{name} is not what the URL names"
        raise ActionForbidden(reason=f"Invalid domain specific configuration: {reason}")


def _part(
    found: Mapping[str, Any], domain_id: str, group: str | None, option: str | None
) -> dict[str, Any]:
    """Return the part that is named.  Raises Missing when it is not there."""
    if not found:
        raise _missing(domain_id, group, option)
    if group is None:
        return dict(found)
    if group not in found or (option is not None and option not in found[group]):
        raise _missing(domain_id, group, option)
    return {option: found[group][option]} if option is not None else {group: found[group]}


def _missing(domain_id: str, group: str | None, option: str | None) -> Missing:
    what = f"option {option} in group {group}" if option else f"group {group}"
    if group is None:
        return Missing(kind="domain configuration", id=f"domain {domain_id} has none")
    return Missing(kind="domain configuration", id=f"{what} for domain {domain_id}")
