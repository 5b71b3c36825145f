"""How often Python looks for objects in cycles.

It looks through everything that a process holds whenever what is new has grown by a quarter: with the atlas of all communes
and the scores of all territories in memory that takes 130 ms, in which nobody is answered. What stays for good need not be
looked through again.
"""

import gc


def collect_rarely() -> None:
    """For a process that makes and drops hundreds of thousands of small objects a second, none of them in a cycle: by
    default Python looks for cycles after every 700 of them, which doubled the cost of an event."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


def keep_for_good() -> None:
    """To be called once everything large is loaded: from now on only what is made later is looked through. What is
    dropped is freed as before."""
    gc.collect()
    gc.freeze()


def drop_what_was_kept() -> None:
    """To be called where what was kept for good has been replaced: cycles in it are found, and freed, from then on."""
    gc.unfreeze()
    gc.collect()
