"""What a host keeps of images: while they are there, or while a guest needs them."""

import os
import pathlib

import pytest

from compute.worker import images
from compute.worker.guests import Guests
from tests.support.compute_cloud import Cloud


def cache(cloud: Cloud) -> tuple[images.ImageCache, pathlib.Path]:
    directory = cloud.directory / "host-1" / "images"
    return images.ImageCache(directory, cloud.image_service), directory


def kept(cloud: Cloud) -> set[str]:
    return {name[:36] for name in os.listdir(cloud.directory / "host-1" / "images")}


def test_bytes_of_a_deleted_image_go_once_no_guest_needs_them(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
):
    other = cloud.images.add(b"other")
    first, second = cloud.server(), cloud.server("second", imageRef=other)
    looking, _ = cache(cloud)
    guests = Guests([cloud.worker.driver])
    del cloud.images.images[other]
    monkeypatch.setattr(images, "FRESH_S", 0)
    looking.forget_deleted(guests)
    assert kept(cloud) == {cloud.image_id, other}
    cloud.delete(f"/servers/{second}")
    cloud.gone(second)
    monkeypatch.setattr(images, "FRESH_S", 60)
    looking.forget_deleted(guests)
    assert kept(cloud) == {cloud.image_id, other}
    monkeypatch.setattr(images, "FRESH_S", 0)
    cloud.image_adapter.silent = True
    looking.forget_deleted(guests)
    assert kept(cloud) == {cloud.image_id, other}
    cloud.image_adapter.silent = False
    looking.forget_deleted(guests)
    assert kept(cloud) == {cloud.image_id}
    assert ("forget_image", other) in cloud.worker.driver.calls
    cloud.delete(f"/servers/{first}")
    cloud.gone(first)
    looking.forget_deleted(guests)
    assert kept(cloud) == {cloud.image_id}
