"""Delimited text: whatever the bytes, the blocks and the dialect, the same rows or a reason, and never a crash."""

from typing import Any, Final

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from services.ingest.core.faults import FileRefused
from services.ingest.core.tabular import Limits, Row, RowError, TabularReader

DELIMITERS: Final = [";", ",", "\t", "|"]
LINE_ENDS: Final = ["\n", "\r\n", "\r"]
# With a sample of a few bytes, what small files are cut into counts.
SMALL: Final = Limits(row_bytes=40, row_lines=4, cell_characters=30, columns=20, sample_bytes=8)


def read(data: bytes, *, block: int = 1 << 20, **options: Any) -> tuple[TabularReader, list[Row | RowError]]:
    reader = TabularReader(**options)
    found: list[Row | RowError] = []
    for start in range(0, len(data), block):
        found += reader.feed(data[start : start + block])
    return reader, found + reader.close()


def rows(data: bytes, **options: Any) -> list[tuple[int, tuple[str, ...]]]:
    _, found = read(data, **options)
    assert not [one for one in found if isinstance(one, RowError)], found
    return [(one.line, one.cells) for one in found if isinstance(one, Row)]


def errors(data: bytes, **options: Any) -> list[tuple[int, str]]:
    _, found = read(data, **options)
    return [(one.line, one.fault.reason.en) for one in found if isinstance(one, RowError)]


# Text that Windows-1252 can say, without NUL, which no field takes.
_CELLS = st.text(st.characters(codec="cp1252", exclude_characters="\0"), max_size=12)
_WIDE = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


def _render(table: list[list[str]], delimiter: str, end: str, *, quote_all: bool) -> str:
    """As RFC 4180 has it, with the delimiter and the line ends of other programs."""

    def cell(text: str) -> str:
        if quote_all or text[:1] == " " or any(sign in text for sign in (delimiter, '"', "\n", "\r")):
            return '"' + text.replace('"', '""') + '"'
        return text

    return "".join(delimiter.join(cell(text) for text in row) + end for row in table)


@given(
    table=st.lists(st.lists(_WIDE, min_size=3, max_size=3), max_size=6),
    delimiter=st.sampled_from(DELIMITERS),
    end=st.sampled_from(LINE_ENDS),
    quote_all=st.booleans(),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_is_written_is_read_in_every_dialect(
    table: list[list[str]], delimiter: str, end: str, quote_all: bool, encoding: str
) -> None:
    data = _render([["a", "b", "c"], *table], delimiter, end, quote_all=quote_all).encode(encoding)
    expected = [tuple(row) for row in table if any(cell and not cell.isspace() for cell in row)]
    assert [cells for _, cells in rows(data)] == expected


@given(
    table=st.lists(st.lists(_CELLS, min_size=2, max_size=2), max_size=6),
    delimiter=st.sampled_from(DELIMITERS),
    end=st.sampled_from(LINE_ENDS),
)
def test_windows_1252_is_told_from_utf_8(table: list[list[str]], delimiter: str, end: str) -> None:
    data = _render([["référence", "b"], *table], delimiter, end, quote_all=True).encode("cp1252")
    # « ÂŒ » in Windows-1252 is also a letter in UTF-8: such a line is refused, which another test shows.
    assume(not any(_also_utf8(line) for line in data.splitlines()))
    reader, found = read(data)
    assert reader.dialect.charset == "cp1252"
    expected = [tuple(row) for row in table if any(cell and not cell.isspace() for cell in row)]
    assert [one.cells for one in found if isinstance(one, Row)] == expected


def _also_utf8(line: bytes) -> bool:
    return not line.isascii() and line.decode(errors="ignore").encode() == line


@given(
    data=st.one_of(
        st.binary(max_size=300),
        st.text('ab;,"\n\r \té\0', max_size=300).map(lambda text: text.encode()),
        st.text('a;"\n', max_size=300).map(lambda text: b"x;y\n" + text.encode()),
    ),
    sizes=st.lists(st.integers(1, 50), min_size=1, max_size=30),
    limits=st.sampled_from([SMALL, Limits(sample_bytes=4), Limits()]),
)
@example(data=b'x;y\n"a;1\nb;2\nc;3\n', sizes=[1], limits=SMALL)
@example(data=b"x;y\r\n" + b"a" * 40 + b"\r\nb;2\r\n", sizes=[46, 1], limits=SMALL)
def test_any_bytes_in_any_blocks_give_the_same_result_and_no_crash(
    data: bytes, sizes: list[int], limits: Limits
) -> None:
    def result(blocks: list[bytes]) -> object:
        reader = TabularReader(limits=limits)
        found: list[Row | RowError] = []
        try:
            for block in blocks:
                found += reader.feed(block)
            found += reader.close()
        except FileRefused as refused:
            return [fault.reason for fault in refused.faults]
        return found, reader.dialect, reader.lines, reader.header

    cut: list[bytes] = []
    start = 0
    while start < len(data):
        size = sizes[len(cut) % len(sizes)]
        cut.append(data[start : start + size])
        start += size
    assert result(cut) == result([data])


@settings(max_examples=12)
@given(
    lines=st.lists(st.text('ab;"\n é', max_size=12), max_size=200),
    sizes=st.lists(st.integers(1, 5000), min_size=1, max_size=5),
)
def test_beyond_the_sample_blocks_change_nothing_either(lines: list[str], sizes: list[int]) -> None:
    data = b"x;y\n" + (b"1;" + b"2" * 198 + b"\n") * 340 + "\n".join(lines).encode()
    whole = read(data)[1]
    reader, found, start, turn = TabularReader(), [], 0, 0
    while start < len(data):
        size = sizes[turn % len(sizes)]
        found += reader.feed(data[start : start + size])
        start, turn = start + size, turn + 1
    assert found + reader.close() == whole


@given(data=st.text('a;"\n\r', max_size=200))
def test_every_physical_line_is_a_row_part_an_error_or_blank_and_lines_only_grow(data: str) -> None:
    reader, found = read(b"x;y\n" + data.encode())
    numbers = [one.line for one in found]
    assert numbers == sorted(set(numbers))
    assert all(1 < number <= reader.lines for number in numbers)


def test_line_numbers_are_those_of_an_editor() -> None:
    data = b'\r\nref;note\r\nA;un\r\n\r\nB;"deux\r\nlignes"\r\n;\r\nC;trois'
    assert rows(data) == [(3, ("A", "un")), (5, ("B", "deux\r\nlignes")), (8, ("C", "trois"))]


def test_a_broken_byte_is_an_error_of_its_line_only() -> None:
    data = "référence;ville\nA;Orléans\n".encode() + b"B;Orl\xe9ans\n" + "C;Évreux\n".encode()
    reader, found = read(data)
    assert reader.dialect.charset == "utf-8"
    assert [one.line for one in found if isinstance(one, Row)] == [2, 4]
    (error,) = [one for one in found if isinstance(one, RowError)]
    assert (error.line, error.fault.value) == (3, "0xE9")
    assert error.fault.remedy.fr


def test_a_line_in_utf_8_within_a_windows_1252_file_is_refused_not_garbled() -> None:
    data = "référence;ville\nA;Orléans\n".encode("cp1252") + "B;Orléans\n".encode() + "C;Évreux\n".encode("cp1252")
    assert errors(data) == [(3, "A line in UTF-8 within a file in Windows-1252.")]


def test_a_file_in_ascii_for_long_is_decided_by_its_first_other_line() -> None:
    data = b"ref;ville\n" + b"A;Aurillac\n" * 8000 + "B;Orléans\n".encode("cp1252")
    reader, found = read(data, block=1000)
    assert reader.dialect.charset == "cp1252"
    assert isinstance(found[-1], Row)
    assert found[-1].cells == ("B", "Orléans")


def test_a_stray_quote_costs_its_line_only() -> None:
    data = b'ref;note\nA;"jamais ferme\n' + b"B;1\n" * 60 + b"C;2\n"
    reader, found = read(data)
    assert [one.line for one in found if isinstance(one, RowError)] == [2]
    assert [one.line for one in found if isinstance(one, Row)] == list(range(3, reader.lines + 1))


def test_after_text_behind_a_closing_quote_the_next_line_is_read_for_itself() -> None:
    data = b'ref;note\nA;"open\nB"\nC;"x" y\nD;1\n'
    _, found = read(data)
    assert [(type(one), one.line) for one in found] == [(Row, 2), (RowError, 4), (Row, 5)]
    # Line 2 opens a cell that line 3 closes with text behind it: the mistake is of line 2, line 3 stands alone.
    _, found = read(b'ref;note\nA;"open\nB"oops;2\nC;3\n')
    assert [(type(one), one.line) for one in found] == [(RowError, 2), (Row, 3), (Row, 4)]


def test_a_quote_within_a_cell_is_text_and_one_after_a_quoted_cell_is_an_error() -> None:
    data = b'ref;note\nA;porte 3" gauche\nB;"Les "Lilas""\nC;"Les ""Lilas"""\n'
    _, found = read(data)
    assert [one.cells for one in found if isinstance(one, Row)] == [("A", 'porte 3" gauche'), ("C", 'Les "Lilas"')]
    assert errors(data) == [(3, "Text follows the closing quote.")]


def test_a_space_before_a_quote_is_said() -> None:
    assert errors(b'a;b\nA; "x;y"\n') == [(2, "A space stands before the opening quote.")]


@pytest.mark.parametrize(
    ("line", "reason"),
    [(b"A;1\n", "2 cells instead of 3."), (b"A;1;2;3\n", "4 cells instead of 3."), (b"A;1", "cut")],
)
def test_a_ragged_row_is_an_error(line: bytes, reason: str) -> None:
    ((number, said),) = errors(b"a;b;c\nOK;1;2\n" + line)
    assert number == 3
    assert reason in said


def test_empty_cells_beyond_the_header_do_not_matter() -> None:
    assert rows(b"a;b;;\n1;2;;\n3;4;;;;\n") == [(2, ("1", "2")), (3, ("3", "4"))]


def test_short_rows_are_filled_up_only_when_asked_and_never_the_cut_last_one() -> None:
    data = b"a;b;c\n1\n2;3"
    _, found = read(data, pad_short_rows=True)
    assert found[0] == Row(2, ("1", "", ""))
    assert isinstance(found[1], RowError)


def test_long_lines_are_refused_without_being_kept() -> None:
    reader = TabularReader(limits=Limits(row_bytes=1000))
    found = reader.feed(b"a;b\n" + b"1;2\n" * 20_000)
    for _ in range(2000):
        found += reader.feed(b"x" * 10_000)
        assert len(reader._rest) <= 11_000
    found += reader.feed(b"\n3;4\n")
    found += reader.close()
    assert [(type(one), one.line) for one in found[-2:]] == [(RowError, 20_002), (Row, 20_003)]


def test_a_cell_too_long_is_refused() -> None:
    assert errors(b"a;b\n1;" + b"x" * 31 + b"\n", limits=SMALL) == [(2, "A cell of more than 30 characters.")]


@pytest.mark.parametrize(
    ("data", "about"),
    [
        (b"", "empty"),
        (b"\n\n;;\n", "empty"),
        (b"PK\x03\x04\x14\x00", "Excel workbook"),
        (b"ref;ville;ref\n", "stands twice"),
        (b'"ref;ville\n' + b"A;1\n" * 30, "never closed"),
        (b"\0\0\0\0", "NUL"),
        (b";".join(b"c%d" % number for number in range(600)) + b"\n", "at most 500"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_as_a_whole_with_a_remedy(data: bytes, about: str) -> None:
    with pytest.raises(FileRefused) as refused:
        read(data)
    (fault,) = refused.value.faults
    assert about in fault.reason.en
    assert fault.remedy.fr
    assert fault.remedy.en


@pytest.mark.parametrize("delimiter", DELIMITERS)
def test_the_delimiter_is_told_from_the_header(delimiter: str) -> None:
    data = delimiter.join(["ref", '"loyer, charges; comprises"', "ville"]) + "\n" + delimiter.join("123") + "\n"
    reader, found = read(data.encode())
    assert reader.dialect.delimiter == delimiter
    assert found == [Row(2, ("1", "2", "3"))]


def test_excels_separator_line_counts() -> None:
    reader, found = read(b"sep=,\na,b;c\n1,2;3\n")
    assert reader.header == ("a", "b;c")
    assert found == [Row(3, ("1", "2;3"))]


def test_quotes_that_never_close_do_not_make_reading_slow() -> None:
    # Each line closes the cell of the one before and opens another: what is read again stays bounded.
    _, found = read(b"x;y\n" + b'a";"\n' * 5_000)
    assert len(found) >= 4_900
