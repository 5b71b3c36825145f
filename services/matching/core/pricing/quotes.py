"""Price lists: for each party of a side on the market, the course of its price from its arrival to its end."""

import numpy as np

from services.matching.core.pricing.candidates import Amounts, Indices
from services.matching.core.pricing.potentials import KNOTS

_FIRST_ROOM = 1024


class Quotes:
    """Courses by the index of the party; a party not quoted, or past its end, costs nothing. Grows as needed."""

    def __init__(self) -> None:
        self._course = np.zeros((_FIRST_ROOM, KNOTS + 1))  # one more knot, so that the last segment has an end
        self._since = np.zeros(_FIRST_ROOM)
        self._step = np.ones(_FIRST_ROOM)

    def put(self, index: int, course: Amounts, since_day: float, until_day: float) -> None:
        """Quotes a party: `course` (KNOTS,) evenly from `since_day` to `until_day` (days, finite)."""
        self._grow(index + 1)
        self._course[index, :KNOTS] = course
        self._since[index] = since_day
        self._step[index] = max((until_day - since_day) / (KNOTS - 1), 1e-9)

    def drop(self, index: int) -> None:
        """Forgets a party: its index may be given to another."""
        if index < len(self._since):
            self._course[index] = 0.0

    @property
    def courses(self) -> tuple[Amounts, Amounts, Amounts]:
        """Course (KNOTS and one more), day it begins and days from knot to knot, by index: views, for a compiled search."""
        return self._course, self._since, self._step

    def at(self, index: Indices, day: float | Amounts) -> Amounts:
        """(m,) prices of some parties at an instant; (s, m) where `day` is (s, 1) instants."""
        self._grow(int(index.max(initial=-1)) + 1)
        position = np.clip((day - self._since[index]) / self._step[index], 0.0, KNOTS - 1.0)
        knot = position.astype(np.int64)
        share = position - knot
        before = self._course[index, knot]
        return np.asarray(before + share * (self._course[index, knot + 1] - before))

    def _grow(self, room: int) -> None:
        known = len(self._since)
        if room > known:
            more = max(room, 2 * known) - known
            self._course = np.concatenate([self._course, np.zeros((more, KNOTS + 1))])
            self._since = np.concatenate([self._since, np.zeros(more)])
            self._step = np.concatenate([self._step, np.ones(more)])
