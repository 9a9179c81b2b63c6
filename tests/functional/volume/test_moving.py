"""Volumes that move while a guest uses them."""

import uuid

SERVICE = {"roles": ("service", "admin")}


def completed(cloud, volume_id, new_id, *, error=False, **options):
    given = {"new_volume": new_id, "error": error}
    return cloud.act(volume_id, "os-migrate_volume_completion", given, **(options or SERVICE))


def moves(cloud, volume_id):
    return cloud.get(f"/volumes/{volume_id}", admin=True)["volume"]["migration_status"]


def test_a_volume_that_was_swapped_for_another_moves_no_longer(any_cloud):
    cloud = any_cloud
    old, new = cloud.volume(), cloud.volume()
    member = {"roles": ("member", "reader")}
    assert completed(cloud, old, new, **member).status_code == 403
    assert completed(cloud, str(uuid.uuid4()), new).status_code == 404
    for error, kept, after in ((False, new, "success"), (True, old, "error")):
        cloud.act(old, "os-reset_status", {"migration_status": "migrating"}, admin=True)
        for _ in range(2):
            answer = completed(cloud, old, new, error=error)
            assert answer.status_code == 200, answer.text
            assert answer.json == {"save_volume_id": kept}
        assert moves(cloud, old) == after
