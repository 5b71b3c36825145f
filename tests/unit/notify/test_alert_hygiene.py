"""What interrupts, when, and what waits: alerts, hours, tuning, wishes."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.core.alerts import AlertKind, deadline_of, kind_of
from services.notify.core.hygiene import AlertMode, Tuning, Wishes, decide, not_useful
from services.notify.core.preferences import DEFAULT_MODES, OrganisationPreferences, Preferences, effective
from services.notify.core.sending_hours import PARIS, is_quiet, may_send, next_digest, next_moment, paris_day
from shared.events import Change, Placement, Step

NIGHT = (time(19), time(8))
TUESDAY = datetime(2026, 11, 24, 10, tzinfo=UTC)  # 11:00 in France
WISHES = Wishes(DEFAULT_MODES, 5, NIGHT, working_days_only=True, digest_at=time(8, 30))


def state(step: Step, **values: object) -> Placement:
    known: dict[str, object] = {
        "id": "plc_1",
        "vacancy": "vac_1",
        "typology": "T3",
        "territory": "241500230",
        "programme": "generique",
        "landlord": "org_l",
        "organisation": "org_o",
        "caseworker": "usr_1",
        "step": step,
        "changed_at": "2026-11-23T09:00:00.000Z",
    }
    return Placement(**{**known, **values})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "after", "outcome", "kind"),
    [
        (None, Step.PROPOSED, None, AlertKind.PROPOSAL),
        (Step.PROPOSED, Step.VERIFYING, None, None),
        (Step.VERIFYING, Step.APPROVED, None, None),  # the caseworker's own click
        (Step.VERIFYING, Step.ACCEPTED, None, AlertKind.OUTCOME),
        (Step.PROPOSED, Step.REFUSED, "refused_home", None),
        (Step.APPROVED, Step.REFUSED, "refused_household", AlertKind.OUTCOME),
        (Step.APPROVED, Step.RELEASED, "home_gone", AlertKind.OPTION_LOST),
        (Step.PROPOSED, Step.RELEASED, "lead_gone", AlertKind.OPTION_LOST),
        (Step.APPROVED, Step.RELEASED, "no_answer", AlertKind.OUTCOME),
        (Step.APPROVED, Step.RELEASED, "household_left", None),
        (Step.COMMISSION, Step.LEASE, None, None),
        (Step.PROPOSED, Step.PROPOSED, None, None),
    ],
)
def test_an_alert_is_a_real_change_and_not_each_event(
    before: Step | None, after: Step, outcome: str | None, kind: AlertKind | None
) -> None:
    change = Change(2, state(before) if before else None, state(after, outcome=outcome))
    assert kind_of(change) is kind


def test_a_removed_placement_alerts_nobody() -> None:
    assert kind_of(Change(3, state(Step.PROPOSED), None)) is None


def test_a_deadline_is_alerted_to_when_work_begins_on_the_last_working_day_before() -> None:
    # Due at the end of Monday: the working day before is Friday.
    found = deadline_of(state(Step.PROPOSED, due_at="2026-11-30T23:00:00.000Z"))
    assert found is not None
    assert found.alert_at == datetime(2026, 11, 27, 8, tzinfo=PARIS)
    assert deadline_of(state(Step.PROPOSED)) is None
    assert deadline_of(state(Step.VERIFYING, due_at="2026-11-30T23:00:00.000Z")) is None


def test_a_hold_that_ends_is_a_deadline_where_the_step_has_none() -> None:
    held = deadline_of(state(Step.COMMISSION, hold_until="2026-12-04T23:00:00.000Z"))
    assert held is not None
    assert held.at == datetime(2026, 12, 4, 23, tzinfo=UTC)


def test_whoever_has_just_been_told_is_not_told_of_the_deadline_at_once() -> None:
    soon = state(Step.PROPOSED, changed_at="2026-11-24T10:00:00.000Z", due_at="2026-11-24T23:00:00.000Z")
    found = deadline_of(soon)
    assert found is not None
    assert found.alert_at == datetime(2026, 11, 24, 22, tzinfo=UTC)
    assert (
        deadline_of(state(Step.PROPOSED, changed_at="2026-11-24T12:00:00.000Z", due_at="2026-11-24T23:00:00.000Z"))
        is None
    )


@pytest.mark.parametrize(
    ("at", "quiet"),
    [(time(18, 59), False), (time(19), True), (time(23), True), (time(0), True), (time(7, 59), True), (time(8), False)],
)
def test_quiet_hours_pass_midnight(at: time, quiet: bool) -> None:
    assert is_quiet(at, NIGHT) is quiet
    assert is_quiet(at, (time(19), time(19))) is False
    assert is_quiet(at, None) is False


def test_what_comes_on_a_friday_night_waits_for_monday_and_a_holiday_is_no_working_day() -> None:
    friday = datetime(2026, 11, 27, 20, tzinfo=PARIS)
    assert next_moment(friday, NIGHT, working_days_only=True) == datetime(2026, 11, 30, 8, tzinfo=PARIS)
    assert next_moment(friday, NIGHT, working_days_only=False) == datetime(2026, 11, 28, 8, tzinfo=PARIS)
    christmas = datetime(2026, 12, 25, 10, tzinfo=PARIS)
    assert next_moment(christmas, NIGHT, working_days_only=True) == datetime(2026, 12, 28, 8, tzinfo=PARIS)
    before = datetime(2026, 12, 24, 9, tzinfo=PARIS)
    assert next_digest(before, time(8, 30), working_days_only=True) == datetime(2026, 12, 28, 8, 30, tzinfo=PARIS)


moments = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
minutes = st.integers(0, 1439).map(lambda minute: time(minute // 60, minute % 60))


@given(moments, minutes, minutes, st.booleans())
def test_the_next_moment_is_allowed_and_never_in_the_past(
    moment: datetime, start: time, end: time, working: bool
) -> None:
    found = next_moment(moment, (start, end), working_days_only=working)
    assert found >= moment
    assert may_send(found, (start, end), working_days_only=working)
    assert found - moment <= timedelta(days=7)
    if may_send(moment, (start, end), working_days_only=working):
        assert found == moment


@given(st.lists(st.sampled_from(AlertKind), max_size=40), st.integers(0, 8))
def test_no_day_is_interrupted_more_often_than_its_maximum(kinds: list[AlertKind], maximum: int) -> None:
    wishes = Wishes(DEFAULT_MODES, maximum, NIGHT, working_days_only=True, digest_at=time(8, 30))
    sent: dict[date, int] = {}
    for number, kind in enumerate(kinds):
        now = TUESDAY + timedelta(minutes=40 * number)
        decision = decide(kind, wishes, tuning=None, sent=sent, now=now)
        if decision.day is not None:
            assert decision.send_at is not None
            assert paris_day(decision.send_at) == decision.day
            sent[decision.day] = sent.get(decision.day, 0) + 1
        else:
            assert decision.mode is AlertMode.DIGEST, "nothing is lost"
    assert all(number <= maximum for number in sent.values())


def test_what_is_off_stays_away_and_what_is_for_the_digest_waits() -> None:
    wishes = Wishes(
        DEFAULT_MODES | {AlertKind.PROPOSAL: AlertMode.OFF}, 5, NIGHT, working_days_only=True, digest_at=time(8, 30)
    )
    assert decide(AlertKind.PROPOSAL, wishes, tuning=None, sent={}, now=TUESDAY).send_at is None
    waits = decide(AlertKind.OUTCOME, wishes, tuning=None, sent={}, now=TUESDAY)
    assert (waits.mode, waits.send_at) == (AlertMode.DIGEST, datetime(2026, 11, 25, 8, 30, tzinfo=PARIS))


def test_not_useful_rests_for_thirty_days_then_longer() -> None:
    first = not_useful(None, TUESDAY)
    assert first == Tuning(1, TUESDAY + timedelta(days=30))
    assert decide(AlertKind.PROPOSAL, WISHES, tuning=first, sent={}, now=TUESDAY).mode is AlertMode.DIGEST
    assert decide(AlertKind.PROPOSAL, WISHES, tuning=first, sent={}, now=first.until).mode is AlertMode.IMMEDIATE
    assert not_useful(first, TUESDAY) == Tuning(2, TUESDAY + timedelta(days=60))
    assert not_useful(first, first.until).marks == 1, "what has rested begins anew"
    assert not_useful(Tuning(30, TUESDAY + timedelta(days=1)), TUESDAY).until == TUESDAY + timedelta(days=365)


def test_a_persons_wish_wins_over_the_organisations_field_by_field() -> None:
    organisation = OrganisationPreferences.model_validate(
        {"daily_maximum": 2, "alerts": {"deadline": "digest", "outcome": "off"}, "email": False}
    )
    own = Preferences.model_validate({"alerts": {"deadline": "immediate"}, "email": True})
    held = effective(own, organisation)
    assert (held.email, held.wishes.daily_maximum, held.language) == (True, 2, "fr")
    assert held.wishes.modes[AlertKind.DEADLINE] is AlertMode.IMMEDIATE
    assert held.wishes.modes[AlertKind.OUTCOME] is AlertMode.OFF
    assert held.wishes.modes[AlertKind.PROPOSAL] is AlertMode.IMMEDIATE
    assert effective(Preferences(), OrganisationPreferences()).wishes.daily_maximum == 5
