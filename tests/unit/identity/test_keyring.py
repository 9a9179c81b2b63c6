"""Keys are made, found, rotated and dropped."""

import pytest

from identity.drivers.keyring import KeyRing


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_the_newest_key_signs_and_all_are_public(tmp_path, clock):
    ring = KeyRing(tmp_path, clock)
    first = ring.add()
    clock.now += 1
    second = ring.add()
    assert ring.signing()[0] == second
    assert list(ring.public()) == [first, second]


def test_another_process_sees_a_new_key(tmp_path, clock):
    ring, other = KeyRing(tmp_path, clock), KeyRing(tmp_path, clock)
    ring.add()
    assert other.signing()[0] == ring.signing()[0]
    clock.now += 1
    assert other.add() == ring.signing()[0]


def test_a_key_goes_once_its_successor_is_old_enough(tmp_path, clock):
    ring = KeyRing(tmp_path, clock)
    first = ring.add()
    clock.now = 2000.0
    second = ring.add()
    assert ring.drop(superseded_before=1999.0) == []
    assert ring.drop(superseded_before=2001.0) == [first]
    assert list(ring.public()) == [second]


def test_keys_are_nobody_else_s(tmp_path, clock):
    KeyRing(tmp_path / "keys", clock).add()
    [path] = (tmp_path / "keys").iterdir()
    assert path.stat().st_mode & 0o777 == 0o600


def test_without_a_key_nothing_is_signed(tmp_path):
    with pytest.raises(FileNotFoundError, match="bootstrap"):
        KeyRing(tmp_path / "none").check()
