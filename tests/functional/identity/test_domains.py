"""Domains are configured, and are projects too."""

import sqlalchemy as sa

from identity.db.extensions import DomainOption


def domain(cloud, admin) -> str:
    body = {"domain": {"name": "d"}}
    return str(cloud.call("POST", "/domains", admin, body, 201)["domain"]["id"])


def test_a_domain_is_configured_in_groups_of_options(cloud, admin):
    path = f"/domains/{domain(cloud, admin)}/config"
    cloud.call("GET", path, admin, status=404)
    config = {"identity": {"driver": "ldap"}, "ldap": {"url": "ldap://a"}}
    assert cloud.call("PUT", path, admin, {"config": config}, 201)["config"] == config
    assert cloud.call("PUT", path, admin, {"config": config}, 200)["config"] == config
    assert cloud.call("GET", f"{path}/ldap", admin)["config"] == {"ldap": {"url": "ldap://a"}}
    body = {"config": {"url": "ldap://b"}}
    changed = cloud.call("PATCH", f"{path}/ldap/url", admin, body)["config"]
    assert changed["ldap"]["url"] == "ldap://b"
    assert cloud.call("GET", f"{path}/ldap/url", admin)["config"] == {"url": "ldap://b"}
    cloud.call("PATCH", f"{path}/ldap/url", admin, {"config": {"suffix": "x"}}, 403)
    cloud.call("PUT", path, admin, {"config": {"token": {"ttl": 1}}}, 403)
    cloud.call("PUT", path, admin, {"config": {"ldap": {"tls": 1}}}, 403)
    cloud.call("DELETE", f"{path}/ldap/url", admin, status=204)
    cloud.call("GET", f"{path}/ldap", admin, status=404)
    cloud.call("DELETE", path, admin, status=204)
    cloud.call("GET", path, admin, status=404)


def test_a_secret_option_is_kept_and_never_shown(cloud, admin):
    path = f"/domains/{domain(cloud, admin)}/config"
    config = {"ldap": {"url": "ldap://a", "password": "open sesame"}}
    shown = cloud.call("PUT", path, admin, {"config": config}, 201)["config"]
    assert shown == {"ldap": {"url": "ldap://a"}}
    with cloud.database.reading() as session:
        kept = session.scalars(sa.select(DomainOption).filter_by(name="password")).one()
    assert "sesame" not in str(kept.value)


def test_the_defaults_of_a_configuration_are_shown(cloud, admin):
    every = cloud.call("GET", "/domains/config/default", admin)["config"]
    assert set(every) == {"identity", "ldap"}
    one = cloud.call("GET", "/domains/config/identity/driver/default", admin)["config"]
    assert one == {"driver": "sql"}


def test_a_domain_is_a_project_that_is_in_none(cloud, admin):
    wanted = {"name": "top", "is_domain": True, "domain_id": None}
    made = cloud.call("POST", "/projects", admin, {"project": wanted}, 201)["project"]
    assert made["is_domain"] is True
    assert made["domain_id"] is None
    path = f"/projects/{made['id']}"
    assert cloud.call("GET", path, admin)["project"] == made
    assert made in cloud.call("GET", "/projects?is_domain=true", admin)["projects"]
    assert made not in cloud.call("GET", "/projects", admin)["projects"]
    assert cloud.call("GET", f"/domains/{made['id']}", admin)["domain"]["name"] == "top"
    assert cloud.call("GET", f"{path}/tags", admin)["tags"] == []
    cloud.call("DELETE", path, admin, status=403)
    cloud.call("PATCH", path, admin, {"project": {"enabled": False}})
    cloud.call("DELETE", path, admin, status=204)
    cloud.call("GET", f"/domains/{made['id']}", admin, status=404)


def test_a_domains_manager_makes_no_domain_by_way_of_projects(cloud, admin):
    user_id, domain_id = cloud.user(admin, "ann"), domain(cloud, admin)
    role = cloud.role(admin, "manager")
    cloud.call("PUT", f"/domains/{domain_id}/users/{user_id}/roles/{role}", admin, status=204)
    ann = cloud.login("ann", scope={"domain": {"id": domain_id}})
    cloud.call("POST", "/projects", ann, {"project": {"name": "x", "is_domain": True}}, 403)
    cloud.call("PATCH", f"/projects/{domain_id}", ann, {"project": {"enabled": False}}, 403)
