"""Options of a household: every (home, best lead) that meets the hard constraints, best first."""

from bisect import insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from services.matching.core.commute import Commute, longest_commute_km
from services.matching.core.eligibility import home_verdict, post_verdict
from services.matching.core.market import Market
from services.matching.core.model import Home, Household, Post
from services.matching.core.ranking import (
    Lead,
    Option,
    home_terms,
    lead_terms,
    lead_utility,
    option_order,
    tie,
    utility,
)
from services.matching.core.reasons import Eligible, Ineligible, Reason, ToConfirm


@dataclass(frozen=True, slots=True)
class Touched:
    """What changed: only options that involve one of these are looked at. Posts are those that are open."""

    homes: frozenset[str]
    posts: frozenset[str]


class OptionFinder:
    """Finds the options of one household on one day. Leads are searched once per commune of home."""

    def __init__(self, market: Market, household: Household, *, today: date, seed: int) -> None:
        self._market = market
        self._household = household
        self._today = today
        self._seed = seed
        self._programme = market.programmes[household.programme]
        self._bans = market.bans[household.id]
        self._longest_km = longest_commute_km(household)
        self._near = market.near(household.rome)
        self._by_zone: dict[str, list[tuple[float, Post, float]]] = {}
        self._leads: dict[str, tuple[Lead, tuple[ToConfirm, ...]] | None] = {}
        self._several: dict[tuple[str, int], list[Lead]] = {}

    def ranked(self, touched: Touched | None = None) -> list[Option]:
        """All options, best first; with `touched`, those that it may have made possible."""
        return sorted(self._options(touched), key=lambda option: option_order(option, self._seed))

    def every(self) -> list[Option]:
        """All options, in no order."""
        return list(self._options(None))

    def any(self, touched: Touched) -> bool:
        """Whether something touched is an option."""
        return next(self._options(touched), None) is not None

    def best(self, touched: Touched | None = None) -> Option | None:
        """The first of `ranked`."""
        return min(self._options(touched), key=lambda option: option_order(option, self._seed), default=None)

    def first_of(self, options: Iterable[Option]) -> Option:
        """The first of some options, in the order of `ranked`. At least one is given."""
        return min(options, key=lambda option: option_order(option, self._seed))

    def _options(self, touched: Touched | None) -> Iterator[Option]:
        return (option for home in self._homes(touched) if isinstance(option := self.option(home), Option))

    def option(self, home: Home) -> Option | Ineligible:
        """The option of a home with its best lead, or all reasons against it."""
        verdict = self._home_verdict(home)
        if isinstance(verdict, Ineligible):
            return verdict
        return self._joined(home, verdict, self._lead(home))

    def with_other_leads(self, option: Option, most: int) -> list[Option]:
        """The option and the same home with its next best leads: at most `most` in all, best first."""
        if option.lead is None:
            return [option]
        home = option.home
        if (home.commune, most) not in self._several:
            self._several[home.commune, most] = self._best_leads(home, most)
        terms = home_terms(self._household, home)
        return [
            self._of_terms(home, lead, terms | lead_terms(lead), option.to_confirm)
            for lead in self._several[home.commune, most]
        ]

    def _best_leads(self, home: Home, most: int) -> list[Lead]:
        found: list[tuple[float, bytes, Lead]] = []
        for bound, post, proximity in self._possible_leads(home.zone):
            if len(found) == most and bound < -found[-1][0]:
                break
            distance = self._market.distance_km(home.commune, post.commune)
            if distance > self._longest_km:
                continue
            value = round(lead_utility(post, proximity, distance, self._longest_km), 9)
            if len(found) == most and value < -found[-1][0]:
                continue
            lead = Lead(post, proximity, Commute(distance, self._longest_km, same_zone=True))
            insort(found, (-value, tie(self._seed, post.id), lead), key=lambda one: one[:2])
            del found[most:]
        return [lead for _, _, lead in found]

    def option_with(self, home: Home, post: Post) -> Option | Ineligible:
        """The option of a home with the lead that someone chose, or all reasons against it."""
        verdict = self._home_verdict(home)
        if isinstance(verdict, Ineligible):
            return verdict
        distance = self._market.distance_km(home.commune, post.commune)
        commute = Commute(distance, self._longest_km, same_zone=home.zone == post.zone)
        proximity = self._near.get(post.rome)
        chosen = self._post_verdict(post, proximity, commute)
        if isinstance(chosen, Ineligible):
            return chosen
        return self._joined(home, verdict, (Lead(post, proximity or 0.0, commute), chosen.to_confirm))

    def _home_verdict(self, home: Home) -> Eligible | Ineligible:
        market, household = self._market, self._household
        return home_verdict(
            household,
            home,
            today=self._today,
            commitment=market.commitment_over(household.programme, home.territory, self._today),
            bans=self._bans,
            reserved=market.is_reserved(home.id),
        )

    def _joined(
        self, home: Home, verdict: Eligible, found: tuple[Lead, tuple[ToConfirm, ...]] | None
    ) -> Option | Ineligible:
        household = self._household
        if found is None and self._programme.lead_required:
            return Ineligible(self.lead_reasons(home))
        terms = home_terms(household, home)
        if found is None:
            return Option(home, None, terms, (*verdict.to_confirm, ToConfirm.WITHOUT_LEAD), utility(terms))
        lead, to_confirm = found
        return self._of_terms(home, lead, terms | lead_terms(lead), (*verdict.to_confirm, *to_confirm))

    def _of_terms(self, home: Home, lead: Lead, terms: dict[str, float], to_confirm: tuple[ToConfirm, ...]) -> Option:
        return Option(home, lead, terms, to_confirm, utility(terms))

    def lead_reasons(self, home: Home) -> tuple[Reason, ...]:
        """Why no post is a lead from this home: what the post that came nearest lacks."""
        if not self._household.rome:
            return (Reason.OCCUPATION_NOT_STATED,)
        nearest: tuple[Reason, ...] | None = None
        for post, proximity, commute in self._posts(home):
            verdict = self._post_verdict(post, proximity, commute)
            if isinstance(verdict, Ineligible) and (nearest is None or len(verdict.reasons) < len(nearest)):
                nearest = verdict.reasons
        if nearest is not None:
            return nearest
        return (Reason.OCCUPATION_NOT_WANTED if self._market.has_posts(home.zone) else Reason.NO_POST_IN_REACH,)

    def _homes(self, touched: Touched | None) -> Iterator[Home]:
        market = self._market
        name, today = self._household.id, self._today
        posts = self._leads_among(touched.posts) if touched is not None else []
        if touched is not None and not posts:
            homes: Iterable[Home] = (market.homes[home] for home in touched.homes if market.fits(name, home, today))
        else:
            homes = market.fitting(name, today).values()
            if touched is not None:
                homes = (home for home in homes if home.id in touched.homes or self._within_reach(home, posts))
        for home in homes:
            if not market.is_reserved(home.id):
                yield home

    def _leads_among(self, touched: Iterable[str]) -> list[Post]:
        next_door = Commute(0.0, self._longest_km, same_zone=True)
        return [
            post
            for identifier in touched
            if (post := self._market.posts.get(identifier)) is not None
            and isinstance(self._post_verdict(post, self._near.get(post.rome), next_door), Eligible)
        ]

    def _within_reach(self, home: Home, posts: Iterable[Post]) -> bool:
        return any(
            post.zone == home.zone and self._market.distance_km(home.commune, post.commune) <= self._longest_km
            for post in posts
        )

    def _posts(self, home: Home) -> Iterator[tuple[Post, float, Commute]]:
        for commune, posts in self._market.suitable_posts(self._household.rome, home.zone).items():
            commute = Commute(self._market.distance_km(home.commune, commune), self._longest_km, same_zone=True)
            for post, proximity in posts:
                yield post, proximity, commute

    def _lead(self, home: Home) -> tuple[Lead, tuple[ToConfirm, ...]] | None:
        if home.commune not in self._leads:
            self._leads[home.commune] = self._best_lead(home)
        return self._leads[home.commune]

    def _best_lead(self, home: Home) -> tuple[Lead, tuple[ToConfirm, ...]] | None:
        best: tuple[float, Lead] | None = None
        for most, post, proximity in self._possible_leads(home.zone):
            if best is not None and most < best[0]:
                break
            distance = self._market.distance_km(home.commune, post.commune)
            if distance > self._longest_km:
                continue
            value = round(lead_utility(post, proximity, distance, self._longest_km), 9)
            if best is None or value > best[0] or (value == best[0] and self._before(post, best[1].post)):
                best = (value, Lead(post, proximity, Commute(distance, self._longest_km, same_zone=True)))
        if best is None:
            return None
        verdict = self._post_verdict(best[1].post, best[1].proximity, best[1].commute)
        return (best[1], verdict.to_confirm) if isinstance(verdict, Eligible) else None

    def _possible_leads(self, zone: str) -> list[tuple[float, Post, float]]:
        """Posts of a zone d'emploi that could be a lead, with what each would be worth next door, best first."""
        known = self._by_zone.get(zone)
        if known is None:
            next_door = Commute(0.0, self._longest_km, same_zone=True)
            known = [
                (round(lead_utility(post, proximity, 0.0, self._longest_km), 9), post, proximity)
                for posts in self._market.suitable_posts(self._household.rome, zone).values()
                for post, proximity in posts
                if isinstance(self._post_verdict(post, proximity, next_door), Eligible)
            ]
            known.sort(key=lambda one: -one[0])
            self._by_zone[zone] = known
        return known

    def _before(self, post: Post, other: Post) -> bool:
        return tie(self._seed, post.id) < tie(self._seed, other.id)

    def _post_verdict(self, post: Post, proximity: float | None, commute: Commute) -> Eligible | Ineligible:
        return post_verdict(
            self._household,
            post,
            proximity=proximity,
            commute=commute,
            programme=self._programme,
            today=self._today,
            bans=self._bans,
        )
