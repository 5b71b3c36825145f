"""Greedy's books beside the engine's: what it would have realised on the same arrivals, for the shadow comparison.

It sees no more than the engine: a party that the engine has placed does not leave any more, and stays until its announced
end, which flatters greedy a little.
"""

import numpy as np

from benchmarks.matching import harness

harness.enable()

from mobi90 import protocol as mobi  # noqa: E402

from benchmarks.matching.market import HarnessMarket  # noqa: E402


class GreedyBooks:
    """A market of its own, where the best of what an arrival makes possible is taken at once. `value`: realised so far."""

    def __init__(self, market: HarnessMarket) -> None:
        self._market = market
        self._households: set[int] = set()
        self._homes: dict[int, float] = {}  # free -> announced end
        self._posts: dict[int, float] = {}
        self._left: dict[int, int] = {}
        self.value = 0.0

    def household(self, household: mobi.Household, best_quality: float) -> None:
        self._market.put_household(household.id, household, best_quality=best_quality)
        self._market.link_household(household.id)
        self._households.add(household.id)
        self._take(self._market.of_household(household.id))

    def home(self, home: mobi.Vacancy) -> None:
        self._market.put_home(home.id, home)
        self._market.link_home(home.id)
        self._homes[home.id] = home.announced_end_day
        self._take(self._market.of_home(home.id))

    def post(self, post: mobi.Offer) -> None:
        self._market.put_post(post.id, post)
        self._market.link_post(post.id)
        self._posts[post.id] = post.announced_end_day
        self._left[post.id] = post.posts
        while self._left[post.id] and self._take(self._market.of_post(post.id)):
            pass

    def household_left(self, household: int) -> None:
        if household in self._households:
            self._households.remove(household)
            self._market.unlink_household(household)

    def home_closed(self, home: int) -> None:
        if self._homes.pop(home, None) is not None:
            self._market.unlink_home(home)

    def post_closed(self, post: int) -> None:
        if self._posts.pop(post, None) is not None and self._left[post]:
            self._market.unlink_post(post)

    def day(self, day: float) -> None:
        """Takes away what has reached its announced end."""
        for home in [home for home, end in self._homes.items() if end <= day]:
            self.home_closed(home)
        for post in [post for post, end in self._posts.items() if end <= day]:
            self.post_closed(post)

    def _take(self, rows: np.ndarray) -> bool:
        if not len(rows):
            return False
        best = rows[rows["value"].argmax()]
        self._households.remove(int(best["household"]))
        self._market.unlink_household(int(best["household"]))
        self.home_closed(int(best["home"]))
        post = int(best["post"])
        self._left[post] -= 1
        if not self._left[post]:
            self._market.unlink_post(post)
        self.value += float(best["value"])
        return True
