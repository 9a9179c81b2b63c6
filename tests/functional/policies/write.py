"""Writes docs/policies.md."""

import pathlib

from tests.support.policy_table import document

PATH = pathlib.Path(__file__).resolve().parents[3] / "docs/policies.md"

if __name__ == "__main__":
    PATH.write_text(document())
