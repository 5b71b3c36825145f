"""The engine's market, kept in step with SQL by the changes it reads."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final

from sqlmodel import Session, col, select

from services.matching.adapters import changes, stock
from services.matching.adapters.changes import Change
from services.matching.adapters.mirrors import Batch
from services.matching.adapters.models import CommitmentRow, HouseholdRow, PlacementRow
from services.matching.core.expecting import EXPECTED, expect, no_longer_expect
from services.matching.core.hosting import Arrival
from services.matching.core.model import Commitment
from services.matching.core.policy import Inputs, Proposal
from services.matching.core.recorded_market import RecordedMarket
from services.matching.programmes import current
from shared.clock import paris_date
from shared.events import Step
from shared.geography import geography
from shared.occupations import occupations
from shared.sql.driver import transaction_heard_of
from shared.streams.consumer import Record

_SPEAK_SECONDS: Final = 5.0


class LiveMarket:
    """A market with all live households and placements. `again` collects households to be looked at in full."""

    def __init__(self, market: RecordedMarket, cap: int) -> None:
        self.market = market
        self._cap = cap
        self.again: set[str] = set()
        self.freed_homes: set[str] = set()
        self.freed_posts: set[str] = set()
        self._anywhere: dict[str, set[str]] = {}

    @classmethod
    def read(cls, session: Session, *, today: date, now: datetime, cap: int) -> "LiveMarket":
        """Reads everything that live households can want. `cap`: most proposals that may await one caseworker."""
        live = cls(RecordedMarket(geography(), occupations(), current()), cap)
        stock.load_commitments(session, live.market)
        stock.load_arrivals(session, live.market, today)
        for reservation in stock.reservations(session):
            live.market.reserve(reservation)
        rows = session.exec(
            select(HouseholdRow).where(HouseholdRow.status == "live").order_by(col(HouseholdRow.id))
        ).all()
        with transaction_heard_of(session, _SPEAK_SECONDS):  # a nation takes a while to put together
            live._put(session, rows, today=today, now=now)
        return live

    def concerned(self, batch: Batch) -> list[Change]:
        """The changes of a batch that touch what is loaded; the rest is read from the mirror when someone wants it."""
        market, places = self.market, geography()
        found = []
        for key, vacancy in batch.vacancies.items():
            inside = (
                vacancy.state is not None and places.territory_of(vacancy.state.commune) in market.loaded_territories
            )
            if inside or key in market.homes:
                found.append(_change(changes.VACANCY, key, vacancy.record))
        for key, offer in batch.offers.items():
            state = offer.state
            pair = (places.zone_of(state.commune), state.rome) if state is not None and state.commune else None
            if pair in market.loaded_posts or key in market.posts:
                found.append(_change(changes.OFFER, key, offer.record))
        found += [_change(changes.COMMITMENT, key, one.record) for key, one in batch.commitments.items()]
        return found

    def follow(self, session: Session, taken: Sequence[Change], *, today: date, now: datetime) -> None:
        """Reads again what the changes name."""
        self.again, self.freed_homes, self.freed_posts = set(), set(), set()
        by_kind: dict[str, list[str]] = {}
        for change in taken:
            by_kind.setdefault(change.kind, []).append(change.key)
        for key in dict.fromkeys(by_kind.get(changes.COMMITMENT, ())):
            self._commitment(session, key)
        for name in by_kind.get(changes.ERASURE, ()):
            self._forget(name)
        for placement in dict.fromkeys(by_kind.get(changes.PLACEMENT, ())):
            self._placement(session, placement, today)
        households = {*by_kind.get(changes.HOUSEHOLD, ()), *self.again}
        self._households(session, households, today=today, now=now)
        stock.refresh_homes(session, self.market, dict.fromkeys(by_kind.get(changes.VACANCY, ())))
        posts = dict.fromkeys([*by_kind.get(changes.OFFER, ()), *sorted(self.freed_posts)])
        stock.refresh_posts(session, self.market, posts)
        self.again |= households

    def commitment_of(self, proposal: Proposal) -> Commitment | None:
        """The commitment that a proposal would count on."""
        return self.market.commitment_for(proposal.household.programme, proposal.option.home.territory)

    def expect(self, proposal: Proposal, today: date) -> None:
        """Counts a proposal as made, while others are being thought of."""
        expect(self.market, proposal, today)

    def no_longer_expect(self, proposal: Proposal) -> None:
        """Takes `expect` back, but for the lead: `refresh_leads` does it for all."""
        no_longer_expect(self.market, proposal)

    def placed(self, row: PlacementRow) -> None:
        """Adds a placement just made."""
        self.market.reserve(stock.reservation_from(row))

    def refresh_leads(self, session: Session, planned: Iterable[Proposal]) -> None:
        """Reads the posts of proposals again, whatever became of these."""
        stock.refresh_posts(session, self.market, {one.option.lead.post.id for one in planned if one.option.lead})

    def read_again(self, session: Session) -> None:
        """Reads all live placements and commitments again, after a conflict."""
        expected = {name for name in self.market.reservations if name.startswith(EXPECTED)}
        for name in self.market.reservations.keys() - expected:
            self.market.release(name)
        for reservation in stock.reservations(session):
            self.market.reserve(reservation)
        for key in [*self.market.commitments]:
            self.market.drop_commitment(key)
        stock.load_commitments(session, self.market)

    def _put(self, session: Session, rows: Sequence[HouseholdRow], *, today: date, now: datetime) -> None:
        stock.put_households(session, self.market, rows, today=today, now=now)
        for row in rows:
            if not row.territories:
                self._anywhere.setdefault(row.programme, set()).add(row.id)

    def _households(self, session: Session, names: Iterable[str], *, today: date, now: datetime) -> None:
        wanted = sorted(names)
        query = select(HouseholdRow).where(col(HouseholdRow.id).in_(wanted)).order_by(col(HouseholdRow.id))
        rows = (
            {row.id: row for row in session.exec(query.execution_options(populate_existing=True)).all()}
            if wanted
            else {}
        )
        for name in wanted:
            self._forget(name)
        self._put(session, [row for row in rows.values() if stock.is_live(row)], today=today, now=now)

    def _forget(self, household: str) -> None:
        for anywhere in self._anywhere.values():
            anywhere.discard(household)
        self.market.drop_household(household)

    def _commitment(self, session: Session, key: str) -> None:
        market = self.market
        known = market.commitments.get(key)
        concerned = set(market.territories_under(known)) if known else set()
        row = session.get(CommitmentRow, key, populate_existing=True)
        if row is None:
            market.drop_commitment(key)
        else:
            changed = stock.commitment_from(row)
            market.put_commitment(changed)
            concerned.update(market.territories_under(changed))
        programme, _, _ = key.partition(":")
        for territory in sorted(concerned):
            self.again |= {name for name in self.market.wanting(territory) if self._of(name, programme)}
        self.again |= self._anywhere.get(programme, set())

    def _of(self, household: str, programme: str) -> bool:
        return self.market.households[household].programme == programme

    def _placement(self, session: Session, name: str, today: date) -> None:
        market = self.market
        found = stock.reservations(session, col(PlacementRow.id) == name)
        before = market.reservations.get(name)
        at_cap = before is not None and market.open_by_caseworker[before.caseworker] >= self._cap
        was_tight = before is not None and before.commitment is not None and market.is_tight(before.commitment, today)
        if found:
            market.reserve(found[0])
        else:
            market.release(name)
        # A slot, a place, a home, a lead or a household that is free again makes others possible.
        if before is not None and at_cap and market.open_by_caseworker[before.caseworker] < self._cap:
            self.again |= {one for one in market.without_placement() if self._of_caseworker(one, before.caseworker)}
        if found:
            return
        row = session.get(PlacementRow, name, populate_existing=True)
        if row is None:
            return
        self.freed_homes.add(row.vacancy)
        if row.offer is not None:
            self.freed_posts.add(row.offer)
        if row.household is not None:
            self.again.add(row.household)
        if row.commitment is not None and row.step == Step.COMPLETED:
            market.arrive(row.commitment, name, Arrival(paris_date(row.created_at), row.persons, live=False))
        commitment = market.commitments.get(row.commitment or "")
        if commitment is not None and was_tight:
            for territory in market.territories_under(commitment):
                self.again |= {one for one in market.wanting(territory) if not market.is_placed(one)}

    def _of_caseworker(self, household: str, caseworker: str) -> bool:
        return self.market.households[household].caseworker == caseworker


def inputs_of(live: LiveMarket, taken: Sequence[Change]) -> Inputs:
    """What a policy looks at after `live.follow(taken)`."""
    homes = {change.key for change in taken if change.kind == changes.VACANCY} | live.freed_homes
    posts = {change.key for change in taken if change.kind == changes.OFFER} | live.freed_posts
    return Inputs(frozenset(live.again), frozenset(homes), frozenset(posts))


def _change(kind: str, key: str, record: Record) -> Change:
    return Change(kind, key, f"{record.source.topic}-{record.source.partition}", record.source.offset)


def followed(live: LiveMarket, taken: Sequence[Change]) -> list[Change]:
    """What `inputs_of` looks at beside what was taken: with both in the journal, it says what a decision looked at."""
    known = {(change.kind, change.key) for change in taken}
    more = [(changes.HOUSEHOLD, name) for name in sorted(live.again)]
    more += [(changes.VACANCY, name) for name in sorted(live.freed_homes)]
    more += [(changes.OFFER, name) for name in sorted(live.freed_posts)]
    return [Change(kind, key, "follow") for kind, key in more if (kind, key) not in known]
