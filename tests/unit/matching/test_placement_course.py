"""The course of a placement, for every programme: what each command does, and what can never happen."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching.core.placement import (
    Accept,
    Advance,
    Approve,
    Command,
    Expire,
    Gone,
    Leave,
    Outcome,
    Refusal,
    Refuse,
    Rejected,
    State,
    Transition,
    Verified,
    begin,
    decide,
)
from services.matching.core.programme import About, Programme
from services.matching.programmes import current
from shared.events import LIVE_STEPS, Step

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
PROGRAMMES = sorted(current().values(), key=lambda programme: programme.code)
EMILE = current()["emile"]


def after(state: State, command: Command, programme: Programme = EMILE, now: datetime = NOW) -> State:
    transition = decide(state, command, programme, now)
    assert isinstance(transition, Transition), transition
    return transition.state


@pytest.mark.parametrize("programme", PROGRAMMES, ids=lambda programme: programme.code)
def test_a_placement_goes_through_the_steps_of_its_programme_in_order(programme: Programme) -> None:
    state = begin(programme, NOW).state
    seen = [state.step]
    for command in (Approve(), Verified(), Accept(), Verified()):
        state = after(state, command, programme)
        seen.append(state.step)
    while state.step is not Step.COMPLETED:
        state = after(state, Advance(landlord_agreed=True), programme)
        seen.append(state.step)
    # Verification comes twice: before sending, and before the household's yes counts.
    assert [step for step in seen if step is not Step.VERIFYING] == [
        step for step in programme.steps if step is not Step.VERIFYING
    ]
    assert seen.count(Step.VERIFYING) == 2


def test_a_proposal_waits_two_working_days_and_no_longer() -> None:
    proposed = begin(EMILE, NOW).state
    assert proposed.due_at == datetime(2026, 11, 25, 23, tzinfo=UTC)
    last = proposed.due_at - timedelta(microseconds=1)
    assert after(proposed, Approve(), now=last).step is Step.VERIFYING
    assert decide(proposed, Approve(), EMILE, proposed.due_at) == Rejected(Refusal.TOO_LATE)
    assert decide(proposed, Expire(), EMILE, last) == Rejected(Refusal.NOT_DUE)
    ended = decide(proposed, Expire(), EMILE, proposed.due_at)
    assert isinstance(ended, Transition)
    assert (ended.state.step, ended.outcome, ended.ends) == (Step.RELEASED, Outcome.EXPIRED, True)


def test_a_household_that_does_not_answer_is_told_apart_from_a_refusal() -> None:
    due = NOW + timedelta(days=1)
    ended = decide(State(Step.APPROVED, due_at=due), Expire(), EMILE, due)
    assert isinstance(ended, Transition)
    assert (ended.state.step, ended.outcome) == (Step.RELEASED, Outcome.NO_ANSWER)


def test_what_was_answered_in_time_does_not_expire_while_it_is_verified() -> None:
    verifying = after(begin(EMILE, NOW).state, Approve())
    late = NOW + timedelta(days=365)
    assert decide(verifying, Expire(), EMILE, late) == Rejected(Refusal.NOT_AT_THIS_STEP)
    assert after(verifying, Verified(), now=late).step is Step.APPROVED


def test_the_hold_needs_the_landlord_and_says_until_when() -> None:
    accepted = State(Step.ACCEPTED)
    assert decide(accepted, Advance(), EMILE, NOW) == Rejected(Refusal.LANDLORD_AGREEMENT_NEEDED)
    held = decide(accepted, Advance(landlord_agreed=True), EMILE, NOW)
    assert isinstance(held, Transition)
    assert held.state.step is EMILE.hold.step
    assert held.hold_until is not None
    assert held.hold_until - NOW >= timedelta(days=EMILE.hold.longest_days)


@pytest.mark.parametrize("about", About)
def test_a_refusal_says_what_it_is_about(about: About) -> None:
    reason = next(one.code for one in EMILE.refusals.values() if one.about is about)
    ended = decide(begin(EMILE, NOW).state, Refuse(reason), EMILE, NOW)
    assert isinstance(ended, Transition)
    assert (ended.state.step, ended.outcome) == (Step.REFUSED, Outcome(f"refused_{about.value}"))


def test_a_reason_that_the_programme_does_not_have_is_refused() -> None:
    assert decide(begin(EMILE, NOW).state, Refuse("because"), EMILE, NOW) == Rejected(Refusal.UNKNOWN_REASON)


@pytest.mark.parametrize("programme", PROGRAMMES, ids=lambda programme: programme.code)
@pytest.mark.parametrize("what", [Outcome.HOME_GONE, Outcome.LEAD_GONE])
def test_a_withdrawal_releases_until_signature_and_changes_nothing_after(programme: Programme, what: Outcome) -> None:
    for step in programme.steps:
        result = decide(State(step), Gone(what), programme, NOW)
        if programme.steps.index(step) < programme.steps.index(programme.signature):
            assert isinstance(result, Transition)
            assert (result.state.step, result.outcome) == (Step.RELEASED, what)
        else:
            assert result == Rejected(Refusal.NOT_AT_THIS_STEP)


COMMANDS = st.one_of(
    st.sampled_from(
        [Approve(), Accept(), Verified(), Expire(), Leave(), Advance(), Advance(True), Gone(Outcome.HOME_GONE)]
    ),
    st.sampled_from([*EMILE.refusals, "because"]).map(Refuse),
)


@given(st.sampled_from(PROGRAMMES), st.lists(st.tuples(COMMANDS, st.integers(0, 96)), max_size=30))
def test_whatever_is_commanded_the_course_stays_sound(
    programme: Programme, commands: list[tuple[Command, int]]
) -> None:
    state, now, verified = begin(programme, NOW).state, NOW, 0
    for command, hours in commands:
        now += timedelta(hours=hours)
        before = state
        result = decide(state, command, programme, now)
        if isinstance(result, Rejected):
            continue
        state = result.state
        # What has ended never moves again; an end always says why; a live placement uses its programme's steps.
        assert before.step in LIVE_STEPS
        assert result.ends is (result.outcome is not None)
        assert (state.step in programme.steps) or result.ends
        verified += isinstance(command, Verified)
        # Nothing is approved or accepted without ingest's yes, once for each.
        if state.step in {Step.APPROVED, Step.ACCEPTED}:
            assert isinstance(command, Verified)
        if state.step in LIVE_STEPS and state.step not in {Step.PROPOSED, Step.VERIFYING, Step.APPROVED}:
            assert verified == 2
