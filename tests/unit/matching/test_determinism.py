"""The same snapshot and journal give the same proposals, byte for byte, in any process and from any order of loading."""

import os
import random
import subprocess
import sys

import pytest

from tests.unit.matching.decision_log import log, stock
from tests.unit.matching.samples import a_commitment, a_market


def test_another_process_with_another_hash_seed_decides_the_same_bytes() -> None:
    here = log(1)
    assert here.count(b'["held"') > 3
    assert here.count(b'["hh_') > 10
    for hash_seed in ("1", "4242"):
        there = subprocess.run(
            [sys.executable, "-m", "tests.unit.matching.decision_log", "1"],
            env=os.environ | {"PYTHONHASHSEED": hash_seed},
            capture_output=True,
            check=True,
            timeout=120,
        )
        assert there.stdout == here


@pytest.mark.parametrize("shuffle", range(3))
def test_the_order_in_which_a_snapshot_is_loaded_changes_no_byte(shuffle: int) -> None:
    things = stock(random.Random(2))
    expected = log(2)
    random.Random(shuffle).shuffle(things)
    assert log(2, a_market(a_commitment(capacity_households=12), *things)) == expected


def test_another_seed_decides_otherwise() -> None:
    assert log(1) != log(3)
