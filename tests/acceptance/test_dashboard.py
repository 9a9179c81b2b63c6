"""Horizon, looked at with a browser: no page of it shows an error, and what it offers works.

Screenshots are kept in `<state directory>/log/pictures`, or where CUMULET_PICTURES says.
"""

import io
import os
import pathlib
import stat
import tarfile

import pytest

from devstack import clouds, instance, scratch
from tests.support.browser import browsing
from tests.support.waiting import wait_for

TEMPLATE = """
heat_template_version: 2021-04-16
parameters:
  cidr: {type: string, default: 10.64.0.0/24}
resources:
  network: {type: 'OS::Neutron::Net'}
  subnet:
    type: OS::Neutron::Subnet
    properties: {network: {get_resource: network}, cidr: {get_param: cidr}}
outputs:
  network: {value: {get_resource: network}}
"""
KINDS = {"tiny-container": "box", "tiny-kvm": "vm"}


@pytest.fixture(scope="module")
def horizon(cloud):
    """The cloud, with its dashboard."""
    if not cloud.dashboard:
        scratch.command(scratch.UP, "--no-demo", "--dashboard", "--state-dir", str(cloud.state_dir))
    return instance.known(cloud.state_dir)


@pytest.fixture(scope="module")
def pictures(horizon):
    """Where the screenshots are kept."""
    place = os.environ.get("CUMULET_PICTURES") or horizon.state_dir / "log/pictures"
    return pathlib.Path(place)


@pytest.fixture(scope="module")
def demo(horizon, pictures):
    """A browser in which the demo member is logged in."""
    with browsing(horizon, pictures / "demo") as browser:
        browser.log_in("demo", horizon.secret("demo"))
        yield browser


@pytest.fixture(scope="module")
def admin(horizon, pictures):
    """A browser in which the administrator is logged in."""
    with browsing(horizon, pictures / "admin") as browser:
        browser.log_in("admin", horizon.secret("admin"))
        yield browser


@pytest.fixture(scope="module")
def api(horizon):
    """The demo member's connection; what a failing test left behind is removed."""
    found = clouds.connect(horizon, "cumulet")
    sweep(found)
    yield found
    sweep(found)
    found.close()


def sweep(api):
    """Remove what the tests make by hand and remove by hand."""
    for network in api.network.networks(name="dashboard-made"):
        api.network.delete_network(network)
    for group in api.network.security_groups(name="dashboard-group"):
        api.network.delete_security_group(group)
    for image in api.image.images(name="dashboard-image"):
        api.image.delete_image(image)
    for snapshot in api.block_storage.snapshots(name="dashboard-snapshot"):
        api.block_storage.delete_snapshot(snapshot)
        api.block_storage.wait_for_delete(snapshot, wait=30)
    for volume in api.block_storage.volumes(name="dashboard-volume"):
        api.block_storage.delete_volume(volume)
    api.compute.delete_keypair("dashboard-key", ignore_missing=True)
    api.orchestration.delete_stack("dashboard-stack", ignore_missing=True)


def menu(browser, *under):
    """The pages that the menu leads to."""
    links = browser.driver.find_elements("css selector", "#sidebar a[href], nav a[href]")
    found = dict.fromkeys(link.get_attribute("href").split("#")[0] for link in links)
    return [url for url in found if url.startswith(tuple(browser.root + path for path in under))]


def test_wrong_passwords_are_told_from_the_form(horizon, pictures):
    with browsing(horizon, pictures / "stranger") as browser:
        browser.log_in("demo", "wrong")
        browser.picture("wrong-password")
        assert "Invalid credentials" in browser.text()
        assert "/auth/login" in browser.driver.current_url


def test_sessions_are_for_root_alone(demo, horizon):
    sessions = list((horizon.state_dir / "dashboard/sessions").iterdir())
    assert sessions
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in sessions)


def test_every_page_of_a_members_menu_opens_without_an_error(demo):
    pages = menu(demo, "/project/", "/identity/", "/settings/")
    assert len(pages) > 15
    for page in pages:
        demo.visit(page)


def test_every_page_of_an_administrators_menu_opens_without_an_error(admin):
    pages = menu(admin, "/admin/", "/identity/")
    assert len(pages) > 15
    for page in pages:
        admin.visit(page)
    admin.visit("/admin/hypervisors/")
    assert "QEMU" in admin.text()


@pytest.fixture(scope="module")
def network(api):
    """A network with a way out, removed afterwards."""
    public = api.network.find_network("public", ignore_missing=False)
    network = api.network.create_network(name="dashboard-net")
    subnet = api.network.create_subnet(
        name="dashboard-subnet", network_id=network.id, ip_version=4, cidr="10.62.0.0/24"
    )
    router = api.network.create_router(
        name="dashboard-router", external_gateway_info={"network_id": public.id}
    )
    api.network.add_interface_to_router(router, subnet_id=subnet.id)
    yield network.name
    for server in api.compute.servers(name="^dashboard-"):
        api.compute.delete_server(server)
    for server in api.compute.servers(name="^dashboard-"):
        api.compute.wait_for_delete(server, wait=60)
    api.network.remove_interface_from_router(router, subnet_id=subnet.id)
    api.network.delete_router(router)
    api.network.delete_network(network)


@pytest.mark.parametrize("image", KINDS)
def test_a_server_is_launched_by_the_dialog_and_shown(demo, api, network, image):
    name = f"dashboard-{KINDS[image]}"
    demo.go("/project/instances/")
    demo.click("#instances__action_launch-ng")
    demo.fill(".modal-content #name", name)
    for step, row in (("Source", image), ("Flavor", "tiny"), ("Networks", network)):
        demo.click(".modal-content a", step)
        demo.take(row)
    demo.picture(f"launch-{name}")
    demo.click(".modal-content button.finish")
    demo.row("#instances tr", name, "Active", timeout_s=120)
    demo.look(f"launched-{name}")
    server = api.compute.find_server(name, ignore_missing=False)
    demo.visit(f"/project/instances/{server.id}/")
    for tab in ("Interfaces", "Log", "Console", "Action Log"):
        demo.click(".nav-tabs a", tab)
        if tab == "Console":
            demo.one("iframe#console_embed")
        demo.look(f"{name}-{tab}")


def test_the_topology_shows_networks_and_servers(demo, network):
    demo.go("/project/network_topology/")
    for tab in ("Graph", "Topology"):
        demo.click(".nav-tabs a", tab)
        demo.look(f"topology-{tab}")
    demo.shows("dashboard-")


def test_a_network_is_made_step_by_step_and_deleted(demo, api):
    demo.go("/project/networks/")
    demo.click("#networks__action_create")
    demo.fill("#id_net_name", "dashboard-made")
    demo.click(".modal-content .button-next")
    demo.fill("#id_subnet_name", "dashboard-made")
    demo.fill("#id_cidr", "10.63.0.0/24")
    demo.click(".modal-content .button-next")
    demo.click(".modal-content .button-final")
    demo.row("#networks tr", "dashboard-made", "10.63.0.0/24")
    demo.look("network-made")
    network = api.network.find_network("dashboard-made", ignore_missing=False)
    for tab in ("subnets", "ports"):
        demo.visit(f"/project/networks/{network.id}/detail?tab=network_tabs__{tab}_tab")
    demo.go("/project/networks/")
    remove(demo, "networks", "dashboard-made")
    assert api.network.find_network("dashboard-made") is None


def test_security_groups_get_rules(demo, api):
    demo.go("/project/security_groups/")
    demo.click("#security_groups__action_create")
    demo.fill("#id_name", "dashboard-group")
    demo.click(".modal-content input[type=submit]")
    demo.click("#rules__action_add_rule")
    demo.choose("#id_rule_menu", "Custom TCP Rule")
    demo.fill("#id_port", "22")
    demo.click(".modal-content input[type=submit]")
    demo.row("#rules tr", "Ingress", "TCP 22")
    demo.look("rules")
    group = api.network.find_security_group("dashboard-group", ignore_missing=False)
    assert [rule["port_range_max"] for rule in group.security_group_rules if rule["protocol"]]
    demo.go("/project/security_groups/")
    remove(demo, "security_groups", "dashboard-group")


def test_floating_addresses_are_allocated_and_released(demo, api):
    before = {address.id for address in api.network.ips()}
    demo.go("/project/floating_ips/")
    demo.click("#floating_ips__action_allocate")
    demo.click(".modal-content input[type=submit]")
    (made,) = wait_for(lambda: [one for one in api.network.ips() if one.id not in before])
    demo.go("/project/floating_ips/")
    demo.row("#floating_ips tr", made.floating_ip_address, "Down")
    demo.look("floating-address")
    remove(demo, "floating_ips", made.floating_ip_address, action="release")
    assert {address.id for address in api.network.ips()} == before


def test_key_pairs_are_made(demo, api):
    demo.go("/project/key_pairs/")
    demo.click("#keypairs__action_create")
    demo.fill("#id_name", "dashboard-key")
    demo.click(".modal-content input[type=submit]")
    wait_for(lambda: api.compute.find_keypair("dashboard-key"), timeout_s=30)
    demo.go("/project/key_pairs/")
    demo.look("key-pair")
    remove(demo, "keypairs", "dashboard-key")
    assert api.compute.find_keypair("dashboard-key") is None


def test_an_image_is_uploaded_by_the_form(demo, api, tmp_path):
    tarball(tmp_path / "rootfs.tar.gz")
    demo.go("/project/images/")
    demo.click("button", "Create Image")
    demo.fill("#imageForm-name", "dashboard-image")
    demo.upload("input[name=image_file]", tmp_path / "rootfs.tar.gz")
    demo.choose("#imageForm-format", "Raw")
    demo.click(".modal-content button.finish")
    image = wait_for(lambda: api.image.find_image("dashboard-image"), timeout_s=30)
    wait_for(lambda: api.image.get_image(image.id).status, "active", timeout_s=30)
    demo.visit("/project/images/")
    demo.shows("dashboard-image")
    demo.visit(f"/ngdetails/OS::Glance::Image/{image.id}")
    demo.shows("dashboard-image")
    api.image.delete_image(image)


def test_a_volume_is_made_attached_snapshotted_and_deleted(demo, api, network):
    demo.go("/project/volumes/")
    demo.click("#volumes__action_create")
    demo.fill("#id_name", "dashboard-volume")
    demo.picture("volume-form")
    demo.click(".modal-content input[type=submit]")
    demo.row("#volumes tr", "dashboard-volume", "Available")
    volume = api.block_storage.find_volume("dashboard-volume", ignore_missing=False)
    demo.visit(f"/project/volumes/{volume.id}/")
    demo.go(f"/project/volumes/{volume.id}/attach/")
    demo.choose("#id_instance", "dashboard-box")
    demo.click("input[type=submit]")
    wait_for(lambda: api.block_storage.get_volume(volume.id).status, "in-use", timeout_s=30)
    demo.go("/project/volumes/")
    demo.row("#volumes tr", "dashboard-volume", "/dev/vdb on dashboard-box")
    demo.look("volume-attached")
    demo.go(f"/project/volumes/{volume.id}/attach/")
    demo.row("#attachments tr", "dashboard-box")
    remove(demo, "attachments", "dashboard-box", action="detach")
    wait_for(lambda: api.block_storage.get_volume(volume.id).status, "available", timeout_s=30)
    demo.go(f"/project/volumes/{volume.id}/create_snapshot/")
    demo.fill("#id_name", "dashboard-snapshot")
    demo.click("input[type=submit]")
    demo.go("/project/snapshots/")
    demo.row("#volume_snapshots tr", "dashboard-snapshot", "Available")
    demo.look("volume-snapshot")
    remove(demo, "volume_snapshots", "dashboard-snapshot")
    wait_for(lambda: api.block_storage.find_snapshot("dashboard-snapshot"), None, timeout_s=30)
    demo.go("/project/volumes/")
    remove(demo, "volumes", "dashboard-volume")
    wait_for(lambda: api.block_storage.find_volume("dashboard-volume"), None, timeout_s=30)


def test_a_stack_is_launched_from_a_template_and_deleted(demo, api, tmp_path):
    template = tmp_path / "template.yaml"
    template.write_text(TEMPLATE)
    demo.go("/project/stacks/")
    demo.click("#stacks__action_launch")
    demo.upload("#id_template_upload", template)
    demo.click(".modal-content input[type=submit]")
    demo.fill("#id_stack_name", "dashboard-stack")
    demo.picture("stack-form")
    demo.click(".modal-content input[type=submit]")
    demo.row("#stacks tr", "dashboard-stack", "Create Complete", timeout_s=60)
    demo.look("stacks")
    stack = api.orchestration.find_stack("dashboard-stack", ignore_missing=False)
    for tab in ("topology", "overview", "resources", "events", "stack_template"):
        demo.visit(f"/project/stacks/stack/{stack.id}/?tab=stack_details__{tab}")
    assert "heat_template_version" in demo.text()
    demo.go("/project/stacks/")
    remove(demo, "stacks", "dashboard-stack")
    wait_for(lambda: api.orchestration.find_stack("dashboard-stack"), None, timeout_s=60)


def test_an_administrator_makes_a_flavor(admin):
    admin.go("/admin/flavors/")
    admin.click("#flavors__action_create")
    for field, value in (("name", "dashboard"), ("vcpus", "1"), ("memory_mb", "64")):
        admin.fill(f"#id_{field}", value)
    admin.fill("#id_disk_gb", "1")
    admin.click(".modal-content input[type=submit], .modal-content button.btn-primary")
    admin.row("#flavors tr", "dashboard", "64MB")
    admin.look("flavor")
    remove(admin, "flavors", "dashboard")


def test_nothing_of_a_session_is_left_after_logging_out(horizon, pictures):
    with browsing(horizon, pictures / "leaver") as browser:
        browser.log_in("demo", horizon.secret("demo"))
        browser.click("#navbar-collapse .nav.navbar-right .dropdown-toggle")
        browser.click(".dropdown-menu form button", "Sign Out")
        browser.go("/project/instances/")
        assert "/auth/login" in browser.driver.current_url


def remove(browser, table, name, action="delete"):
    """Delete a row of a table by its box, the table's button, and the question that follows."""
    browser.row(f"#{table} tr", name).find_element("css selector", ".themable-checkbox").click()
    browser.click(f"#{table}__action_{action}")
    browser.click(".modal-content .btn-danger, .modal-content .btn-primary")
    wait_for(lambda: not browser.all(".modal-content"), timeout_s=30)
    browser.look(f"{table}-without")


def tarball(path):
    """Write a small root file system."""
    with tarfile.open(path, "w:gz") as archive:
        greeting = tarfile.TarInfo("etc/motd")
        greeting.size = 6
        archive.addfile(greeting, io.BytesIO(b"Hello\n"))
