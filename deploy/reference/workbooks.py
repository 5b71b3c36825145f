"""The cells of the sheets of an .xlsx workbook, as text: what official files need, no formulas, dates or styles."""

import re
import zipfile
from collections.abc import Iterator
from typing import IO, Final
from xml.etree import ElementTree

_MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_REFERENCE: Final = re.compile(r"([A-Z]+)\d+")
# An unpacked sheet of 35,000 communes has about 20 MB; a bomb has more.
_LARGEST_PART: Final = 200_000_000
_WIDEST: Final = 200
_PROLOGUE: Final = 2_000


def sheets_of(file: IO[bytes]) -> Iterator[Iterator[list[str]]]:
    """For each sheet, its rows. Raises ValueError for a file that is no workbook, or unreasonably large."""
    try:
        archive = zipfile.ZipFile(file)
    except zipfile.BadZipFile as error:
        raise ValueError("pas un classeur .xlsx") from error
    with archive:
        if any(part.file_size > _LARGEST_PART for part in archive.infolist()):
            raise ValueError("classeur trop grand")
        names = archive.namelist()
        texts = _shared_texts(archive) if "xl/sharedStrings.xml" in names else []
        for name in sorted((n for n in names if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", n)), key=_number):
            with archive.open(name) as part:
                yield _rows(part, texts)


def _number(name: str) -> int:
    return int("".join(c for c in name if c.isdigit()))


def _shared_texts(archive: zipfile.ZipFile) -> list[str]:
    with archive.open("xl/sharedStrings.xml") as part:
        texts = []
        for _, element in _parsed(part):
            if element.tag == f"{_MAIN}si":
                texts.append("".join(found.text or "" for found in element.iter(f"{_MAIN}t")))
                element.clear()
        return texts


def _rows(part: IO[bytes], texts: list[str]) -> Iterator[list[str]]:
    for _, element in _parsed(part):
        if element.tag != f"{_MAIN}row":
            continue
        row: list[str] = []
        for cell in element.iter(f"{_MAIN}c"):
            found = _REFERENCE.match(cell.get("r", ""))
            column = _column(found.group(1)) if found else len(row)
            if column < _WIDEST:
                row += [""] * (column - len(row) + 1)
                row[column] = _text(cell, texts)
        element.clear()
        yield row


def _parsed(part: IO[bytes]) -> Iterator[tuple[str, ElementTree.Element]]:
    """Elements as they end. A document type, without which no entity can be declared, is refused."""
    beginning = part.read(_PROLOGUE)
    if b"<!DOCTYPE" in beginning:
        raise ValueError("classeur avec un DOCTYPE : refusé")
    part.seek(0)
    try:
        yield from ElementTree.iterparse(part)  # noqa: S314 (no document type, and the size is limited)
    except ElementTree.ParseError as error:
        raise ValueError(f"classeur illisible : {error}") from error


def _text(cell: ElementTree.Element, texts: list[str]) -> str:
    kind = cell.get("t")
    if kind == "inlineStr":
        return "".join(found.text or "" for found in cell.iter(f"{_MAIN}t"))
    value = cell.findtext(f"{_MAIN}v") or ""
    if kind == "s":
        return texts[int(value)]
    return value.removesuffix(".0") if kind in {None, "n"} else value


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
