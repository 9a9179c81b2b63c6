"""Horizon's settings: what differs from its defaults.

Its environment says which cloud it is for: see `devstack/dashboard.py`.  An operator's own
settings go into `<state directory>/dashboard/settings.py`, and win.
"""

import os
import pathlib

import heat_dashboard
import heat_dashboard.enabled
import openstack_dashboard.local.enabled
from openstack_dashboard import defaults

STATE = pathlib.Path(os.environ["CUMULET_STATE"])
HEAT = pathlib.Path(heat_dashboard.__file__).parent

# The panels of heat-dashboard, and what we say about them, are found where those of a site are.
openstack_dashboard.local.enabled.__path__.extend(heat_dashboard.enabled.__path__)
openstack_dashboard.local.enabled.__path__.append(
    str(pathlib.Path(__file__).parents[1] / "enabled")
)

SITE_BRANDING = "Cumulet"
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
SECRET_KEY = (STATE / "secrets/dashboard").read_text().strip()
OPENSTACK_KEYSTONE_URL = os.environ["CUMULET_IDENTITY_URL"]
OPENSTACK_KEYSTONE_MULTIDOMAIN_SUPPORT = False

SESSION_ENGINE = "django.contrib.sessions.backends.file"
SESSION_FILE_PATH = str(STATE / "dashboard/sessions")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

STATIC_ROOT = os.environ["CUMULET_STATIC"]
COMPRESS_OFFLINE = True
SELECTABLE_THEMES = [("default", "Default", "themes/default")]
AVAILABLE_THEMES = SELECTABLE_THEMES

# A server's disk is on its host: there are no volumes to boot from.
LAUNCH_INSTANCE_DEFAULTS = defaults.LAUNCH_INSTANCE_DEFAULTS | {
    "create_volume": False,
    "hide_create_volume": True,
    "disable_volume": True,
    "disable_volume_snapshot": True,
}
CREATE_IMAGE_DEFAULTS = {"image_visibility": "private"}
OPENSTACK_CLOUDS_YAML_NAME = "cumulet"

POLICY_FILES = defaults.POLICY_FILES | {"orchestration": str(HEAT / "conf/heat_policy.yaml")}
DEFAULT_POLICY_FILES = defaults.DEFAULT_POLICY_FILES | {
    "orchestration": str(HEAT / "conf/default_policies/heat.yaml")
}
OPENSTACK_HEAT_STACK = {"enable_user_pass": False}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}

_own = STATE / "dashboard/settings.py"
if _own.exists():
    exec(compile(_own.read_text(), str(_own), "exec"))  # noqa: S102 - the operator's own file
