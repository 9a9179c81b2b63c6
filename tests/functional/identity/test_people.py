"""Users, projects, domains, groups, roles and the catalog through the API."""

import pytest

from tests.support.identity_cloud import PASSWORD


def test_a_user_is_made_shown_changed_and_removed(cloud, admin):
    wanted = {"name": "ann", "password": PASSWORD, "email": "a@example.org", "domain_id": "default"}
    user = cloud.call("POST", "/users", admin, {"user": wanted}, 201)["user"]
    assert len(user["id"]) == 32
    assert user["email"] == "a@example.org"
    assert user["links"]["self"].endswith(f"/v3/users/{user['id']}")
    assert "password" not in user
    assert cloud.call("GET", f"/users/{user['id']}", admin)["user"] == user
    changed = cloud.call("PATCH", f"/users/{user['id']}", admin, {"user": {"name": "anna"}})
    assert changed["user"] == {**user, "name": "anna"}
    cloud.call("DELETE", f"/users/{user['id']}", admin, status=204)
    cloud.call("GET", f"/users/{user['id']}", admin, status=404)


def test_no_request_reaches_a_users_hash_or_lockout(cloud, admin):
    wanted = {"name": "ann", "password_hash": "x", "failures": 7, "domain_id": "default"}
    user = cloud.call("POST", "/users", admin, {"user": wanted}, 201)["user"]
    assert not {"password_hash", "failures"} & set(user)


def test_a_name_is_taken_once_in_a_domain(cloud, admin):
    cloud.user(admin, "ann")
    body = {"user": {"name": "ann", "domain_id": "default"}}
    error = cloud.call("POST", "/users", admin, body, 409)["error"]
    assert error == {
        "code": 409,
        "message": "Conflict occurred attempting to store user - "
        "Duplicate entry found with name ann at domain ID default.",
        "title": "Conflict",
    }
    domain = cloud.call("POST", "/domains", admin, {"domain": {"name": "other"}}, 201)["domain"]
    body["user"]["domain_id"] = domain["id"]
    cloud.call("POST", "/users", admin, body, 201)


@pytest.mark.parametrize("kind", ["user", "project", "domain", "group", "role", "service"])
def test_what_is_not_there_is_not_found_by_name(cloud, admin, kind):
    error = cloud.call("GET", f"/{kind}s/nothing", admin, status=404)["error"]
    assert error["message"] == f"Could not find {kind}: nothing."


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/users", {"user": {"name": ""}}),
        ("/users", {"user": {"name": "x" * 256}}),
        ("/users", {"user": {"name": "ann", "enabled": "yes"}}),
        ("/projects", {"project": {"name": "x" * 65}}),
        ("/domains", {"domain": {"name": "x" * 65}}),
        ("/users", {"name": "ann"}),
    ],
)
def test_a_wrong_body_is_400(cloud, admin, path, body):
    cloud.call("POST", path, admin, body, 400)


def test_lists_are_narrowed_and_paged(cloud, admin):
    for name in ("ann", "bob", "cid"):
        cloud.user(admin, name)
    found = cloud.call("GET", "/users?name=bob&domain_id=default&enabled=true", admin)
    assert [user["name"] for user in found["users"]] == ["bob"]
    assert cloud.call("GET", "/users?enabled=false", admin)["users"] == []
    seen, path = [], "/users?limit=2"
    while path:
        page = cloud.call("GET", path, admin)
        seen += [user["name"] for user in page["users"]]
        path = (page["links"]["next"] or "").partition("/v3")[2]
    assert sorted(seen) == ["admin", "ann", "bob", "cid", "compute"]


def test_a_password_change_ends_the_old_password_and_its_tokens(cloud, admin):
    user_id = cloud.user(admin, "ann")
    ann = cloud.login("ann", scope="ann")
    path = f"/users/{user_id}/password"
    wrong = {"user": {"original_password": "wrong", "password": "new"}}
    cloud.call("POST", path, ann, wrong, 401)
    right = {"user": {"original_password": PASSWORD, "password": "new"}}
    cloud.call("POST", path, ann, right, 204)
    assert not cloud.works(ann)
    assert cloud.auth("ann", PASSWORD, "ann").status_code == 401
    assert cloud.works(cloud.login("ann", "new", "ann"))


def test_an_administrator_changes_a_password_with_the_old_one_too(cloud, admin):
    user_id = cloud.user(admin, "ann")
    cloud.user(admin, "bob")
    body = {"user": {"original_password": PASSWORD, "password": "new"}}
    path = f"/users/{user_id}/password"
    cloud.call("POST", path, cloud.login("bob", scope="bob"), body, 403)
    cloud.call("POST", path, admin, body, 204)
    assert cloud.works(cloud.login("ann", "new", "ann"))


def test_a_disabled_user_is_out_at_once(cloud, admin):
    user_id = cloud.user(admin, "ann")
    ann = cloud.login("ann", scope="ann")
    cloud.call("PATCH", f"/users/{user_id}", admin, {"user": {"enabled": False}})
    assert not cloud.works(ann)
    assert cloud.auth("ann", scope="ann").status_code == 401
    cloud.call("PATCH", f"/users/{user_id}", admin, {"user": {"enabled": True}})
    assert cloud.works(cloud.login("ann", scope="ann"))


@pytest.mark.parametrize("how", ["role", "project", "domain", "user", "disabled project"])
def test_losing_what_a_token_stands_on_ends_it(cloud, admin, how):
    domain = cloud.call("POST", "/domains", admin, {"domain": {"name": "d"}}, 201)["domain"]
    project = cloud.project(admin, "p", domain_id=domain["id"])
    body = {"user": {"name": "ann", "password": PASSWORD, "domain_id": domain["id"]}}
    user = cloud.call("POST", "/users", admin, body, 201)["user"]["id"]
    grant = cloud.grant(admin, user, project, "member")
    who = {"id": user, "password": PASSWORD}
    identity = {"methods": ["password"], "password": {"user": who}}
    token = cloud.login(identity=identity, scope={"project": {"id": project}})
    changes = {
        "role": ("DELETE", grant, None, 204),
        "project": ("DELETE", f"/projects/{project}", None, 204),
        "user": ("DELETE", f"/users/{user}", None, 204),
        "domain": ("PATCH", f"/domains/{domain['id']}", {"domain": {"enabled": False}}, 200),
        "disabled project": ("PATCH", f"/projects/{project}", {"project": {"enabled": False}}, 200),
    }
    assert cloud.works(token)
    method, path, change, status = changes[how]
    cloud.call(method, path, admin, change, status)
    assert not cloud.works(token)
    assert cloud.works(admin)


def test_a_domain_goes_with_all_it_holds_once_it_is_disabled(cloud, admin):
    domain = cloud.call("POST", "/domains", admin, {"domain": {"name": "d"}}, 201)["domain"]
    cloud.project(admin, "p", domain_id=domain["id"])
    path = f"/domains/{domain['id']}"
    cloud.call("DELETE", path, admin, status=403)
    cloud.call("PATCH", path, admin, {"domain": {"enabled": False}})
    cloud.call("DELETE", path, admin, status=204)
    assert cloud.call("GET", "/projects?name=p", admin)["projects"] == []


def test_a_project_keeps_its_tags(cloud, admin):
    path = f"/projects/{cloud.project(admin, 'p', tags=['a'])}"
    assert cloud.call("GET", path, admin)["project"]["tags"] == ["a"]
    cloud.call("PUT", f"{path}/tags/b", admin, status=201)
    assert cloud.call("GET", f"{path}/tags", admin)["tags"] == ["a", "b"]
    assert cloud.call("GET", "/projects?tags=a,b", admin)["projects"][0]["name"] == "p"
    assert cloud.call("GET", "/projects?not-tags=a", admin)["projects"][0]["name"] != "p"
    cloud.call("DELETE", f"{path}/tags/a", admin, status=204)
    cloud.call("GET", f"{path}/tags/a", admin, status=404)
    assert cloud.call("PUT", f"{path}/tags", admin, {"tags": ["c"]})["tags"] == ["c"]
    cloud.call("DELETE", f"{path}/tags", admin, status=204)


def test_roles_come_through_groups_and_from_above(cloud, admin):
    user_id = cloud.user(admin, "ann")
    group = cloud.call("POST", "/groups", admin, {"group": {"name": "g"}}, 201)["group"]["id"]
    project = cloud.project(admin, "p")
    below = cloud.project(admin, "q", parent_id=project)
    member = cloud.role(admin, "member")
    cloud.call("PUT", f"/groups/{group}/users/{user_id}", admin, status=204)
    cloud.call("HEAD", f"/groups/{group}/users/{user_id}", admin, status=204)
    grant = f"/projects/{project}/groups/{group}/roles/{member}"
    cloud.call("PUT", grant, admin, status=204)
    inherited = f"/OS-INHERIT{grant}/inherited_to_projects"
    assert cloud.auth("ann", scope="q").status_code == 401
    cloud.call("PUT", inherited, admin, status=204)
    roles = cloud.auth("ann", scope="q").json["token"]["roles"]
    assert [role["name"] for role in roles] == ["member", "reader"]
    token = cloud.login("ann", scope="p")
    cloud.call("DELETE", f"/groups/{group}/users/{user_id}", admin, status=204)
    assert not cloud.works(token)
    assert cloud.auth("ann", scope="p").status_code == 401
    assert below


def test_assignments_are_listed_as_they_are_and_as_they_count(cloud, admin):
    user_id = cloud.user(admin, "ann")
    path = f"/role_assignments?user.id={user_id}"
    [one] = cloud.call("GET", f"{path}&include_names", admin)["role_assignments"]
    assert one["role"]["name"] == "member"
    assert one["user"]["domain"] == {"id": "default", "name": "Default"}
    assert one["scope"]["project"]["name"] == "ann"
    counted = cloud.call("GET", f"{path}&effective&include_names", admin)["role_assignments"]
    assert sorted(each["role"]["name"] for each in counted) == ["member", "reader"]


def test_an_implied_role_comes_and_goes(cloud, admin):
    role = cloud.call("POST", "/roles", admin, {"role": {"name": "chief"}}, 201)["role"]["id"]
    cloud.user(admin, "ann", role="chief")
    reader = cloud.role(admin, "reader")
    path = f"/roles/{role}/implies/{reader}"
    cloud.call("PUT", path, admin, status=201)
    cloud.call("HEAD", path, admin, status=204)
    token = cloud.auth("ann", scope="ann")
    assert [each["name"] for each in token.json["token"]["roles"]] == ["chief", "reader"]
    admin_again = cloud.login()
    cloud.call("DELETE", path, admin_again, status=204)
    assert not cloud.works({"X-Auth-Token": token.headers["X-Subject-Token"]})


def test_a_domain_s_role_implies_any_and_is_implied_by_no_role_of_all(cloud, admin):
    ids = []
    for name in ("one", "two"):
        domain = cloud.call("POST", "/domains", admin, {"domain": {"name": name}}, 201)["domain"]
        body = {"role": {"name": name, "domain_id": domain["id"]}}
        ids.append(cloud.call("POST", "/roles", admin, body, 201)["role"]["id"])
    one, two = ids
    reader = cloud.role(admin, "reader")
    cloud.call("PUT", f"/roles/{one}/implies/{two}", admin, status=201)
    cloud.call("PUT", f"/roles/{two}/implies/{reader}", admin, status=201)
    cloud.call("PUT", f"/roles/{reader}/implies/{one}", admin, status=403)


def test_the_first_roles_are_immutable(cloud, admin):
    cloud.call("DELETE", f"/roles/{cloud.role(admin, 'member')}", admin, status=403)


def test_members_see_themselves_and_what_they_may_scope_to(cloud, admin):
    user_id = cloud.user(admin, "ann")
    ann = cloud.login("ann", scope="ann")
    assert cloud.call("GET", f"/users/{user_id}", ann)["user"]["name"] == "ann"
    for path in (f"/users/{user_id}/projects", "/auth/projects"):
        assert [p["name"] for p in cloud.call("GET", path, ann)["projects"]] == ["ann"]
    assert cloud.call("GET", "/auth/domains", ann)["domains"] == []
    assert cloud.call("GET", "/auth/system", ann)["system"] == []
    assert cloud.call("GET", "/domains/default", ann)["domain"]["name"] == "Default"
    for path in ("/users", "/projects", "/roles", "/domains", "/users/other", "/services"):
        cloud.call("GET", path, ann, status=403)


def test_a_reader_of_the_system_reads_and_writes_nothing(cloud, admin):
    user_id = cloud.user(admin, "ann")
    grant = f"/system/users/{user_id}/roles/{cloud.role(admin, 'reader')}"
    cloud.call("PUT", grant, admin, status=204)
    ann = cloud.login("ann", scope={"system": {"all": True}})
    assert len(cloud.call("GET", "/users", ann)["users"]) == 3
    cloud.call("POST", "/users", ann, {"user": {"name": "bob"}}, 403)


def test_a_reader_of_a_domain_sees_that_domain_only(cloud, admin):
    domain = cloud.call("POST", "/domains", admin, {"domain": {"name": "d"}}, 201)["domain"]
    body = {"user": {"name": "ann", "password": PASSWORD, "domain_id": domain["id"]}}
    user = cloud.call("POST", "/users", admin, body, 201)["user"]["id"]
    reader = cloud.role(admin, "reader")
    cloud.call("PUT", f"/domains/{domain['id']}/users/{user}/roles/{reader}", admin, status=204)
    identity = {
        "methods": ["password"],
        "password": {"user": {"id": user, "password": PASSWORD}},
    }
    ann = cloud.login(identity=identity, scope={"domain": {"name": "d"}})
    assert [u["name"] for u in cloud.call("GET", "/users", ann)["users"]] == ["ann"]
    cloud.call("GET", "/users?domain_id=default", ann, status=403)


def test_the_catalog_is_made_and_changed(cloud, admin):
    service = {"service": {"type": "dns", "name": "names"}}
    service_id = cloud.call("POST", "/services", admin, service, 201)["service"]["id"]
    cloud.call("POST", "/regions", admin, {"region": {"id": "Two"}}, 201)
    wanted = {"service_id": service_id, "interface": "public", "url": "http://dns", "region": "Two"}
    endpoint = cloud.call("POST", "/endpoints", admin, {"endpoint": wanted}, 201)["endpoint"]
    assert (endpoint["region"], endpoint["region_id"]) == ("Two", "Two")
    path = f"/endpoints/{endpoint['id']}"
    cloud.call("PATCH", path, admin, {"endpoint": {"url": "http://dns2"}})
    cloud.call("PATCH", path, admin, {"endpoint": {"enabled": "False"}}, 400)
    [shown] = [
        s for s in cloud.call("GET", "/auth/catalog", admin)["catalog"] if s["type"] == "dns"
    ]
    assert shown["endpoints"][0]["url"] == "http://dns2"
    cloud.call("DELETE", "/regions/Two", admin, status=403)
    moved = cloud.call("PATCH", path, admin, {"endpoint": {"region": "Three"}})["endpoint"]
    assert (moved["region"], moved["region_id"]) == ("Three", "Three")
    cloud.call("DELETE", "/regions/Three", admin, status=403)
    cloud.call("DELETE", f"/services/{service_id}", admin, status=204)
    cloud.call("DELETE", "/regions/Two", admin, status=204)


def test_a_region_is_made_under_the_id_in_its_url(cloud, admin):
    body = {"region": {"description": "far"}}
    region = cloud.call("PUT", "/regions/Far", admin, body, 201)["region"]
    assert (region["id"], region["description"]) == ("Far", "far")
    cloud.call("PUT", "/regions/Far", admin, body, 409)
    cloud.call("PUT", "/regions/Near", admin, {"region": {"id": "Far"}}, 400)


def test_a_policy_document_is_kept_changed_and_removed(cloud, admin):
    wanted = {"type": "application/json", "blob": "{}"}
    policy = cloud.call("POST", "/policies", admin, {"policy": wanted}, 201)["policy"]
    path = f"/policies/{policy['id']}"
    changed = cloud.call("PATCH", path, admin, {"policy": {"type": "text/plain"}})["policy"]
    assert changed == {**policy, "type": "text/plain"}
    assert cloud.call("GET", path, admin)["policy"] == changed
    assert cloud.call("GET", "/policies?type=text/plain", admin)["policies"] == [changed]
    assert cloud.call("GET", "/policies?type=text/html", admin)["policies"] == []
    cloud.call("POST", "/policies", admin, {"policy": {"type": "text/plain"}}, 400)
    cloud.call("DELETE", path, admin, status=204)
    assert "policy" in cloud.call("GET", path, admin, status=404)["error"]["message"]
