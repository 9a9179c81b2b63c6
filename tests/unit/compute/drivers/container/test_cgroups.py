"""Both versions of the kernel's interface, as files."""

import errno
import os
import pathlib

import pytest

from compute.drivers.base import GuestFault
from compute.drivers.container.cgroups import Cgroups


@pytest.fixture
def pure(tmp_path: pathlib.Path) -> tuple[pathlib.Path, Cgroups]:
    """A host with version 2 alone, and a guest of one process."""
    (tmp_path / "cgroup.controllers").write_text("cpu memory pids\n")
    guest = tmp_path / "tag/one"
    guest.mkdir(parents=True)
    (guest / "cgroup.procs").write_text(f"{os.getpid()}\n0\n")
    (guest / "cgroup.events").write_text("populated 1\nfrozen 0\n")
    return guest, Cgroups("tag", tmp_path)


def test_a_host_with_version_2_alone_is_told_by_its_events(pure: tuple[pathlib.Path, Cgroups]):
    guest, cgroups = pure
    assert cgroups.unified
    assert cgroups.usable()
    assert cgroups.populated("one")
    assert not cgroups.populated("two")
    assert not cgroups.frozen("one")
    assert cgroups.processes("one") == [os.getpid()]
    assert cgroups.names() == {"one"}
    (guest / "cgroup.events").write_text("populated 0\nfrozen 1\n")
    assert cgroups.frozen("one")
    assert not cgroups.populated("one")


def test_freezing_and_thawing_write_the_one_file(pure: tuple[pathlib.Path, Cgroups]):
    guest, cgroups = pure
    (guest / "cgroup.events").write_text("populated 1\nfrozen 1\n")
    cgroups.freeze("one")
    assert (guest / "cgroup.freeze").read_text() == "1"
    cgroups.thaw("one")
    assert (guest / "cgroup.freeze").read_text() == "0"
    cgroups.thaw("nobody")


def test_processes_that_do_not_end_are_asked_by_one_word_and_reported(
    pure: tuple[pathlib.Path, Cgroups],
):
    guest, cgroups = pure
    (guest / "cgroup.kill").touch()
    with pytest.raises(GuestFault, match="did not end"):
        cgroups.kill("one", timeout_s=0)
    assert (guest / "cgroup.kill").read_text() == "1"


def test_a_guest_of_version_1_lives_on_in_groups_it_made_itself(tmp_path: pathlib.Path):
    nested = tmp_path / "freezer/tag/one/made-inside"
    nested.mkdir(parents=True)
    (nested.parent / "cgroup.procs").write_text("")
    (nested / "cgroup.procs").write_text("4711\n")
    cgroups = Cgroups("tag", tmp_path)
    assert not cgroups.unified
    assert cgroups.populated("one")
    assert cgroups.processes("one") == [4711]


def test_a_host_without_a_freezer_is_unfit(tmp_path: pathlib.Path):
    assert not Cgroups("tag", tmp_path).usable()


@pytest.mark.parametrize("hierarchies", [[""], ["freezer", "memory"]])
def test_empty_groups_are_removed_from_every_hierarchy(
    tmp_path: pathlib.Path, hierarchies: list[str]
):
    if hierarchies == [""]:
        (tmp_path / "cgroup.controllers").touch()
    groups = []
    for name in hierarchies:
        (tmp_path / name / "tag/one/inner").mkdir(parents=True)
        (tmp_path / name / "tag/monitor/one").mkdir(parents=True)
        groups += [tmp_path / name / "tag/one", tmp_path / name / "tag/monitor/one"]
    Cgroups("tag", tmp_path).remove("one")
    assert not any(group.exists() for group in groups)


@pytest.mark.parametrize("gone", [errno.ENOENT, errno.ENODEV])
def test_a_group_that_goes_while_it_is_thawed_is_a_success(
    pure: tuple[pathlib.Path, Cgroups], monkeypatch: pytest.MonkeyPatch, gone: int
):
    def vanished(*_: object, **__: object) -> int:
        raise OSError(gone, os.strerror(gone))

    monkeypatch.setattr(pathlib.Path, "write_text", vanished)
    pure[1].thaw("one")
