"""Writes down what every contract looks like now: `python -m tests.unit.house.record`."""

import json

from tests.unit.house.test_house import RECORD, contracts

if __name__ == "__main__":
    RECORD.write_text(json.dumps(contracts(), indent=2, sort_keys=True) + "\n")
