"""Reading resumes where the state says."""

from services.scoring.core.buckets import BucketState
from services.scoring.core.sequencer import Place, Resume, Sequencer, resume_at


def at(position: int) -> BucketState:
    return {"g": "d-1", "p": position, "s": {}, "t": {}}


def test_a_partition_resumes_after_the_bucket_that_is_least_far() -> None:
    assert resume_at([at(12), at(7), at(40)], log_start=0, digest="d") == Resume(8, lost=False)


def test_records_that_the_state_needs_and_the_log_no_longer_has_are_lost() -> None:
    assert resume_at([at(12), at(7)], log_start=9, digest="d") == Resume(9, lost=True)
    assert resume_at([at(12), at(7)], log_start=8, digest="d") == Resume(8, lost=False)


def test_a_bucket_without_state_waits_from_the_start_of_the_log() -> None:
    assert resume_at([None, None], log_start=5, digest="d") == Resume(5, lost=False)
    assert resume_at([at(90), None], log_start=5, digest="d") == Resume(5, lost=False)


def test_a_state_of_other_rules_says_nothing_of_this_log() -> None:
    other: BucketState = {"g": "e-2", "p": 900, "s": {}, "t": {}}
    assert resume_at([other, other], log_start=0, digest="d") == Resume(0, lost=False)
    assert resume_at([at(7), other], log_start=3, digest="d") == Resume(3, lost=False)


def test_a_record_beyond_the_next_one_is_left_and_read_again() -> None:
    sequencer = Sequencer()
    assert sequencer.take(0, 3) is Place.BEYOND
    sequencer.start(0, 5)
    assert sequencer.take(0, 4) is Place.BEFORE
    assert sequencer.take(0, 5) is Place.NEXT
    assert sequencer.seeks() == {}
    assert sequencer.take(0, 8) is Place.BEYOND
    assert sequencer.seeks() == {0: 6}
    assert sequencer.take(0, 6) is Place.NEXT
    assert sequencer.seeks() == {}
    assert sequencer.expected(0) == 7


def test_a_rebalance_forgets_every_position() -> None:
    sequencer = Sequencer()
    sequencer.start(2, 5)
    sequencer.forget()
    assert sequencer.expected(2) is None
