"""What is kept for good is not looked through, and yet not kept beyond its use."""

import subprocess
import sys

from deploy.local.supervisor import CHECKOUT

# In a process of its own: a test run holds a hundred times as much, and its objects are not to be kept for good.
CYCLE = """
import gc, weakref
from shared.garbage import drop_what_was_kept, keep_for_good

class Cycle:
    def __init__(self):
        self.itself = self

kept = Cycle()
known = weakref.ref(kept)
keep_for_good()
del kept
gc.collect()
print(known() is not None)
drop_what_was_kept()
print(known() is not None)
"""


def test_a_cycle_that_was_kept_for_good_is_freed_once_what_was_kept_is_dropped() -> None:
    done = subprocess.run([sys.executable, "-c", CYCLE], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]
