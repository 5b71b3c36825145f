"""Lines of an NDJSON file: the same however the bytes arrive, and never more than one line in memory."""

from hypothesis import given
from hypothesis import strategies as st

from services.ingest.core.lines import Line
from services.ingest.core.ndjson import NdjsonReader

LONGEST = 12
pieces = st.lists(
    st.sampled_from([b"\n", b"\r\n", b"{}", b'{"a":1}', b" ", b"\xff", b"x" * 9, "é".encode()]), max_size=40
)


def read(blocks: list[bytes], longest: int = LONGEST) -> list[Line]:
    reader = NdjsonReader(longest)
    return [*(line for block in blocks for line in reader.feed(block)), *reader.end()]


@given(pieces, st.data())
def test_the_lines_do_not_depend_on_the_blocks(parts: list[bytes], data: st.DataObject) -> None:
    content = b"".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(content)), max_size=10)))
    blocks = [content[start:end] for start, end in zip([0, *cuts], [*cuts, len(content)], strict=True)]
    assert read(blocks) == read([content])


@given(pieces)
def test_every_physical_line_is_given_or_blank(parts: list[bytes]) -> None:
    content = b"".join(parts)
    physical = content.split(b"\n")
    expected = [number for number, raw in enumerate(physical, 1) if raw.strip() or len(raw) > LONGEST]
    assert [line.number for line in read([content])] == expected


@given(st.lists(st.binary(max_size=30), max_size=30))
def test_no_more_than_a_line_is_kept(blocks: list[bytes]) -> None:
    reader = NdjsonReader(LONGEST)
    for block in blocks:
        reader.feed(block)
        assert len(reader._rest) <= LONGEST


def test_a_line_too_long_is_a_fault_and_the_file_goes_on() -> None:
    lines = read([b"{}\n" + b"x" * 6, b"x" * 7, b"x" * 50, b"\n{}\n"])
    assert [(line.number, bool(line.faults)) for line in lines] == [(1, False), (2, True), (3, False)]
    assert lines[1].raw == b"63"


def test_a_byte_order_mark_and_carriage_returns_are_no_content() -> None:
    assert [line.raw for line in read([b"\xef\xbb\xbf{}\r\n", b'{"a":1}\r\n'])] == [b"{}", b'{"a":1}']
