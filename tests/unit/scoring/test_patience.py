"""The wait of the kill tests: slow is allowed, stuck is not."""

from tests.patience import Patience


def test_whoever_gets_on_is_waited_for_however_long_it_takes() -> None:
    patience = Patience(10.0)
    assert not any(patience.lost(left, now) for left, now in ((300, 0.0), (200, 9.0), (100, 18.0), (0, 27.0)))


def test_who_stands_still_is_waited_for_no_longer_than_said() -> None:
    patience = Patience(10.0)
    assert not patience.lost(300, 0.0)
    assert not patience.lost(300, 10.0)
    assert patience.lost(300, 10.1)


def test_going_round_in_circles_is_standing_still() -> None:
    patience = Patience(10.0)
    assert not any(patience.lost(now % 2, now) for now in range(11))
    assert patience.lost(0, 12.0)
