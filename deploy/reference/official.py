"""Reading an official file as it is published: which layout it has is told by its columns, not by its name.

Traps that every reader of these files meets: a BOM, `;` or `,` or `|`, windows-1252, title rows above the header, codes
that a spreadsheet took for numbers (01001 -> 1001), and secrets written `s`, `*`, `nd` or left empty.
"""

import csv
import hashlib
import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Final, NamedTuple

from deploy.reference.workbooks import sheets_of

LAYOUTS: Final[dict[str, frozenset[str]]] = {
    "cog": frozenset({"typecom", "com", "reg", "dep", "libelle", "comparent"}),
    "movements": frozenset({"mod", "date_eff", "typecom_av", "com_av", "typecom_ap", "com_ap"}),
    "populations": frozenset({"com", "pmun"}),
    "points": frozenset({"code_officiel_commune", "latitude", "longitude"}),
    "epci-dgcl": frozenset({"siren", "raison_sociale", "nature_juridique", "insee"}),
    "epci-insee": frozenset({"codgeo", "epci", "libepci"}),
    "zones-insee": frozenset({"codgeo", "ze2020", "libze2020"}),
    "zones-list": frozenset({"codgeo", "codze2020", "libze2020"}),
    "bassins": frozenset({"codgeo", "codbe", "libbe"}),
    "postal": frozenset({"code_commune_insee", "code_postal"}),
    "rome-v4": frozenset({"code_rome", "libelle_rome", "code_rome_parent"}),
    "rpls": frozenset({"depcom_arm", "nb_vacants", "nb_ls"}),
    "bmo": frozenset({"code_metier_bmo", "dept", "met", "xmet", "smet"}),
    "dares-tensions": frozenset({"rome", "cbassin", "oee", "defm_abc", "ind_tension_d"}),
    "sne": frozenset({"code_epci", "nb_demandes", "nb_attributions"}),
    "bpe": frozenset({"depcom", "typequ"}),
    "bpe-melodi": frozenset({"geo", "geo_object", "facility_type", "obs_value"}),
    "apl": frozenset({"code_commune_insee", "apl_aux_medecins_generalistes"}),
    "data-inclusion": frozenset({"source", "id", "code_insee"}),
    "action-coeur-de-ville": frozenset({"insee_com", "id_acv"}),
}
# Layouts whose columns carry a year: each pattern has to fit a column.
YEARLY_LAYOUTS: Final[dict[str, tuple[str, ...]]] = {
    "lovac": (r"codgeo(_\d\d)?", r"pp_vacant_plus_2ans_\d\d", r"(?:ff_)?pp_total_\d\d"),
    "population-series": (r"codgeo", r"p\d\d_pop"),
}
# INSEE puts a title, a unit and a date above the header.
_HEADER_WITHIN: Final = 12
_LARGEST_BYTES: Final = 200_000_000
_WHOLE: Final = re.compile(r"(\d{1,12})(?:[.,]0+)?", re.ASCII)
_DECIMAL: Final = re.compile(r"\d{1,12}(?:\.\d{1,20})?", re.ASCII)
_SECRET: Final = frozenset({"", "s", "*", "nd", "n.d.", "c", "ns", "na"})


# What damaged archives and texts raise while they are read; an OfficialFileError is a ValueError.
UNREADABLE: Final = (
    ValueError,
    LookupError,
    csv.Error,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    RuntimeError,
    OSError,
)


class OfficialFileError(ValueError):
    """A file that is not what was expected; the message says what is, in French."""


class Official(NamedTuple):
    """A file that was recognised. `rows` have the plain names of columns (`plain_name`) and stripped cells."""

    name: str
    layout: str
    rows: list[dict[str, str]]
    sha256: str


def read_official(path: Path) -> Official:
    """The rows of an official file. Raises OfficialFileError for one that no layout fits."""
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise OfficialFileError(f"{path.name} : plus de {_LARGEST_BYTES // 1_000_000} Mo")
        content = path.read_bytes()
    except OSError as error:
        raise OfficialFileError(f"{path} : {error.strerror or error}") from error
    tables = sheets_of(io.BytesIO(content)) if content[:2] == b"PK" else _texts(content)
    try:
        found = next((found for table in tables if (found := _laid_out(table)) is not None), None)
    except UNREADABLE as error:
        raise OfficialFileError(f"{path.name} : {error}") from error
    if found is not None:
        layout, rows = found
        if not rows:
            raise OfficialFileError(f"{path.name} : aucune ligne sous l'en-tête")
        return Official(path.name, layout, rows, hashlib.sha256(content).hexdigest())
    told = {name: sorted(columns) for name, columns in LAYOUTS.items()} | YEARLY_LAYOUTS
    known = " ; ".join(f"{name} ({', '.join(columns)})" for name, columns in told.items())
    raise OfficialFileError(f"{path.name} : aucun format officiel reconnu à ses colonnes. Connus : {known}")


def plain_name(column: str) -> str:
    """A column's name without BOM, accents, case, `#` and spaces: "#Code_commune_INSEE" -> "code_commune_insee"."""
    decomposed = unicodedata.normalize("NFKD", column.lstrip("\ufeff"))
    text = "".join(c for c in decomposed if not unicodedata.combining(c)).strip().lstrip("#").strip().lower()
    return "_".join(text.split())


def padded(code: str, length: int) -> str:
    """A code with the leading zeros that a spreadsheet took away; `2A…` and `2B…` are left as they are."""
    return code.zfill(length) if code.isdigit() else code.upper()


def figure(cell: str) -> int | None:
    """A whole number as official files write it ("1 234", "12,0"); None for a secret or an empty cell.

    Raises ValueError for anything else: an unreadable figure is not a secret.
    """
    text = cell.strip().lower()
    if text in _SECRET:
        return None
    found = _WHOLE.fullmatch(text.replace("\u202f", "").replace("\xa0", "").replace(" ", ""))
    if found is None:
        raise ValueError(f"« {cell[:40]} » n'est pas un nombre entier positif")
    return int(found.group(1))


def decimal(cell: str) -> float | None:
    """A number with decimals as official files write it ("12,5", "1 234.0"); None for a secret or an empty cell.

    Raises ValueError for anything else, and for a negative one.
    """
    text = cell.strip().lower()
    if text in _SECRET:
        return None
    plain = text.replace("\u202f", "").replace("\xa0", "").replace(" ", "").replace(",", ".")
    if not _DECIMAL.fullmatch(plain):
        raise ValueError(f"« {cell[:40]} » n'est pas un nombre positif")
    return float(plain)


def _texts(content: bytes) -> Iterator[Iterator[list[str]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    beginning = text[:4000]
    delimiter = max(";,|\t", key=beginning.count)
    yield csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)


def _laid_out(table: Iterator[list[str]]) -> tuple[str, list[dict[str, str]]] | None:
    for _, header in zip(range(_HEADER_WITHIN), table, strict=False):
        columns = [plain_name(cell) for cell in header]
        layout = _layout_of(columns)
        if layout is not None:
            return layout, [
                {column: cell.strip() for column, cell in zip_longest(columns, row[: len(columns)], fillvalue="")}
                for row in table
                if any(cell.strip() for cell in row)
            ]
    return None


def _layout_of(columns: list[str]) -> str | None:
    for layout, needed in LAYOUTS.items():
        if needed <= set(columns):
            return layout
    for layout, patterns in YEARLY_LAYOUTS.items():
        if all(any(re.fullmatch(pattern, column) for column in columns) for pattern in patterns):
            return layout
    return None
