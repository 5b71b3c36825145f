"""Solved pasts that the benchmark keeps between runs come back as they were, or not at all."""

from collections.abc import Callable

import numpy as np
import pytest

from benchmarks.matching.kept_pasts import KeptPasts, KeptPastsError
from services.matching.core.pricing.candidates import Side
from services.matching.core.pricing.model import PastParties, Trace


def a_trace(seed: int) -> Trace:
    random = np.random.default_rng(seed)
    households, homes, posts = (PastParties(*random.random((3, count))) for count in (8, 7, 6))
    return Trace(households, homes, posts, bound=float(random.random()))


def test_pasts_come_back_from_their_bytes() -> None:
    kept = KeptPasts((a_trace(1), a_trace(2)))
    again = KeptPasts.from_bytes(kept.to_bytes())
    assert again.to_bytes() == kept.to_bytes()
    for before, after in zip(kept.traces, again.traces, strict=True):
        assert after.bound == before.bound
        for side in Side:
            for name in ("begin_day", "end_day", "price"):
                assert getattr(after.side(side), name).tolist() == getattr(before.side(side), name).tolist()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: content[:-8],
        lambda content: content + b"\0" * 8,
        lambda content: b"x" + content,
        lambda content: content[:30] + b"\n",
        lambda content: content.replace(b"bound", b"other"),
    ],
)
def test_bytes_that_are_not_whole_pasts_are_refused(spoil: Callable[[bytes], bytes]) -> None:
    with pytest.raises(KeptPastsError):
        KeptPasts.from_bytes(spoil(KeptPasts((a_trace(1),)).to_bytes()))
