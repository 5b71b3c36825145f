"""A small country to try official files on: two départements, three EPCI, one commune that is in none."""

import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from deploy.reference.draft import Area, Draft, Epci
from deploy.reference.store import use, write
from shared.geography import Commune, Passage, PassageKind, geography
from shared.geography.social import SocialRow, social_housing
from shared.occupations import occupations
from shared.official import Hiring, Tension, official_figures
from shared.reference import SHIPPED, Manifest, Pack, Source, opened
from shared.reference.packs import active

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
Save = Callable[..., Path]


def commune(code: str, name: str, epci: str | None, people: int, zone: str = "0051") -> Commune:
    return Commune(code, name, epci, code[:2], "84", people, 45.0 + people / 1e6, 3.0, zone)


def country() -> Draft:
    """01001 and 01002 in one EPCI, 01003 and 15001 in another, 15002 in a third, 15003 alone; 01009 merged into 01001."""
    communes = [
        commune("01001", "Aigues", "200000001", 1000),
        commune("01002", "Brion", "200000001", 300),
        commune("01003", "Culoz", "200000002", 500, "0052"),
        commune("15001", "Dienne", "200000002", 200, "0052"),
        commune("15002", "Ennezat", "200000003", 700),
        commune("15003", "Fontanges", None, 50),
    ]
    return Draft(
        communes={one.code: one for one in communes},
        bassin_of={one.code: "0101" for one in communes},
        epci={
            "200000001": Epci("CC Aigues", "CC", "12.5"),
            "200000002": Epci("CA Culoz", "CA", "30.0"),
            "200000003": Epci("CC Ennezat", "CC", "8.0"),
        },
        zones={"0051": "Nord", "0052": "Sud"},
        bassins={"0101": "CENTRE"},
        departements={"01": Area("Ain", "84", "01001"), "15": Area("Cantal", "84", "15002")},
        regions={"84": Area("Auvergne-Rhône-Alpes", "84", "01001")},
        passages=[
            Passage(date(2015, 1, 1), PassageKind.MERGED, "01001", ("01001",)),
            Passage(date(2015, 1, 1), PassageKind.DELEGATED, "01009", ("01001",)),
        ],
        postal={"01000": ("01001", "01002"), "15000": ("15002",)},
        social=[SocialRow("01001", 40, 2), SocialRow("15002", 8, None)],
        rome_v4={
            code: {"code": code, "title": title, "sheet": sheet, "valid_from": "", "valid_until": ""}
            for code, title, sheet in [("A1101", "Conducteur", "A1101"), ("A1102", "Débardeur", "A1101")]
        },
        figures={"acv": {"01001": 1.0}},
        hiring=[Hiring("0101", "01", "A0X40", 40, 20, None)],
        tensions=[Tension("0101", "A1101", 120.0, 90.0, 5, 4, 1)],
        kept={
            "occupations/rome.csv": b"code,label\nA1101,Engins agricoles\n",
            "occupations/related.csv": b"code,related,bassins_listing_it,bassins\n",
        },
        sources=(Source("rome", "ROME", "France Travail", "4.0 v460", "Licence Ouverte 2.0", "made for a test"),),
    )


@pytest.fixture
def draft() -> Draft:
    return country()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "reference"


@pytest.fixture
def base(folder: Path) -> Pack:
    """The small country as a version on disk."""
    from deploy.reference.checks import read_tables

    made = country()
    tables = made.tables()
    version = read_tables(tables, "4.0 v460").geography.version
    nothing = Pack(Manifest(SHIPPED, {}, (), "", None, None), None)
    return write(folder, nothing, tables, made.sources, version, NOW)


@pytest.fixture
def in_use(base: Pack, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Pack:
    """The small country in use by this process."""
    monkeypatch.setenv("ANCRAGE_REFERENCE", str(folder))
    use(folder, base.version)
    active.cache_clear()
    return opened(base.version, folder)


def forget() -> None:
    """As a new process would: nothing has been read yet."""
    for read in (active, geography, occupations, social_housing, official_figures):
        read.cache_clear()


@pytest.fixture(autouse=True)
def _own_pack() -> Iterator[None]:
    """Every test leaves the shipped pack to the next one."""
    yield
    active.cache_clear()


@pytest.fixture
def services(in_use: Pack) -> Iterator[Pack]:
    """The small country, read by the code of the services as after a restart."""
    forget()
    yield in_use
    forget()


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Writes a file as somebody would have exported it."""

    def put(name: str, text: str | bytes, encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return path

    return put


def workbook(rows: list[list[str | int]], *, prologue: str = "") -> bytes:
    """A small .xlsx: numbers as numbers, texts as shared texts, empty cells left out."""
    texts: list[str] = []
    lines = []
    for number, row in enumerate(rows, 1):
        cells = []
        for position, value in enumerate(row):
            where = f"{chr(65 + position)}{number}"
            if isinstance(value, int):
                cells.append(f'<c r="{where}"><v>{value}</v></c>')
            elif value:
                texts.append(value)
                cells.append(f'<c r="{where}" t="s"><v>{len(texts) - 1}</v></c>')
        lines.append(f'<row r="{number}">{"".join(cells)}</row>')
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    sheet = (
        f'<?xml version="1.0"?>{prologue}<worksheet xmlns="{space}"><sheetData>{"".join(lines)}</sheetData></worksheet>'
    )
    shared = f'<sst xmlns="{space}">{"".join(f"<si><t>{escape(text)}</t></si>" for text in texts)}</sst>'
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
        archive.writestr("xl/sharedStrings.xml", shared)
    return target.getvalue()
