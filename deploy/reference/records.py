"""Postal codes (La Poste), social dwellings (RPLS) and the ROME 4.0: tables whose rows stand for themselves."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from deploy.reference.communes import OUTSIDE, most_populous_first
from deploy.reference.draft import Draft
from deploy.reference.figures import apply_lasting_vacancy
from deploy.reference.occupations import rome_v4_rows
from deploy.reference.official import OfficialFileError, figure, padded
from shared.geography.atlas import ARRONDISSEMENTS
from shared.geography.social import SocialRow

Rows = Iterable[Mapping[str, str]]


def apply_postal_codes(draft: Draft, rows: Rows) -> None:
    """La Poste's base officielle: arrondissements lead to their city, former codes to the commune of today."""
    current = draft.current()
    served: dict[str, set[str]] = defaultdict(set)
    unknown: set[str] = set()
    for number, row in enumerate(rows, 2):
        code, postal = padded(row["code_commune_insee"], 5), padded(row["code_postal"], 5)
        if code.startswith(OUTSIDE):
            continue
        if len(postal) != 5 or not postal.isdigit():
            raise OfficialFileError(
                f"codes postaux, ligne {number} : « {row['code_postal']} » n'est pas un code postal"
            )
        heirs = [heir for heir in current(code) if heir in draft.communes]
        served[postal] |= set(heirs)
        if not heirs:
            unknown.add(code)
    if unknown:
        draft.notices.append(f"codes postaux : {len(unknown)} communes inconnues : {', '.join(sorted(unknown)[:10])}")
    draft.postal = {postal: most_populous_first(draft, codes) for postal, codes in served.items() if codes}


def apply_social(draft: Draft, rows: Rows) -> None:
    """RPLS by commune: dwellings and vacant ones; a secret stays unknown. Former codes lead to the commune of today.

    Where the file has `tx_vac3`, lasting vacancy too: what a file without it had is of another year, and goes.
    """
    rows = list(rows)
    if not apply_lasting_vacancy(draft, rows):
        for name in ("vacant_over_3_months", "offered_dwellings"):
            draft.figures.pop(name, None)
        draft.sources = tuple(one for one in draft.sources if one.kind != "rpls-vacancy")
    current = draft.current()
    found: list[SocialRow] = []
    unknown: list[str] = []
    for number, row in enumerate(rows, 2):
        code = padded(row["depcom_arm"], 5)
        heirs = current(code)
        if len(heirs) != 1:
            unknown.append(code)
            continue
        try:
            dwellings, vacant = figure(row["nb_ls"]), figure(row["nb_vacants"])
        except ValueError as error:
            raise OfficialFileError(f"RPLS, ligne {number} ({code}) : {error}") from error
        if dwellings is not None and vacant is not None and vacant > dwellings:
            raise OfficialFileError(f"RPLS, ligne {number} ({code}) : {vacant} vacants pour {dwellings} logements")
        # An arrondissement keeps its own row: its city's figures are the sum.
        kept = code if code in ARRONDISSEMENTS else heirs[0]
        found.append(SocialRow(kept, dwellings, vacant))
    if unknown:
        draft.notices.append(f"RPLS : {len(unknown)} communes sans équivalent : {', '.join(sorted(unknown)[:10])}")
    draft.social = found


def apply_rome(draft: Draft, rows: Rows, vintage: str) -> None:
    """A version of the ROME 4.0. A code that it no longer has is kept, with the version that ended it: old offers name it.

    Raises OfficialFileError for a file that `rome_v4_rows` refuses.
    """
    try:
        listed = rome_v4_rows(rows, draft.sheets())
    except ValueError as error:
        raise OfficialFileError(f"ROME 4.0, {error}") from error
    fresh: dict[str, dict[str, str]] = {}
    for one in listed:
        known = draft.rome_v4.get(one.code)
        since = known["valid_from"] if known is not None and not known["valid_until"] else vintage
        fresh[one.code] = {
            "code": one.code,
            "title": one.title,
            "sheet": one.sheet,
            "valid_from": since,
            "valid_until": "",
        }
    for code, row in draft.rome_v4.items():
        if code not in fresh:
            fresh[code] = row if row["valid_until"] else {**row, "valid_until": vintage}
    draft.rome_v4 = fresh
