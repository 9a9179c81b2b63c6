import datetime as dt
import types
from typing import Any

from devstack import doctor, instance


def row(**values: Any) -> Any:
    return types.SimpleNamespace(**{"updated_at": None, "created_at": moment(0), **values})


def moment(seconds_ago: float) -> str:
    return (dt.datetime.now(dt.UTC) - dt.timedelta(seconds=seconds_ago)).strftime("%FT%T.%f")


def test_what_one_service_alone_knows_is_told():
    servers = [row(id="s1", attached_volumes=[{"id": "v1"}, {"id": "v2"}])]
    volumes = [
        row(id="v1", attachments=[{"server_id": "s1"}]),
        row(id="v3", attachments=[{"server_id": "s1"}]),
    ]
    assert list(doctor.attachments(servers, volumes)) == [
        "server s1 has volume v2, and the volume service does not know",
        "volume v3 is attached to server s1, and compute does not know",
    ]


def test_what_is_long_on_its_way_is_told():
    rows = [
        row(id="fresh", status="creating"),
        row(id="done", status="available", created_at=moment(900)),
        row(id="late", status="creating", updated_at=moment(90)),
    ]
    (told,) = doctor.stuck("volume", rows, doctor.RESTING)
    assert told.startswith("volume late has been creating for 9")
    waiting = [
        row(id="s", task_state="spawning", updated_at=moment(90)),
        row(id="t", task_state=None),
    ]
    assert len(list(doctor.busy(waiting))) == 1


def test_links_of_nobody_and_volumes_without_one_are_told(tmp_path):
    (tmp_path / "volumes/volumes").mkdir(parents=True)
    for name in ("kept", "stray", ".half"):
        (tmp_path / "volumes/volumes" / name).touch()
    cloud = instance.Instance(state_dir=tmp_path, port_offset=0)
    rows = [row(id="kept", status="in-use"), row(id="lost", status="available")]
    assert list(doctor.strays(cloud, "volumes", rows)) == [
        "the pool has volume stray, and no service knows it here",
        "volume lost is not in the pool",
    ]
