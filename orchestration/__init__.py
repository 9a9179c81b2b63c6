"""Orchestration v1: stacks of resources, from HOT templates."""
