"""The template generator offers what a volume service would have; there is none."""

PANEL = "template_generator"
PANEL_GROUP = "orchestration"
PANEL_DASHBOARD = "project"
REMOVE_PANEL = True
