"""Orchestration v1: stacks of resources, from HOT templates.

Two rooms more than the house plan: `templates/` knows what a template says, and nothing else;
`controller/` walks the graph of each stack, one resource at a time.
"""
