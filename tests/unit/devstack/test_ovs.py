"""What is computed for the data plane before anything is started."""

from pathlib import Path

import pytest

from devstack import ovs, ovs_packages, plumbing

DEB822 = """
Types: deb
# a comment
URIs: mirror:/packages
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/own.gpg

Types: deb
URIs: mirror:/security
Suites: bookworm-security
Components: main
"""


def test_the_other_suite_comes_from_the_machines_own_source_and_keyring(tmp_path):
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list.d/own.sources").write_text(DEB822)
    assert ovs_packages.source_lines("bookworm", "trixie", tmp_path) == [
        "deb [signed-by=/usr/share/keyrings/own.gpg] mirror:/packages trixie main"
    ]


def test_a_one_line_source_keeps_its_options(tmp_path):
    lines = "deb [trusted=yes] mirror:/a bookworm main\ndeb mirror:/b tools-bookworm main\n"
    (tmp_path / "sources.list").write_text(lines)
    assert ovs_packages.source_lines("bookworm", "trixie", tmp_path) == [
        "deb [trusted=yes] mirror:/a trixie main"
    ]


def test_a_machine_without_a_main_source_is_told_so(tmp_path):
    with pytest.raises(ovs_packages.NoPrograms, match="bookworm main"):
        ovs_packages.source_lines("bookworm", "trixie", tmp_path)


@pytest.mark.parametrize(
    ("version", "good"),
    [("3.1.0-2+deb12u1", False), ("3.1.3-1", True), ("2.17.9-0ubuntu1", True), ("3.5.0-1", True)],
)
def test_versions_that_crash_on_reused_ports_are_known(version, good):
    assert ovs_packages.sound(version) is good


def test_two_clouds_have_different_wires_with_names_the_kernel_takes():
    wires = {plumbing.wire(tag) for tag in ("cumulet", "cu0a1b2c", "cu0a1b2d")}
    assert len({address for _, address, _ in wires}) == 3
    assert all(len(device) <= 15 for device, _, _ in wires)


def test_offload_is_on_before_a_userspace_switch_starts_and_left_alone_in_the_kernel():
    run = Path("/run/x")
    assert "userspace-tso-enable" in str(ovs.switch_settings(run, "netdev", "h"))
    assert "userspace-tso-enable" not in str(ovs.switch_settings(run, "system", "h"))


def test_every_program_runs_in_the_clouds_namespace_and_in_the_foreground():
    lines = ovs.commands(Path("/s"), "cu0a1b2c", ovs.Programs("netdev", Path("/p")))
    assert [name for name, _ in lines] == list(ovs.NAMES)
    for name, argv in lines:
        assert argv[:2] == ["nsenter", "--net=/run/netns/cu0a1b2c"]
        assert f"/p/wbin/{name}" in argv
        assert "--detach" not in argv


def test_the_kernel_is_asked_for_families_it_has_and_has_not():
    assert ovs_packages._has_family("nlctrl")
    assert not ovs_packages._has_family("no_such_family")
