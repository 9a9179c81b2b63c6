"""Lists of the public suites: what they mean, and how a run's ends are counted."""

import json

import pytest

from devstack import interop, interop_lists, interop_runs
from devstack.interop_lists import Selection
from devstack.progress import Failed

ONE, TWO = "suite.test_a.A.test_one[id-1]", "suite.test_a.A.test_two[id-2]"


def ended(ends, *ids, **more):
    return interop_runs.outcome(Selection("mine", ids, **more), ends, 60.0)


def test_each_test_counts_for_how_it_ended():
    ends = {ONE: ("success", ""), TWO: ("fail", "NotFound: gone")}
    found = ended(ends, ONE, TWO)
    assert (found.passed, found.failing, found.skipped) == (1, ((TWO, "NotFound: gone"),), 0)


def test_a_test_shares_the_fate_of_its_class():
    skipped = ended({"setUpClass (suite.test_a.A)": ("skip", "no such extension")}, ONE, TWO)
    assert skipped.skipping == {"no such extension": 2}
    failed = ended(
        {
            "setUpClass (suite.test_a.A)": ("fail", "Conflict: taken"),
            "tearDownClass (suite.test_a.A)": ("success", ""),
        },
        ONE,
    )
    assert failed.failing == ((ONE, "setUpClass: Conflict: taken"),)


def test_figures_of_skipped_and_failed_tests_can_be_written_as_json():
    found = ended({ONE: ("skip", "cannot"), TWO: ("fail", "gone")}, ONE, TWO)
    written = json.loads(json.dumps(interop.facts_of(found)))
    assert (written["skipping"], written["failing"]) == ({"cannot": 1}, [[TWO, "gone"]])


def test_a_class_that_cannot_clean_up_is_a_failure_more():
    ends = {ONE: ("success", ""), "tearDownClass (suite.test_a.A)": ("fail", "Conflict: in use")}
    found = ended(ends, ONE)
    assert (found.passed, found.failed) == (1, 1)


def test_a_test_that_did_not_run_or_does_not_exist_failed():
    found = ended({}, ONE, unknown=(TWO,))
    assert dict(found.failing) == {ONE: "it did not run", TWO: "the suites have no such test"}


def test_a_list_of_interoperability_leaves_nothing_to_be_skipped():
    ends = {ONE: ("success", ""), TWO: ("skip", "cannot")}
    tests = {name: Selection(name, (ONE, TWO)) for name in ("interop_image", "tempest_smoke")}
    found = {name: interop_runs.outcome(one, ends, 1.0) for name, one in tests.items()}
    assert not interop.whole(found["interop_image"])
    assert interop.whole(found["tempest_smoke"])


def test_what_is_left_out_is_left_out_by_name_and_with_a_reason(tmp_path, monkeypatch):
    left_out = tmp_path / "left_out.txt"
    known = interop_lists.lines(interop_lists.LISTS / "interop_compute.txt")
    left_out.write_text(f"# why\n{known[0]} no such device\n")
    monkeypatch.setattr(interop_lists, "LEFT_OUT", left_out)
    found = interop_lists.read("interop_compute", known)
    assert found.left_out == ((known[0], "no such device"),)
    assert (len(found.ids), found.unknown) == (93, ())


def test_no_test_of_the_interoperability_lists_is_left_out():
    for name in interop_lists.INTEROP:
        known = interop_lists.lines(interop_lists.LISTS / f"{name}.txt")
        assert interop_lists.read(name, known).left_out == ()


def test_an_expression_takes_every_test_it_matches():
    assert interop_lists.read("regex:test_two", [ONE, TWO]).ids == (TWO,)


def test_a_list_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(Failed, match="interop_network"):
        interop_lists.check(["interop_imgae"])


def test_the_table_has_a_line_a_list():
    lines = interop.table([ended({ONE: ("success", "")}, ONE)])
    assert lines[0].split() == ["list", "passed", "failed", "skipped", "minutes"]
    assert lines[1].split() == ["mine", "1", "0", "0", "1.0"]
