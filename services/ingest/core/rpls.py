"""The detail layout of the register of social dwellings (RPLS). Pure.

Source of the codes: arrêté du 5 janvier 2010 relatif à l'alimentation du répertoire des logements locatifs (DEVU0929020A,
as amended), article 3, table 2, and its annex. Names of the columns: the files that the statistical service (SDES)
publishes; newer ones also have FINAN_CODE for FINAN, and likewise for the other coded columns.

What the register does not say, and what therefore is not made up here:
- it has no date of availability: the file needs a column for it, or the vintage, whose 1 January is a day on which a
  dwelling in MODE 2 was offered;
- LOYERPRINC is the rent of the lease in force, 9999 where there is none, so a vacant dwelling often has no rent there: the
  file then needs a column of its own for it;
- the income ceiling of dwellings financed before 1977 hangs on their agreement: only CUS tells it, else it is `other`;
- the codes of PMR_CODE (2026) were found in no text: it is not read, and accessibility stays unknown.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from services.ingest.core import cells
from services.ingest.core.cells import CellUnreadable, Reading
from services.ingest.core.columns import Filled, Ignored, Line, bind_some, missing, nested
from services.ingest.core.faults import Fault, FileRefused
from services.ingest.core.layouts import AS_FOUND, NotSupply, Writing
from services.ingest.core.tabular import Row
from services.ingest.core.vacancy_columns import VACANCY_TABLE
from shared.events import Financing, LandlordKind
from shared.words import Words

OFFERED: Final = "2"
MODES: Final = {
    "1": Words("loué", "let"),
    OFFERED: Words("proposé à la location mais vacant", "offered to let and vacant"),
    "3": Words("vide pour travaux, vente ou démolition", "empty for works, sale or demolition"),
    "4": Words("pris en charge par une association", "run by an association"),
    "5": Words("occupé à un autre titre", "occupied otherwise"),
    "9": Words("sorti du patrimoine", "no longer owned"),
}
# Original financing -> the loan whose income ceilings apply. 11 and 12 follow the ceilings that the arrêté's own list for
# CUS pairs with 11 (PLAI) and the usual assimilation of PLA ordinaire to PLUS, which is custom here, not read in the text.
FINANCING: Final = {
    "10": Financing.PLAI,  # PLA d'intégration
    "11": Financing.PLAI,  # PLA loyer minoré, très social, insertion
    "12": Financing.PLUS,  # PLA ordinaire
    "13": Financing.PLUS,
    "14": Financing.PLS,  # PLS, PPLS, PCLS, PLA CFF
    "15": Financing.OTHER,  # PAP locatif
    "16": Financing.PLI,
    "17": Financing.OTHER,  # PCL
    "49": Financing.OTHER,
    "50": Financing.OTHER,  # HBM
    "51": Financing.OTHER,  # PLR, PSR
    "52": Financing.OTHER,  # HLM/O
    "53": Financing.OTHER,  # ILM
    "54": Financing.OTHER,  # ILN
    "55": Financing.OTHER,  # prêts spéciaux du CFF
    "99": Financing.OTHER,
}
# The ceiling that the landlord's agreement with the State (CUS) sets: it wins over the original financing.
CEILING: Final = {"11": Financing.PLAI, "13": Financing.PLUS, "14": Financing.PLS, "16": Financing.PLI}
RIGHTS: Final = frozenset("12345")
_NO_AMOUNT: Final = frozenset({"999", "9999"})

MODE: Final = "mode"
CUS: Final = "ceiling"
EXTRA_RENT: Final = "rent.extra"
SAVINGS: Final = "rent.savings"


def _coded(values: dict[str, Any]) -> Reading:
    def read(cell: str) -> Any:
        found = cell.strip()
        if not found:
            return None
        # Spreadsheets drop the leading zero of a code and add a decimal to it.
        meant = values.get(found.removesuffix(".0").removesuffix(",0"))
        if meant is None:
            raise _unknown_code(values)
        return getattr(meant, "value", meant)

    return read


def _amount(cell: str) -> float | None:
    return None if cell.strip() in _NO_AMOUNT else cells.decimal(cell)


def _label(cell: str) -> str | None:
    found = cell.strip().upper()
    if cells.is_unknown(cell):
        return None
    if not re.fullmatch("[A-G]", found):
        raise CellUnreadable(
            Words("Étiquette inconnue.", "Unknown label."), Words("A à G, ou vide.", "A to G, or empty.")
        )
    return found


def _floor(cell: str) -> int | None:
    """ETAGE is free text of two signs: what is no number says nothing."""
    try:
        return cells.floor(cell)
    except CellUnreadable:
        return None


COLUMNS: Final[dict[str, tuple[str, Reading]]] = {
    "MODE": (MODE, _coded({code: code for code in MODES})),
    "DEPCOM": ("commune", cells.five_digits),
    "NBPIECE": ("rooms", cells.whole),
    "SURFHAB": ("surface_m2", cells.decimal),
    "ETAGE": ("floor", _floor),
    "FINAN": ("financing", _coded(dict(FINANCING))),
    "CUS": (CUS, _coded(dict(CEILING))),
    "DPEENERGIE": ("dpe", _label),
    "LOYERPRINC": ("rent_eur_per_month", _amount),
    "LOYERACC": (EXTRA_RENT, _amount),
    "CONTRIB": (SAVINGS, _amount),
    "DROIT": ("droit", _coded({code: code for code in RIGHTS})),
}
# Of the layout, and nothing in a vacancy is made of them.
UNUSED: Final = frozenset(
    re.findall(
        r"\w+",
        """CODEPOSTAL LIBCOM NUMVOIE INDREP TYPVOIE NOMVOIE NUMAPPT NUMBOITE ESC COULOIR COMPLIDENT ENTREE BAT IMMEU COMPLGEO
        LIEUDIT QPV TYPECONST CONSTRUCT LOCAT PATRIMOINE ORIGINE FINANAUTRE CONV NUMCONV DATCONV NEWLOGT DPEDATE DPESERRE
        SRU_EXPIR SRU_ALINEA CODSEGPATRIM LIBSEGPATRIM BAIL PMR_CODE ZE2020 X Y REG_CODE DEP_CODE EPCI_CODE""",
    )
)


@dataclass(frozen=True)
class Rpls:
    """The layout. `vintage`: the year on whose 1 January MODE stood, for files without a date of availability.

    Columns that carry a name of our own table (reference, loyer, disponible le…) are read too, and win.
    """

    vintage: int | None = None
    writing: Writing = AS_FOUND

    def bind(self, header: Sequence[str]) -> "BoundRpls":
        """Raises FileRefused: without MODE nothing says which dwellings are vacant."""
        official = {name: position for position, name in enumerate(header) if _official(name) in COLUMNS}
        if MODE not in {COLUMNS[_official(name)][0] for name in official}:
            raise FileRefused(_NO_MODE)
        rest = ["" if name in official or _is_unused(name) else name for name in header]
        named, ignored = bind_some(VACANCY_TABLE, rest)
        own = {one.field for one in named}
        if "rent_eur_per_month" in own:
            own |= {EXTRA_RENT, SAVINGS}  # they belong to LOYERPRINC
        coded = [
            Filled(position, name, field, reading)
            for name, position in official.items()
            for field, reading in [COLUMNS[_official(name)]]
            if field not in own
        ]
        present = own | {one.field for one in coded} | ({"available_from"} if self.vintage else set())
        faults = missing(VACANCY_TABLE, present)
        if faults:
            raise FileRefused(*faults)
        return BoundRpls(tuple(named), tuple(coded), tuple(ignored), self.vintage)


@dataclass(frozen=True)
class BoundRpls:
    """The layout bound to the header of one file."""

    named: tuple[Filled, ...]
    coded: tuple[Filled, ...]
    ignored: tuple[Ignored, ...]
    vintage: int | None

    def read(self, row: Row) -> Line | NotSupply:
        body: dict[str, Any] = {}
        faults: list[Fault] = []
        for column in (*self.coded, *self.named):
            cell = row.cells[column.position]
            try:
                value = column.reading(cell) if cell else None
            except CellUnreadable as error:
                faults.append(Fault(column.header, cell, error.reason, error.remedy))
            else:
                if value is not None:
                    body[column.field] = value
        mode = body.pop(MODE, None)
        if mode is not None and mode != OFFERED:
            return NotSupply(row.line, Words(f"MODE {mode} : {MODES[mode].fr}", f"MODE {mode}: {MODES[mode].en}"))
        if mode is None and not any(_official(fault.field) == "MODE" for fault in faults):
            faults.append(_EMPTY_MODE)
        return Line(row.line, nested(self._vacancy(body, faults)), tuple(faults))

    def _vacancy(self, body: dict[str, Any], faults: list[Fault]) -> dict[str, Any]:
        body.pop("droit", None)
        ceiling, extra, savings = (body.pop(name, None) for name in (CUS, EXTRA_RENT, SAVINGS))
        if ceiling is not None:
            body["financing"] = ceiling
        if "available_from" not in body and self.vintage is not None:
            body["available_from"] = date(self.vintage, 1, 1).isoformat()
        if "rent_eur_per_month" not in body:
            if not any(_official(fault.field) == "LOYERPRINC" for fault in faults):
                faults.append(_NO_RENT)
        elif extra or savings:
            # Both are due with the rent and are no recoverable charge: the household pays them every month.
            body["rent_eur_per_month"] = round(body["rent_eur_per_month"] + (extra or 0) + (savings or 0), 2)
        body.setdefault("landlord_kind", LandlordKind.SOCIAL.value)
        return VACANCY_TABLE.join(body)


def _official(header: str) -> str:
    """FINAN for « finan », FINAN_CODE and the FINAN_red of the older public files."""
    name = header.strip().upper()
    return name if name in UNUSED else re.sub(r"_(CODE|RED)$", "", name)


def _is_unused(header: str) -> bool:
    return _official(header) in UNUSED or header.strip().upper().endswith("_LIBELLE")


def _unknown_code(values: dict[str, Any]) -> CellUnreadable:
    return CellUnreadable(
        Words("Code inconnu du répertoire.", "A code that the register does not know."),
        Words(f"Codes : {', '.join(values)}.", f"Codes: {', '.join(values)}."),
    )


_NO_MODE: Final = Fault(
    "header",
    None,
    Words(
        "Pas de colonne MODE : le fichier ne dit pas quels logements sont vacants.",
        "No column MODE: the file does not say which dwellings are vacant.",
    ),
    Words(
        "Prendre l'export complet du bailleur ; le fichier public n'a pas cette colonne.",
        "Take the landlord's own export; the public file lacks this column.",
    ),
)
_EMPTY_MODE: Final = Fault(
    "MODE",
    "",
    Words("MODE est vide : ce logement est-il vacant ?", "MODE is empty: is this dwelling vacant?"),
    Words(f"Codes : {', '.join(MODES)}.", f"Codes: {', '.join(MODES)}."),
)
_NO_RENT: Final = Fault(
    "LOYERPRINC",
    None,
    Words(
        "Loyer inconnu : le répertoire ne donne que celui d'un bail en cours.",
        "Rent unknown: the register holds that of a lease in force only.",
    ),
    Words("Ajouter au fichier une colonne « loyer ».", "Add a column “loyer” to the file."),
)
