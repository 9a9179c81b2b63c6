"""Calls to other services: keystoneauth sessions of the service user."""

from typing import Any

from keystoneauth1 import adapter as ks_adapter
from keystoneauth1 import session as ks_session
from keystoneauth1.identity import v3
from oslo_config import cfg

from common import config
from common.context import CURRENT_REQUEST


class _RequestIdSession(ks_session.Session):
    """A session that passes the request id along."""

    def request(self, *args: Any, **kwargs: Any) -> Any:
        request_id = CURRENT_REQUEST.get()
        if request_id != "-":
            headers = dict(kwargs.get("headers") or {})
            headers.setdefault("X-Openstack-Request-Id", request_id)
            kwargs["headers"] = headers
        return super().request(*args, **kwargs)


def service_session(conf: cfg.ConfigOpts, service: str) -> ks_session.Session:
    """Return a session of the user that the service acts as: its own, in the service project.

    service: `compute`, `network`...; the password is secret `service-<service>`.
    """
    auth = v3.Password(
        auth_url=conf.service_user.auth_url,
        username=service,
        password=config.secret(conf, f"service-{service}"),
        user_domain_id=conf.service_user.domain_id,
        project_name=conf.service_user.project_name,
        project_domain_id=conf.service_user.domain_id,
    )
    return _RequestIdSession(auth=auth, timeout=conf.service_user.timeout_s)


def user_session(conf: cfg.ConfigOpts, token: str, project_id: str | None) -> ks_session.Session:
    """Return a session that acts with a caller's token, for what must be the caller's right."""
    auth = v3.Token(auth_url=conf.service_user.auth_url, token=token, project_id=project_id)
    return _RequestIdSession(auth=auth, timeout=conf.service_user.timeout_s)


def adapter(
    session: ks_session.Session, service_type: str, conf: cfg.ConfigOpts, **options: Any
) -> ks_adapter.Adapter:
    """Return the way to one service, found in the catalog once.

    service_type: `image`, `network`, `compute`...  Answers of 4xx and 5xx are returned, not raised.
    """
    return ks_adapter.Adapter(
        session,
        service_type=service_type,
        interface="internal",
        region_name=conf.region,
        raise_exc=False,
        **options,
    )
