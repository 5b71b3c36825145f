"""A market of the harness's parties, free or past, that gives compatible triples as the engine's candidates."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.matching import harness

harness.enable()

from mobi90.protocol import Household, Offer, Vacancy  # noqa: E402
from mobi90.rules import priority  # noqa: E402
from mobi90.score import HOUSEHOLD_ROW, OFFER_ROW, VACANCY_ROW  # noqa: E402

from benchmarks.matching import deciding, kernels, nearest, price_bounds  # noqa: E402
from services.matching.core.pricing.candidates import Candidates  # noqa: E402

_HOUSEHOLD = np.dtype(
    [*((name, HOUSEHOLD_ROW[name]) for name in HOUSEHOLD_ROW.names), ("best_quality", np.float64)], align=True
)
_SIDE_CELLS = 40  # 1440 km and more: beyond its rim, cells of the rim
_NEVER, _EVER = -1e9, 1e9


@dataclass(frozen=True)
class Weights:
    """What a triple is worth. `raw`: the harness's utility; else quality is normalised within the household and only its
    lawful weight compares it with others. `by_acceptance`: times the probability of a yes."""

    raw: bool = True
    by_acceptance: bool = False


class _Lists:
    """Sets of node numbers by bucket, O(1) to add and remove."""

    def __init__(self, buckets: int) -> None:
        self.head = np.full(buckets, -1, np.int64)
        self.following = np.zeros(1024, np.int64)
        self.preceding = np.zeros(1024, np.int64)

    @property
    def pair(self) -> tuple[np.ndarray, np.ndarray]:
        return self.head, self.following

    def add(self, bucket: int, node: int) -> None:
        self.following, self.preceding = _longer(self.following, node + 1), _longer(self.preceding, node + 1)
        kernels.link(self.head, self.following, self.preceding, bucket, node)

    def reach(self, buckets: int) -> None:
        """Makes room for more buckets."""
        known = len(self.head)
        self.head = _longer(self.head, buckets)
        self.head[known:] = -1

    def remove(self, bucket: int, node: int) -> None:
        kernels.unlink(self.head, self.following, self.preceding, bucket, node)


def _longer(array: np.ndarray, room: int) -> np.ndarray:
    if room <= len(array):
        return array
    more = np.zeros((max(room, 2 * len(array)), *array.shape[1:]), array.dtype)
    more[: len(array)] = array
    return more


class HarnessMarket:
    """Rows by id; `link_*` makes a party findable, `unlink_*` hides it."""

    def __init__(self, territories: int, occupations: int, weights: Weights) -> None:
        self.weights = weights
        self.territories, self.occupations = territories, occupations
        self.side = _SIDE_CELLS
        self.past_households: list[int] = []
        self.households = np.zeros(1024, _HOUSEHOLD)
        self.homes = np.zeros(1024, VACANCY_ROW)
        self.posts = np.zeros(1024, OFFER_ROW)
        self._wanting = _Lists(territories)
        self._seeking = _Lists(territories * occupations)
        self._homes = _Lists(territories)
        self._posts = _Lists(occupations * self.side * self.side)
        self._boxes = np.tile([np.inf, -np.inf, np.inf, -np.inf], (territories, 1))
        self._out = np.zeros(1 << 14, kernels.TRIPLE)
        self._wages = np.inf, -np.inf
        self._bans = _Lists(1024)
        self._ban_home = np.zeros(1024, np.int64)
        self._ban_count = 0
        self._seen = np.zeros(1024, np.int64)
        self._turn = 0
        self._choices = np.zeros(1 << 14, deciding.CHOICE)

    def put_household(
        self, i: int, h: Household, begin: float = _NEVER, end: float = _EVER, best_quality: float = 1.0
    ) -> None:
        self.households = _longer(self.households, i + 1)
        territories, romes = np.full(5, -1), np.full(3, -1)
        territories[: len(h.territories)] = h.territories
        romes[: len(h.rome_codes)] = h.rome_codes
        self.households[i] = (
            h.persons,
            h.needs_accessible_home,
            h.has_licence,
            h.is_dalo,
            h.max_commute_km,
            h.other_income_eur_per_month,
            h.skill_level,
            priority(h),
            territories,
            romes,
            begin,
            end,
            best_quality,
        )

    def put_home(self, i: int, v: Vacancy, begin: float = _NEVER, end: float = _EVER) -> None:
        self.homes = _longer(self.homes, i + 1)
        self.homes[i] = (v.territory, v.rooms, v.is_accessible, v.rent_eur_per_month, v.x_km, v.y_km, begin, end)
        box = self._boxes[v.territory]
        box[:] = min(box[0], v.x_km), max(box[1], v.x_km), min(box[2], v.y_km), max(box[3], v.y_km)

    def put_post(self, i: int, j: Offer, begin: float = _NEVER, end: float = _EVER) -> None:
        self.posts = _longer(self.posts, i + 1)
        self._wages = min(self._wages[0], j.wage_eur_per_month), max(self._wages[1], j.wage_eur_per_month)
        self.posts[i] = (
            j.rome_code,
            j.requires_licence,
            j.required_skill_level,
            j.wage_eur_per_month,
            j.x_km,
            j.y_km,
            begin,
            end,
        )

    def link_household(self, i: int) -> None:
        self._each_household(i, self._wanting.add, self._seeking.add)

    def unlink_household(self, i: int) -> None:
        self._each_household(i, self._wanting.remove, self._seeking.remove)

    def _each_household(
        self, i: int, of_territory: Callable[[int, int], None], of_occupation: Callable[[int, int], None]
    ) -> None:
        row = self.households[i]
        romes = row["romes"].tolist()
        for c, t in enumerate(row["territories"].tolist()):
            if t < 0:
                break
            of_territory(t, 5 * i + c)
            for k, rome in enumerate(romes):
                if rome >= 0:
                    of_occupation(t * self.occupations + rome, 15 * i + 3 * c + k)

    def link_home(self, i: int) -> None:
        self._homes.add(int(self.homes[i]["territory"]), i)

    def unlink_home(self, i: int) -> None:
        self._homes.remove(int(self.homes[i]["territory"]), i)

    def link_post(self, i: int) -> None:
        self._posts.add(self.place_of_post(i), i)

    def unlink_post(self, i: int) -> None:
        self._posts.remove(self.place_of_post(i), i)

    def place_of_post(self, i: int) -> int:
        """Bucket of a post by occupation and cell."""
        row = self.posts[i]
        x, y = kernels.cell_of(row["x"], row["y"], self.side)
        return int((int(row["rome"]) * self.side + x) * self.side + y)

    def of_household(self, i: int) -> np.ndarray:
        """Compatible triples of a household with what is linked."""
        return self.of_households(np.array([i]))

    def of_households(self, ids: np.ndarray) -> np.ndarray:
        return self._rows(kernels.of_households, ids, self._homes.pair, self._posts.pair, self.side)

    def ban(self, household: int, home: int) -> None:
        """Keeps a home from what `choices_*` find for a household."""
        self._ban_home = _longer(self._ban_home, self._ban_count + 1)
        self._ban_home[self._ban_count] = home
        self._bans.add(household, self._ban_count)
        self._ban_count += 1

    def choices_of_household(self, i: int, terms: price_bounds.Terms) -> np.ndarray:
        """Triples of a household that a decision on these terms can need."""
        return self.choices_of_households(np.array([i]), terms)

    def choices_of_households(self, ids: np.ndarray, terms: price_bounds.Terms) -> np.ndarray:
        return self._choose(deciding.of_households, terms, ids, self._homes.pair)

    def choices_of_home(self, i: int, terms: price_bounds.Terms) -> np.ndarray:
        return self._choose(deciding.of_home, terms, i, self._wanting.pair)

    def choices_of_post(self, i: int, terms: price_bounds.Terms) -> np.ndarray:
        return self._choose(
            deciding.of_post, terms, i, self._seeking.pair, self.occupations, self._homes.pair, self._boxes
        )

    def _choose(self, kernel: Callable[..., int], terms: price_bounds.Terms, *args: Any) -> np.ndarray:
        self._seen = _longer(self._seen, len(self.homes))
        self._bans.reach(len(self.households))
        while True:
            self._turn += 1
            weighs = (self.weights.raw, self.weights.by_acceptance)
            bans = *self._bans.pair, self._ban_home
            search = deciding.Search(*self._posts.pair, self.side, self._wages, weighs, *bans, self._seen, self._turn)
            n = kernel(self.households, self.homes, self.posts, *args, terms, search, self._choices)
            if n <= len(self._choices):
                return self._choices[:n]
            self._choices = np.zeros(2 * n, deciding.CHOICE)

    def most_worth(self, of_household: int, posts: int, of_home: int) -> Candidates:
        """Of a large past, what counts in hindsight: the triples worth most of each household (no more than `posts` with one
        home), and of each home, so that none is left out because all others have better ones; each triple once."""
        ids = np.array(self.past_households, np.int64)
        homes = np.arange(len(self.homes), dtype=np.int64)
        parties = self.households, self.homes, self.posts
        weighs = (self.weights.raw, self.weights.by_acceptance)
        rest = self._posts.pair, self.side, float(self.posts["wage"].max()), weighs
        out = np.zeros(len(ids) * of_household + len(homes) * of_home, kernels.TRIPLE)
        n = nearest.of_households(*parties, ids, self._homes.pair, *rest, of_household, posts, out)
        n += nearest.of_homes(*parties, homes, self._wanting.pair, *rest, of_home, out[n:])
        found = candidates(out[:n])
        triple = (found.household * len(homes) + found.home) * len(self.posts) + found.post
        return found.take(np.unique(triple, return_index=True)[1])

    def of_home(self, i: int) -> np.ndarray:
        return self._rows(kernels.of_home, i, self._wanting.pair, self._posts.pair, self.side)

    def of_post(self, i: int) -> np.ndarray:
        return self._rows(kernels.of_post, i, self._seeking.pair, self.occupations, self._homes.pair, self._boxes)

    def _rows(self, kernel: Callable[..., int], *args: Any) -> np.ndarray:
        weighs = (self.weights.raw, self.weights.by_acceptance)
        args = (self.households, self.homes, self.posts, *args, weighs)
        n = kernel(*args, self._out)
        if n > len(self._out):
            self._out = np.zeros(2 * n, kernels.TRIPLE)
            n = kernel(*args, self._out)
        return self._out[:n]


def candidates(rows: np.ndarray) -> Candidates:
    """Triples as the engine's candidates (copies)."""
    return Candidates(rows["household"].copy(), rows["home"].copy(), rows["post"].copy(), rows["value"].copy())
