"""Solved pasts as the benchmark keeps them between runs: packed whole, and refused where a byte is missing."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from services.matching.core.pricing.candidates import Amounts, Side
from services.matching.core.pricing.model import PastParties, Trace

_MAGIC: Final = b"ANCRAGE-PASTS-1\n"


class KeptPastsError(ValueError):
    """Bytes that are not solved pasts, or not of a format that this version reads."""


@dataclass(frozen=True, slots=True)
class KeptPasts:
    """Past windows with their prices, in the order that they were solved in."""

    traces: tuple[Trace, ...]

    def to_bytes(self) -> bytes:
        """A header line of JSON, then little-endian float64 arrays; the same pasts give the same bytes."""
        header = [{"bound": trace.bound, "parties": [len(trace.side(side)) for side in Side]} for trace in self.traces]
        arrays = (array.astype("<f8").tobytes() for trace in self.traces for array in _arrays(trace))
        return _MAGIC + json.dumps(header).encode() + b"\n" + b"".join(arrays)

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """The pasts that `to_bytes` packed. Raises KeptPastsError."""
        if not content.startswith(_MAGIC):
            raise KeptPastsError("not solved pasts of format 1")
        line, _, body = content[len(_MAGIC) :].partition(b"\n")
        try:
            header = json.loads(line)
            counts: list[list[int]] = [trace["parties"] for trace in header]
            if len(body) != 8 * 3 * sum(map(sum, counts)):
                raise KeptPastsError("the solved pasts are cut short or have too many bytes")
            numbers = np.frombuffer(body, "<f8")
            traces, at = [], 0
            for sizes, known in zip(counts, header, strict=True):
                sides = []
                for size in sizes:
                    begin, end, price = numbers[at : at + 3 * size].reshape(3, size).astype(np.float64)
                    sides.append(PastParties(begin, end, price))
                    at += 3 * size
                households, homes, posts = sides
                traces.append(Trace(households, homes, posts, float(known["bound"])))
            return cls(tuple(traces))
        except (KeyError, TypeError, json.JSONDecodeError) as error:
            raise KeptPastsError(f"the header of the solved pasts is not readable: {error}") from error


def _arrays(trace: Trace) -> Iterator[Amounts]:
    for side in Side:
        parties = trace.side(side)
        yield from (parties.begin_day, parties.end_day, parties.price)
