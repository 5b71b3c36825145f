"""INSEE's file of movements of communes (`v_mvt_commune_2026.csv`) -> passages of codes.

Each row of the file is one strand of an event: a commune before (`TYPECOM_AV`, `COM_AV`) and one after. Only strands from
commune to commune change what a code means; those of delegated and associated communes tell how a merger was done.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from shared.geography.passages import Passage, PassageKind

# INSEE's `MOD`. Others (10 name, 34, 35, 70, 71, 72) move no commune by themselves.
_KINDS: Final = {
    "20": PassageKind.SPLIT,
    "21": PassageKind.RESTORED,
    "30": PassageKind.SPLIT,
    "31": PassageKind.MERGED,
    "32": PassageKind.MERGED,
    "33": PassageKind.MERGED,
    "34": PassageKind.MERGED,
    "41": PassageKind.RENUMBERED,
    "50": PassageKind.RENUMBERED,
}
_PART_OF: Final = {"COMD": PassageKind.DELEGATED, "COMA": PassageKind.ASSOCIATED}


def passages_of(rows: Iterable[Mapping[str, str]]) -> list[Passage]:
    """Passages by date and code. A row without a date gives a passage without one. Raises ValueError for a bad date."""
    heirs: dict[tuple[str, str], set[str]] = defaultdict(set)
    kinds: dict[tuple[str, str], set[PassageKind]] = defaultdict(set)
    born: set[tuple[str, str]] = set()
    names: dict[tuple[str, str], str] = {}
    for row in rows:
        kind = _KINDS.get(row["mod"])
        day, before, after = row["date_eff"], row["com_av"], row["com_ap"]
        types = (row["typecom_av"], row["typecom_ap"])
        if kind is None:
            continue
        if types[0] == "COM" and (before != after or row.get("libelle_av") != row.get("libelle_ap")):
            names[day, before] = row.get("libelle_av", "")
        if types == ("COM", "COM"):
            heirs[day, before].add(after)
            kinds[day, before].add(kind)
        elif types == ("", "COM"):
            born.add((day, after))
        elif types == ("COM", ""):
            heirs[day, before] |= set()
            kinds[day, before].add(PassageKind.ENDED)
        elif types[0] == "COM" and types[1] in _PART_OF and before == after:
            kinds[day, before].add(_PART_OF[types[1]])
    _join_same_day(heirs)
    absorbing = {(day, after) for (day, before), found in heirs.items() for after in found if after != before}
    passages = [
        Passage(
            _date(day),
            _told(kinds[day, before], before, found),
            before,
            tuple(sorted(found)),
            names.get((day, before), "") if len(found) == 1 or before not in found else "",
        )
        for (day, before), found in heirs.items()
        if found != {before} or (day, before) in absorbing
    ]
    inherited = {(day, after) for (day, _), found in heirs.items() for after in found}
    passages += [Passage(_date(day), PassageKind.CREATED, "", (code,)) for day, code in born - inherited]
    return sorted(passages, key=lambda one: (one.effective_on or date.min, one.before, one.after))


def _join_same_day(heirs: dict[tuple[str, str], set[str]]) -> None:
    """Two steps of one day (merged into a commune that changes its code that very day) become one."""
    for key in heirs:
        day, before = key
        seen = {before}
        while passing := {one for one in heirs[key] - seen if (day, one) in heirs and one not in heirs[day, one]}:
            seen |= passing
            heirs[key] = (heirs[key] - passing) | {one for step in passing for one in heirs[day, step]}


def _told(kinds: set[PassageKind], before: str, after: set[str]) -> PassageKind:
    """The kind that says most: an end or a cut before how a merger was done, that before the merger itself."""
    if len(after) > 1:
        return PassageKind.RESTORED if PassageKind.RESTORED in kinds else PassageKind.SPLIT
    order = (
        PassageKind.ENDED,
        PassageKind.DELEGATED,
        PassageKind.ASSOCIATED,
        PassageKind.RENUMBERED,
        PassageKind.MERGED,
        PassageKind.RESTORED,
        PassageKind.SPLIT,
    )
    found = next(kind for kind in order if kind in kinds)
    if after == {before} and found in {PassageKind.DELEGATED, PassageKind.ASSOCIATED}:
        return PassageKind.MERGED  # the seat of the merger goes on under its own code
    return found


def _date(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
