"""Who may do what with projects and their tags."""

from identity.policies.base import DOMAIN_MANAGER, DOMAIN_READER, Rule, crud

_READ = f"{DOMAIN_READER} or project_id:%(project_id)s"
_TAGS = "/v3/projects/{project_id}/tags"

PROJECTS = crud("project", "projects", list_=DOMAIN_READER, get=_READ, write=DOMAIN_MANAGER)
LIST_TAGS = Rule("identity:list_project_tags", _READ, f"GET {_TAGS}", "List a project's tags.")
UPDATE_TAGS = Rule(
    "identity:update_project_tags",
    DOMAIN_MANAGER,
    f"PUT {_TAGS}, DELETE {_TAGS}, PUT {_TAGS}/{{tag}}, DELETE {_TAGS}/{{tag}}",
    "Change a project's tags.",
)
RULES = [*PROJECTS.all, LIST_TAGS, UPDATE_TAGS]
