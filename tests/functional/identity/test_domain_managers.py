"""What the manager and the reader of one domain may do there, and nowhere else."""

import pytest

from tests.support.identity_cloud import PASSWORD


@pytest.fixture
def domains(cloud):
    """Two domains with a user, a group and a project each, and people of the first."""
    admin = cloud.login()
    found = {"admin": admin}
    for name in ("ours", "theirs"):
        made = cloud.call("POST", "/domains", admin, {"domain": {"name": name}}, 201)["domain"]
        inside = {"domain_id": made["id"]}
        user = {"user": {"name": "somebody", "password": PASSWORD, **inside}}
        found[name] = {
            "id": made["id"],
            "user": cloud.call("POST", "/users", admin, user, 201)["user"]["id"],
            "group": cloud.call("POST", "/groups", admin, {"group": {"name": "g", **inside}}, 201)[
                "group"
            ]["id"],
            "project": cloud.project(admin, "p", **inside),
        }
    for role in ("manager", "reader"):
        found[role] = person(cloud, admin, found["ours"]["id"], role)
    return found


def person(cloud, admin, domain_id, role):
    """Return the headers of somebody with a role on a domain."""
    body = {"user": {"name": role, "password": PASSWORD, "domain_id": domain_id}}
    user = cloud.call("POST", "/users", admin, body, 201)["user"]["id"]
    path = f"/domains/{domain_id}/users/{user}/roles/{cloud.role(admin, role)}"
    cloud.call("PUT", path, admin, status=204)
    proof = {"user": {"name": role, "domain": {"id": domain_id}, "password": PASSWORD}}
    identity = {"methods": ["password"], "password": proof}
    return cloud.login(scope={"domain": {"id": domain_id}}, identity=identity)


@pytest.mark.parametrize("kind", ["user", "group", "project"])
def test_a_domains_manager_makes_changes_and_removes_what_is_in_it(cloud, domains, kind):
    manager, ours = domains["manager"], domains["ours"]["id"]
    body = {kind: {"name": "new", "domain_id": ours}}
    made = cloud.call("POST", f"/{kind}s", manager, body, 201)[kind]
    changed = {kind: {"description": "changed"}}
    cloud.call("PATCH", f"/{kind}s/{made['id']}", manager, changed)
    cloud.call("DELETE", f"/{kind}s/{made['id']}", manager, status=204)
    implicit = cloud.call("POST", f"/{kind}s", manager, {kind: {"name": "implicit"}}, 201)[kind]
    assert implicit["domain_id"] == ours


@pytest.mark.parametrize("kind", ["user", "group", "project"])
def test_nothing_in_another_domain_is_open_to_the_manager(cloud, domains, kind):
    manager, theirs = domains["manager"], domains["theirs"]
    elsewhere = {kind: {"name": "new", "domain_id": theirs["id"]}}
    cloud.call("POST", f"/{kind}s", manager, elsewhere, 403)
    one = f"/{kind}s/{theirs[kind]}"
    cloud.call("GET", one, manager, status=403)
    cloud.call("PATCH", one, manager, {kind: {"description": "x"}}, 403)
    cloud.call("DELETE", one, manager, status=403)
    below = {"project": {"name": "new", "parent_id": theirs["project"]}}
    cloud.call("POST", "/projects", manager, below, 403)


def test_a_manager_gives_no_role_above_the_own(cloud, domains):
    manager, ours = domains["manager"], domains["ours"]
    where = f"/projects/{ours['project']}/users/{ours['user']}/roles"
    for role, status in (("member", 204), ("reader", 204), ("manager", 204), ("admin", 403)):
        role_id = cloud.role(domains["admin"], role)
        cloud.call("PUT", f"{where}/{role_id}", manager, status=status)
    assert len(cloud.call("GET", where, manager)["roles"]) == 3
    member = cloud.role(domains["admin"], "member")
    cloud.call("DELETE", f"{where}/{member}", manager, status=204)


def test_a_manager_gives_roles_only_inside_the_domain(cloud, domains):
    manager, member = domains["manager"], cloud.role(domains["admin"], "member")
    ours, theirs = domains["ours"], domains["theirs"]
    for project, user in ((theirs, ours), (ours, theirs)):
        where = f"/projects/{project['project']}/users/{user['user']}/roles/{member}"
        cloud.call("PUT", where, manager, status=403)
    system = f"/system/users/{ours['user']}/roles/{member}"
    cloud.call("PUT", system, manager, status=403)


def test_a_manager_fills_the_domains_groups_with_the_domains_users(cloud, domains):
    manager, ours, theirs = domains["manager"], domains["ours"], domains["theirs"]
    cloud.call("PUT", f"/groups/{ours['group']}/users/{ours['user']}", manager, status=204)
    cloud.call("PUT", f"/groups/{ours['group']}/users/{theirs['user']}", manager, status=403)
    cloud.call("PUT", f"/groups/{theirs['group']}/users/{ours['user']}", manager, status=403)
    cloud.call("DELETE", f"/groups/{ours['group']}/users/{ours['user']}", manager, status=204)


def test_lists_show_what_is_in_the_domain(cloud, domains):
    for who in ("manager", "reader"):
        headers = domains[who]
        found = cloud.call("GET", "/domains", headers)["domains"]
        assert [one["id"] for one in found] == [domains["ours"]["id"]]
        users = cloud.call("GET", "/users", headers)["users"]
        assert {one["domain_id"] for one in users} == {domains["ours"]["id"]}
        given = cloud.call("GET", "/role_assignments", headers)["role_assignments"]
        assert {one["scope"]["domain"]["id"] for one in given} == {domains["ours"]["id"]}
    names = {one["name"] for one in cloud.call("GET", "/roles", domains["manager"])["roles"]}
    assert {"manager", "member", "reader"} <= names
    cloud.call("GET", "/roles", domains["reader"], status=403)


def test_a_domains_reader_changes_nothing(cloud, domains):
    reader, ours = domains["reader"], domains["ours"]
    cloud.call("GET", f"/users/{ours['user']}", reader)
    cloud.call("POST", "/users", reader, {"user": {"name": "x"}}, 403)
    cloud.call("DELETE", f"/projects/{ours['project']}", reader, status=403)
    member = cloud.role(domains["admin"], "member")
    where = f"/projects/{ours['project']}/users/{ours['user']}/roles/{member}"
    cloud.call("PUT", where, reader, status=403)
