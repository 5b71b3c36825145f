"""What came first makes a proposal a conflict, named for what it was, and nothing of it stays."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text
from sqlmodel import Session

from services.matching.adapters.models import HouseholdRow, PlacementRow
from services.matching.adapters.placements import Act, Moment
from services.matching.adapters.proposing import Conflict, Terms, propose
from services.matching.adapters.search import market_of
from services.matching.core.options import OptionFinder
from services.matching.core.policy import Proposal
from shared.clock import paris_date
from tests.integration.matching.conftest import TERRITORY, Stream, household
from tests.integration.matching.test_prices import Key

CAP = 5
PERSONS = 3
RESERVED = (
    "INSERT INTO reservation (placement, vacancy, household, created_at)"
    " VALUES ('plc_other', {vacancy}, {household}, now())"
)
TWIN = (
    "INSERT INTO offer (id, version, status, commune, zone, rome, contract, openings, leads, source_name, origin)"
    " SELECT 'off_twin', 1, 'open', commune, zone, rome, contract, openings, {leads}, source_name, 'one' FROM offer"
)


@dataclass
class Prepared:
    """A proposal with its terms, as they were read; `proposed` tries it on what the database holds by then."""

    database: Engine
    proposal: Proposal
    terms: Terms
    moment: Moment

    def after(self, *statements: str) -> None:
        named = {
            "vacancy": self.proposal.option.home.id,
            "household": self.proposal.household.id,
        }
        with self.database.begin() as connection:
            for statement in statements:
                connection.execute(text(statement), named)

    def proposed(self) -> PlacementRow | Conflict:
        with Session(self.database, expire_on_commit=False) as session, session.begin():
            return propose(session, self.proposal, self.terms, self.moment)

    def row(self, query: str) -> tuple[Any, ...]:
        with self.database.connect() as connection:
            return tuple(connection.execute(text(query)).one())

    def kept(self) -> tuple[Any, ...]:
        """Reservations and placements of the proposal, and the leads counted on its offer."""
        return self.row(
            "SELECT (SELECT count(*) FROM reservation WHERE placement <> 'plc_other'), (SELECT count(*) FROM placement),"
            " (SELECT leads FROM offer WHERE id <> 'off_twin')"
        )


@pytest.fixture
def prepared(api: TestClient, caseworker: Key, stream: Stream, database: Engine) -> Prepared:
    stream.commit(capacity_households=1, capacity_persons=PERSONS)
    stream.home()
    stream.post(openings=2)
    name = household(api, caseworker, size=PERSONS)["id"]
    moment = Moment(stream.clock.now(), timedelta(days=30))
    with Session(database) as session:
        market, wishes = market_of(session, session.get_one(HouseholdRow, name), now=moment.now)
        option = OptionFinder(market, wishes, today=paris_date(moment.now), seed=1).best()
        assert option is not None
        assert option.lead is not None
        commitment = market.commitment_for("emile", TERRITORY)
        assert commitment is not None
        terms = Terms(market.programmes["emile"], commitment, [], CAP, Act("choose", "usr_1"))
    return Prepared(database, Proposal(wishes, option), terms, moment)


@pytest.mark.parametrize(
    "leaves_room",
    [
        (),
        ("UPDATE offer SET openings = NULL",),  # of which one lead is thought
        ("UPDATE offer SET leads = 1",),
        ("UPDATE offer SET origin = 'one'", TWIN.format(leads=1)),
        (RESERVED.format(vacancy=":vacancy", household=":household"), "UPDATE reservation SET released_at = now()"),
    ],
)
def test_what_nothing_stands_against_is_reserved_and_counted(prepared: Prepared, leaves_room: tuple[str, ...]) -> None:
    prepared.after(*leaves_room)
    _, _, leads = prepared.kept()
    made = prepared.proposed()
    assert isinstance(made, PlacementRow)
    assert prepared.kept() == (1, 1, leads + 1)
    assert prepared.row("SELECT vacancy, household FROM reservation WHERE released_at IS NULL") == (
        made.vacancy,
        made.household,
    )


@pytest.mark.parametrize(
    ("statements", "conflict"),
    [
        (("UPDATE vacancy SET status = 'taken'",), Conflict.HOME),
        ((RESERVED.format(vacancy=":vacancy", household="'hh_other'"),), Conflict.HOME),
        (("UPDATE household SET version = version + 1",), Conflict.HOUSEHOLD),
        (("UPDATE household SET status = 'parked'",), Conflict.HOUSEHOLD),
        ((RESERVED.format(vacancy="'vac_other'", household=":household"),), Conflict.HOUSEHOLD),
        (("UPDATE commitment SET status = 'paused'",), Conflict.CAPACITY),
        (("UPDATE commitment SET capacity_households = 0",), Conflict.CAPACITY),
        (("UPDATE commitment SET capacity_persons = 2",), Conflict.CAPACITY),
        (("DELETE FROM commitment",), Conflict.CAPACITY),
        (("UPDATE offer SET status = 'expired'",), Conflict.LEAD),
        (("UPDATE offer SET leads = 2",), Conflict.LEAD),
        (("UPDATE offer SET openings = NULL, leads = 1",), Conflict.LEAD),
        (("UPDATE offer SET origin = 'one'", TWIN.format(leads=2)), Conflict.LEAD),
        (("UPDATE offer SET origin = 'one', leads = 1", TWIN.format(leads=1)), Conflict.LEAD),
    ],
)
def test_what_came_first_is_a_conflict_and_nothing_of_the_proposal_stays(
    prepared: Prepared, statements: tuple[str, ...], conflict: Conflict
) -> None:
    prepared.after(*statements)
    before = prepared.kept()
    assert prepared.proposed() is conflict
    assert prepared.kept() == before


def test_a_caseworker_who_has_the_cap_to_decide_gets_no_other(prepared: Prepared) -> None:
    awaiting = (
        "INSERT INTO placement (SELECT (jsonb_populate_record(made, jsonb_build_object('id', 'plc_' || number))).*"
        " FROM placement made, generate_series(2, {last}) number WHERE made.id = 'plc_1')"
    )
    assert isinstance(prepared.proposed(), PlacementRow)
    prepared.after(
        "UPDATE placement SET id = 'plc_1'",
        "DELETE FROM reservation",
        "UPDATE commitment SET capacity_households = NULL, capacity_persons = NULL",
        awaiting.format(last=CAP),
    )
    assert prepared.proposed() is Conflict.SLOT
    prepared.after("UPDATE placement SET step = 'approved' WHERE id = 'plc_1'")
    assert isinstance(prepared.proposed(), PlacementRow)
