"""Rules about images seen through Compute; the image service decides again."""

from common.policy import MEMBER, READER, Rule

SHOW = Rule("compute:images:show", READER, "GET /images, GET /images/{id}", "See images.")
EDIT = Rule(
    "compute:images:edit",
    MEMBER,
    "DELETE /images/{id}, PUT /images/{id}/metadata",
    "Remove images and change their properties.",
)
RULES = [SHOW, EDIT]
