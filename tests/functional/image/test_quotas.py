"""Limits hold when many ask at once: images of a project, and their bytes."""

from image.logic.limits import Limits
from tests.functional.image.conftest import make
from tests.support.crowd import crowd

CALLERS, LIMIT = 20, 10
MIB = 1 << 20


def test_no_more_images_are_registered_than_the_quota_has_room_for(database):
    cloud = make(database, limits=Limits(images=LIMIT))
    wanted = {"name": "i", "disk_format": "raw", "container_format": "bare"}
    seen = crowd(CALLERS, lambda number: cloud.call("POST", "/v2/images", json=wanted))
    assert seen == {201: LIMIT, 413: CALLERS - LIMIT}
    assert len(cloud.names()) == LIMIT
    cloud.create("ben")  # another project has its own


def test_no_more_bytes_are_kept_than_the_quota_has_room_for(database):
    cloud = make(database, limits=Limits(size=LIMIT * MIB), match=False)
    images = [cloud.create() for _ in range(CALLERS)]
    seen = crowd(CALLERS, lambda number: cloud.upload(images[number], b"\0" * MIB))
    assert seen == {204: LIMIT, 413: CALLERS - LIMIT}
    sizes = [cloud.show(image_id)["size"] or 0 for image_id in images]
    assert sum(sizes) == LIMIT * MIB
