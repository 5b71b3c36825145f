"""Dead letters: where a record came from, and what is kept of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.streams.dead_letters import MAX_VALUE_BYTES, DeadLetter, Source
from shared.topics import BY_NAME

SOURCE = Source("territory-scores", 3, 4711)


@given(st.sampled_from(sorted(BY_NAME)), st.integers(0, 63), st.integers(0, 2**63 - 1))
def test_a_source_is_read_back_as_written(topic: str, partition: int, offset: int) -> None:
    source = Source(topic, partition, offset)
    assert Source.parse(str(source)) == source


@pytest.mark.parametrize("text", ["", "vacancies", "vacancies-1", "vacancies-1-x", "vacancies-x-1"])
def test_a_text_that_is_no_source_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no source"):
        Source.parse(text)


def test_a_dead_letter_goes_beside_its_topic_with_its_reason_and_source() -> None:
    letter = DeadLetter(SOURCE, "notify", "type 'é' does not belong", b"key", b"value")
    headers = dict(letter.headers())
    assert letter.topic == "territory-scores.dlq"
    assert headers["source"] == b"territory-scores-3-4711"
    assert headers["consumer"] == b"notify"
    assert headers["reason"].decode() == "type 'é' does not belong"
    assert headers["refused_at"].endswith(b"Z")


def test_a_long_reason_is_cut_and_stays_text() -> None:
    reason = dict(DeadLetter(SOURCE, "notify", "é" * 5000, None, None).headers())["reason"]
    assert reason.decode() == "é" * 500


@pytest.mark.parametrize("value", [None, b"", b"as received \xff"])
def test_the_value_is_kept_as_received(value: bytes | None) -> None:
    assert DeadLetter(SOURCE, "notify", "r", None, value).body() == value


def test_a_value_too_large_for_the_broker_is_cut() -> None:
    body = DeadLetter(SOURCE, "notify", "r", None, b"x" * (MAX_VALUE_BYTES + 1)).body()
    assert body is not None
    assert len(body) == MAX_VALUE_BYTES
