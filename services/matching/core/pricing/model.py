"""A price model: duals of past windows, packed with what they were learnt on; the same content has the same version."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Final, Self

import numpy as np

from services.matching.core.pricing.candidates import Amounts, Side

_MAGIC: Final = b"ANCRAGE-PRICES-1\n"


class PriceModelError(ValueError):
    """Bytes that are not a price model, or not one that this version reads."""


@dataclass(frozen=True, slots=True)
class PriceParameters:
    """How prices are made and weigh. Tuned on synthetic history (docs/matching-prices.md); the optimum is flat.

    `*_weight` multiply the potentials of the parties. `*_leave_rate_per_day`: how fast those who could still be there leave
    before their announced end; measure it where there is history. `*_fade`: power with which a price falls to 0 as its
    party runs out of time, a household's over its last `household_fade_days` only. `present_share`: how much a chance counts
    that is there already at the instant of a price: who is there now is judged as a candidate, it is not what waiting
    brings. A proposal is made from `threshold` on (in units of value).
    """

    household_weight: float = 0.73
    home_weight: float = 0.67
    post_weight: float = 0.55
    household_leave_rate_per_day: float = 0.012
    home_leave_rate_per_day: float = 0.008
    post_leave_rate_per_day: float = 0.015
    household_fade: float = 0.2
    home_fade: float = 0.4
    post_fade: float = 0.78
    household_fade_days: float = 27.0
    present_share: float = 0.5
    threshold: float = 0.02

    def weight(self, side: Side) -> float:
        """Multiplier of a side's potentials."""
        return (self.household_weight, self.home_weight, self.post_weight)[side]

    def scaled(self, factor: float) -> Self:
        """The same with every price a factor higher: what the shadow comparison lowers."""
        return replace(
            self,
            household_weight=factor * self.household_weight,
            home_weight=factor * self.home_weight,
            post_weight=factor * self.post_weight,
        )

    def leave_rate_per_day(self, side: Side) -> float:
        """Rate at which parties of a side leave before their announced end."""
        return (self.household_leave_rate_per_day, self.home_leave_rate_per_day, self.post_leave_rate_per_day)[side]

    def fade(self, side: Side) -> float:
        """Power of the fall of a side's prices."""
        return (self.household_fade, self.home_fade, self.post_fade)[side]

    def fade_days(self, side: Side) -> float | None:
        """Over how many last days a side's prices fall; None for the whole time from arrival to end."""
        return self.household_fade_days if side is Side.HOUSEHOLD else None


@dataclass(frozen=True, slots=True)
class PastParties:
    """The n parties of one side in a past window: when each was there (days), and its dual (never negative)."""

    begin_day: Amounts
    end_day: Amounts
    price: Amounts

    def __len__(self) -> int:
        return len(self.price)


@dataclass(frozen=True, slots=True)
class Trace:
    """One past window with its prices. `bound`: value of the optimum in hindsight of that window."""

    households: PastParties
    homes: PastParties
    posts: PastParties
    bound: float

    def side(self, side: Side) -> PastParties:
        """The parties of a side."""
        return (self.households, self.homes, self.posts)[side]


@dataclass(frozen=True, slots=True)
class PriceModel:
    """Prices learnt. `first_day`, `last_day`: the training window, ISO dates or any words that say it."""

    first_day: str
    last_day: str
    traces: tuple[Trace, ...]
    parameters: PriceParameters = field(default_factory=PriceParameters)

    @property
    def version(self) -> str:
        """First 16 hexadecimal digits of the SHA-256 of the content."""
        return hashlib.sha256(self.to_bytes()).hexdigest()[:16]

    def to_bytes(self) -> bytes:
        """A header line of JSON, then little-endian float64 arrays; the same model gives the same bytes."""
        header = {
            "first_day": self.first_day,
            "last_day": self.last_day,
            "parameters": asdict(self.parameters),
            "traces": [
                {"bound": trace.bound, "parties": [len(trace.side(side)) for side in Side]} for trace in self.traces
            ],
        }
        arrays = (array.astype("<f8").tobytes() for trace in self.traces for array in _arrays(trace))
        return _MAGIC + json.dumps(header, sort_keys=True).encode() + b"\n" + b"".join(arrays)

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """The model that `to_bytes` packed. Raises PriceModelError."""
        if not content.startswith(_MAGIC):
            raise PriceModelError("not a price model of format 1")
        line, _, body = content[len(_MAGIC) :].partition(b"\n")
        try:
            header = json.loads(line)
            counts: list[list[int]] = [trace["parties"] for trace in header["traces"]]
            if len(body) != 8 * 3 * sum(map(sum, counts)):
                raise PriceModelError("the price model is cut short or has too many bytes")
            numbers = np.frombuffer(body, "<f8")
            traces, at = [], 0
            for sizes, known in zip(counts, header["traces"], strict=True):
                sides = []
                for size in sizes:
                    begin, end, price = numbers[at : at + 3 * size].reshape(3, size).astype(np.float64)
                    sides.append(PastParties(begin, end, price))
                    at += 3 * size
                households, homes, posts = sides
                traces.append(Trace(households, homes, posts, float(known["bound"])))
            parameters = PriceParameters(**header["parameters"])
            return cls(header["first_day"], header["last_day"], tuple(traces), parameters)
        except (KeyError, TypeError, json.JSONDecodeError) as error:
            raise PriceModelError(f"the header of the price model is not readable: {error}") from error


def _arrays(trace: Trace) -> Iterator[Amounts]:
    for side in Side:
        parties = trace.side(side)
        yield from (parties.begin_day, parties.end_day, parties.price)


def merged(models: Sequence[PriceModel]) -> PriceModel:
    """One model with the traces of several, in their order; parameters and first day of the first, last day of the last."""
    if not models:
        raise PriceModelError("no model to merge")
    traces = tuple(trace for model in models for trace in model.traces)
    return PriceModel(models[0].first_day, models[-1].last_day, traces, models[0].parameters)
