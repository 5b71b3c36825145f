"""Official figures for the score, from files as their producers publish them: BMO, DARES, SNE, LOVAC, INSEE, DREES, ANCT.

What a producer keeps secret ("s", "*", empty) stays unknown: no row, never 0. Former codes of communes lead to those of
today; what leads nowhere is told.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from deploy.reference.communes import OUTSIDE
from deploy.reference.draft import Draft
from deploy.reference.official import OfficialFileError, decimal, figure, padded
from shared.geography.atlas import ARRONDISSEMENTS
from shared.official import BASKET, FIGURES, SCHOOLS, STATIONS, Hiring, Tension
from shared.official.figures import SHARES

Rows = Iterable[Mapping[str, str]]
_BASSIN_OF_BMO: Final = re.compile(r"be\d\d")
_POPULATION: Final = re.compile(r"p(\d\d)_pop")
_SIREN: Final = re.compile(r"\d{9}")


def apply_hiring(draft: Draft, rows: Rows) -> None:
    """France Travail's BMO: projects, difficult and seasonal ones, by occupation and bassin. A secret leaves no row."""
    found: list[Hiring] = []
    secret = 0
    for number, row in enumerate(rows, 2):
        column = next((name for name in row if _BASSIN_OF_BMO.fullmatch(name)), None)
        if column is None:
            raise OfficialFileError("BMO : aucune colonne BEnn (code du bassin)")
        counts = [_counted("BMO", number, row[name]) for name in ("met", "xmet", "smet")]
        projects, difficult, seasonal = counts
        if projects is None:
            secret += 1
            continue
        if any(part is not None and part > projects for part in (difficult, seasonal)):
            raise OfficialFileError(f"BMO, ligne {number} : une partie dépasse les {projects} projets")
        departement = row["dept"].zfill(2)
        if departement.startswith(OUTSIDE):
            continue
        found.append(Hiring(padded(row[column], 4), departement, row["code_metier_bmo"], projects, difficult, seasonal))
    draft.hiring = sorted(found, key=lambda one: one[:3])
    draft.notices.append(f"BMO : {secret} lignes secrètes, inconnues et laissées de côté")
    _tell_bassins(draft, "BMO", {one.bassin for one in found})


def apply_tensions(draft: Draft, rows: Rows) -> None:
    """The DARES's tensions by ROME sheet and bassin (5 = high), with seekers (A, B, C) and offers of the year."""
    found: list[Tension] = []
    unknown = 0
    for number, row in enumerate(rows, 2):
        try:
            offers, seekers = decimal(row["oee"]), decimal(row["defm_abc"])
            classes = [figure(row[name]) for name in ("ind_tension_d", "ind_dur_empl_d", "ind_cond_travail_d")]
        except ValueError as error:
            raise OfficialFileError(f"tensions, ligne {number} : {error}") from error
        if any(one is not None and not 1 <= one <= 5 for one in classes):
            raise OfficialFileError(f"tensions, ligne {number} : une classe n'est pas de 1 à 5")
        tension, precarity, conditions = classes
        if offers is None or seekers is None or tension is None:
            unknown += 1
            continue
        found.append(Tension(padded(row["cbassin"], 4), row["rome"], offers, seekers, tension, precarity, conditions))
    draft.tensions = sorted(found, key=lambda one: one[:2])
    if unknown:
        draft.notices.append(f"tensions : {unknown} lignes incomplètes, inconnues et laissées de côté")
    _tell_bassins(draft, "tensions", {one.bassin for one in found})


def apply_demand(draft: Draft, rows: Rows) -> None:
    """The SNE by EPCI: applications in progress and attributions of the year."""
    values: dict[str, dict[str, float]] = {"applications": {}, "attributions": {}}
    strange: list[str] = []
    territories = {one.epci or one.code for one in draft.communes.values()}
    for number, row in enumerate(rows, 2):
        code = row["code_epci"]
        if not _SIREN.fullmatch(code) or code not in territories:
            strange.append(code)
            continue
        for column, name in (("nb_demandes", "applications"), ("nb_attributions", "attributions")):
            counted = _counted("SNE", number, row[column])
            if counted is not None:
                values[name][code] = counted
    draft.figures |= values
    _tell(draft, "SNE : EPCI inconnus", strange)


def apply_private_vacancy(draft: Draft, rows: Rows) -> None:
    """LOVAC by commune: private dwellings, and those vacant for more than two years, of the newest year in the file."""
    rows = list(rows)
    code, lasting, total = (
        _newest(rows[0], what, pattern)
        for what, pattern in (
            ("CODGEO", r"codgeo(?:_(\d\d))?"),
            ("pp_vacant_plus_2ans", r"pp_vacant_plus_2ans_(\d\d)"),
            ("ff_pp_total", r"(?:ff_)?pp_total_(\d\d)"),
        )
    )
    _take(
        draft,
        "LOVAC",
        rows,
        code,
        {
            "private_vacant_2_years": lambda row: figure(row[lasting]),
            "private_dwellings": lambda row: figure(row[total]),
        },
    )


def apply_population_series(draft: Draft, rows: Rows) -> None:
    """INSEE's historical series: the last two censuses of the file, some five or six years apart."""
    rows = list(rows)
    columns = sorted((name for name in rows[0] if _POPULATION.fullmatch(name)), key=_census)
    if len(columns) < 2:
        raise OfficialFileError("séries de population : il faut deux colonnes Pnn_POP")
    start, end = columns[-2:]
    _take(
        draft,
        "séries de population",
        rows,
        "codgeo",
        {"population_start": lambda row: decimal(row[start]), "population_end": lambda row: decimal(row[end])},
    )


def apply_services(draft: Draft, layout: str, rows: Rows) -> None:
    """INSEE's BPE: of each commune the share of the declared basket, whether it has a station, whether it has a school."""
    code, kind, count = (
        ("geo", "facility_type", "obs_value") if layout == "bpe-melodi" else ("depcom", "typequ", "nb_equip")
    )
    heirs_of = _heirs_in(draft)
    present: dict[str, set[str]] = {}
    strange: set[str] = set()
    for number, row in enumerate(rows, 2):
        if layout == "bpe-melodi" and row["geo_object"] != "COM":
            continue
        if _counted("BPE", number, row.get(count, "1")) == 0:
            continue
        heirs = heirs_of(row[code])
        for heir in heirs:
            present.setdefault(heir, set()).add(row[kind])
        if not heirs:
            strange.add(row[code])
    if not any(codes & set().union(*BASKET.values()) for codes in present.values()):
        raise OfficialFileError("BPE : aucun équipement du panier dans le fichier")
    shares = {code: sum(bool(kinds & one) for one in BASKET.values()) / len(BASKET) for code, kinds in present.items()}
    draft.figures["basket"] = {code: round(share, 4) for code, share in shares.items() if share}
    draft.figures["station"] = {code: 1.0 for code, kinds in present.items() if kinds & STATIONS}
    draft.figures["school"] = {code: 1.0 for code, kinds in present.items() if kinds & SCHOOLS}
    _tell(draft, "BPE : communes inconnues", strange)


def apply_gp_access(draft: Draft, rows: Rows) -> None:
    """The DREES's APL: consultations of general practitioners a year and inhabitant, by commune."""
    column = "apl_aux_medecins_generalistes"
    _take(draft, "APL", rows, "code_commune_insee", {"gp_access": lambda row: decimal(row[column])}, mean=True)


def apply_inclusion(draft: Draft, rows: Rows) -> None:
    """data.inclusion: structures by commune, each once."""
    heirs_of = _heirs_in(draft)
    seen: set[tuple[str, str]] = set()
    counts: dict[str, float] = {}
    strange: set[str] = set()
    for row in rows:
        key = (row["source"], row["id"])
        if not row["code_insee"] or key in seen:
            continue
        seen.add(key)
        heirs = heirs_of(row["code_insee"])
        if len(heirs) != 1:
            strange.add(row["code_insee"])
            continue
        counts[heirs[0]] = counts.get(heirs[0], 0.0) + 1.0
    draft.figures["inclusion_structures"] = counts
    _tell(draft, "data.inclusion : communes inconnues", strange)


def apply_city_programme(draft: Draft, rows: Rows) -> None:
    """The ANCT's list of Action cœur de ville. Context only."""
    heirs_of = _heirs_in(draft)
    found: dict[str, float] = {}
    strange: set[str] = set()
    for row in rows:
        heirs = heirs_of(row["insee_com"])
        found |= dict.fromkeys(heirs, 1.0)
        if not heirs:
            strange.add(row["insee_com"])
    draft.figures["acv"] = found
    _tell(draft, "Action cœur de ville : communes inconnues", strange)


def apply_lasting_vacancy(draft: Draft, rows: Rows) -> bool:
    """RPLS by commune with tx_vac3: dwellings vacant for more than three months. Returns whether the file has the rate."""
    rows = list(rows)
    if not rows or "tx_vac3" not in rows[0]:
        return False

    def offered(row: Mapping[str, str]) -> float | None:
        counts = [figure(row.get("nb_loues", "")), figure(row["nb_vacants"])]
        return None if None in counts else float(sum(count or 0 for count in counts))

    def vacant(row: Mapping[str, str]) -> float | None:
        rate, dwellings = decimal(row["tx_vac3"]), offered(row)
        if rate is not None and not 0 <= rate <= 100:
            raise ValueError(f"« {row['tx_vac3']} » n'est pas un pourcentage")
        return None if rate is None or dwellings is None else rate / 100 * dwellings

    _take(draft, "RPLS", rows, "depcom_arm", {"vacant_over_3_months": vacant, "offered_dwellings": offered})
    return True


def follow_figures(draft: Draft) -> None:
    """Figures under the codes of today, after the communes or EPCI have changed. What leads nowhere goes, and it is said."""
    heirs_of = _heirs_in(draft)
    territories = {one.epci or one.code for one in draft.communes.values()}
    lost: set[str] = set()
    for name, values in draft.figures.items():
        found: dict[str, float] = {}
        for code, value in values.items():
            known_epci = (code,) if code in territories else tuple[str, ...]()
            heirs = known_epci if FIGURES[name].by_territory else heirs_of(code)
            if len(heirs) != 1:
                lost.add(code)
                continue
            known = found.get(heirs[0])
            joined = max if name in SHARES else sum
            found[heirs[0]] = value if known is None else joined((known, value))
        draft.figures[name] = found
    _tell(draft, "chiffres officiels sans lieu d'aujourd'hui, laissés de côté", lost)


def _take(
    draft: Draft,
    what: str,
    rows: Rows,
    column: str,
    figures: Mapping[str, Callable[[Mapping[str, str]], float | None]],
    *,
    mean: bool = False,
) -> None:
    """Figures of communes into the draft. Former communes of one of today are added up, or averaged where `mean`."""
    heirs_of = _heirs_in(draft)
    found: dict[str, dict[str, list[float]]] = {name: {} for name in figures}
    strange: set[str] = set()
    for number, row in enumerate(rows, 2):
        heirs = heirs_of(row[column])
        if len(heirs) != 1:
            strange.add(row[column])
            continue
        for name, of in figures.items():
            try:
                value = of(row)
            except ValueError as error:
                raise OfficialFileError(f"{what}, ligne {number} ({row[column]}) : {error}") from error
            if value is not None:
                found[name].setdefault(heirs[0], []).append(value)
    for name, values in found.items():
        draft.figures[name] = {
            code: round(sum(known) / (len(known) if mean else 1), 4) for code, known in values.items()
        }
    _tell(draft, f"{what} : communes inconnues", strange)


def _heirs_in(draft: Draft) -> Callable[[str], tuple[str, ...]]:
    """A look-up: communes of today that a code means; an arrondissement of Paris, Lyon or Marseille stands for itself."""
    current = draft.current()

    def heirs(code: str) -> tuple[str, ...]:
        known = padded(code, 5)
        if known in ARRONDISSEMENTS:
            return (known,)
        return tuple(heir for heir in current(known) if heir in draft.communes)

    return heirs


def _newest(row: Mapping[str, str], what: str, pattern: str) -> str:
    """The column of a year-numbered family with the greatest year."""
    found = [(match.group(1) or "", name) for name in row if (match := re.fullmatch(pattern, name))]
    if not found:
        raise OfficialFileError(f"LOVAC : aucune colonne {what}_nn")
    return max(found)[1]


def _census(column: str) -> int:
    year = int(column[1:3])
    return year + (1900 if year > 60 else 2000)


def _counted(what: str, number: int, cell: str) -> int | None:
    try:
        return figure(cell)
    except ValueError as error:
        raise OfficialFileError(f"{what}, ligne {number} : {error}") from error


def _tell(draft: Draft, what: str, codes: Iterable[str]) -> None:
    strange = sorted({code for code in codes if code and not code.startswith(OUTSIDE)})
    if strange:
        draft.notices.append(f"{what} : {len(strange)} : {', '.join(strange[:10])}")


def _tell_bassins(draft: Draft, what: str, bassins: set[str]) -> None:
    _tell(draft, f"{what} : bassins sans commune, projetés nulle part", bassins - set(draft.bassins))
