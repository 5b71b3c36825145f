"""Candidates: compatible (household, home, post) triples as parallel arrays."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]
Amounts = NDArray[np.float64]
Flags = NDArray[np.bool_]

NO_POST: Final = -1


class Side(IntEnum):
    """One of the three parties of a candidate."""

    HOUSEHOLD = 0
    HOME = 1
    POST = 2


@dataclass(frozen=True, slots=True)
class Candidates:
    """m candidates. Each index is the caller's, within its side; `post` is NO_POST where the home comes without a lead.

    `value` is what an accepted proposal is worth and adds up across households: in the product only lawful priorities,
    waiting and declared needs make one household's value larger than another's.
    """

    household: Indices
    home: Indices
    post: Indices
    value: Amounts

    @classmethod
    def of(cls, household: object, home: object, post: object, value: object) -> Self:
        """From anything that numpy makes an array of."""
        return cls(
            np.asarray(household, np.int64),
            np.asarray(home, np.int64),
            np.asarray(post, np.int64),
            np.asarray(value, np.float64),
        )

    @classmethod
    def none(cls) -> Self:
        """No candidate."""
        return cls.of([], [], [], [])

    def __len__(self) -> int:
        return len(self.value)

    def party(self, side: Side) -> Indices:
        """The index of each candidate's party on a side."""
        return (self.household, self.home, self.post)[side]

    def take(self, rows: Indices | Flags) -> Self:
        """Some of the candidates, in the order of `rows`."""
        return type(self)(self.household[rows], self.home[rows], self.post[rows], self.value[rows])


def joined(parts: Sequence[Candidates]) -> Candidates:
    """All candidates of several, in their order."""
    every = (Candidates.none(), *parts)
    household, home, post = (np.concatenate([part.party(side) for part in every]) for side in Side)
    return Candidates(household, home, post, np.concatenate([part.value for part in every]))


def best_post_of_each_pair(candidates: Candidates, worth: Amounts, posts: int = 1) -> Indices:
    """Rows of the `posts` most worth triples of each (household, home); equals in the order given."""
    pair = candidates.household * (candidates.home.max(initial=0) + 1) + candidates.home
    order = np.lexsort((-worth, pair))
    sorted_pair = pair[order]
    starts = np.flatnonzero(np.r_[True, sorted_pair[1:] != sorted_pair[:-1]]) if len(order) else order
    rank = np.arange(len(order)) - np.repeat(starts, np.diff(np.r_[starts, len(order)]))
    return order[rank < posts]
