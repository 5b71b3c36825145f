"""The ROME 4.0 of France Travail (`unix_referentiel_code_rome_v460_utf8.csv`) -> its codes and their v3 sheets."""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Final, NamedTuple

_FORM: Final = re.compile(r"[A-N]\d{4}")


class RomeV4(NamedTuple):
    """A code of the 4.0, its title, and the v3 sheet that it comes from."""

    code: str
    title: str
    sheet: str


def rome_v4_rows(rows: Iterable[Mapping[str, str]], sheets: Collection[str]) -> list[RomeV4]:
    """Codes in order. `sheets` are the v3 codes.

    Raises ValueError for a code of another form, a code twice, a code without title, and a parent that is no v3 sheet.
    """
    found: dict[str, RomeV4] = {}
    for number, row in enumerate(rows, 1):
        one = RomeV4(row["code_rome"], row["libelle_rome"], row["code_rome_parent"] or row["code_rome"])
        if not _FORM.fullmatch(one.code):
            raise ValueError(f"ligne {number} : « {one.code} » n'est pas un code ROME")
        if one.code in found:
            raise ValueError(f"ligne {number} : le code {one.code} figure deux fois")
        if not one.title:
            raise ValueError(f"ligne {number} : le code {one.code} n'a pas de libellé")
        if one.sheet not in sheets:
            raise ValueError(f"ligne {number} : la fiche {one.sheet} de {one.code} n'est pas dans le ROME v3")
        found[one.code] = one
    return [found[code] for code in sorted(found)]
