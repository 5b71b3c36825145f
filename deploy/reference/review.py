"""Before and after: what a new pack would change, for a person to judge, and how much is too much to pass unseen."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final, NamedTuple

from deploy.reference.checks import Read
from shared.geography import Geography, distance_km

EXAMPLES: Final = 8
_FAR_KM: Final = 5.0
_Told = Callable[[str], str]


@dataclass(frozen=True)
class Change:
    """One kind of change. `share` is `count` over what there was (0 to 1); above `limit` a person has to say yes."""

    what: str
    count: int
    share: float
    limit: float
    examples: tuple[str, ...] = ()

    @property
    def too_much(self) -> bool:
        return self.share > self.limit


class Review(NamedTuple):
    """`geography_changes`: counts and scores would belong to another generation."""

    changes: tuple[Change, ...]
    geography_changes: bool

    @property
    def too_much(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.too_much)


def reviewed(before: Read, after: Read) -> Review:
    """Every change between two packs; kinds without any are left out. An empty review is the same content."""
    old, new = before.geography, after.geography
    kept = [code for code in old.communes if code in new.communes]
    people = sum(one.population for one in old.communes.values())
    people_after = sum(one.population for one in new.communes.values())
    dwellings = sum(row.social_dwellings or 0 for row in before.social.rows)
    dwellings_after = sum(row.social_dwellings or 0 for row in after.social.rows)
    rome, rome_after = before.occupations.all, after.occupations.all
    # Limits: the largest yearly changes of quiet years, several times over. The waves of 2017 to 2019 would need a yes.
    changes = (
        _gone("communes qui disparaissent", old.communes, new.communes, 0.01, lambda code: _fate(old, new, code)),
        _come("communes qui apparaissent", old.communes, new.communes, 0.01, lambda code: new.communes[code].name),
        _among(
            "communes qui changent de nom",
            kept,
            lambda c: old.communes[c].name != new.communes[c].name,
            0.02,
            lambda c: f"{old.communes[c].name} → {new.communes[c].name}",
        ),
        _among(
            "communes qui changent de territoire",
            kept,
            lambda c: old.territory_of(c) != new.territory_of(c),
            0.01,
            lambda c: f"{_territory(old, c)} → {_territory(new, c)}",
        ),
        _among(
            "communes qui changent de zone d'emploi",
            kept,
            lambda c: old.zone_of(c) != new.zone_of(c),
            0.01,
            lambda c: f"{old.zone_of(c)} → {new.zone_of(c)}",
        ),
        _among(
            "communes qui changent de bassin d'emploi",
            kept,
            lambda c: old.bassin_of(c) != new.bassin_of(c),
            0.02,
            lambda c: f"{old.bassin_of(c)} → {new.bassin_of(c)}",
        ),
        _among(
            "communes qui changent de point de plus de 5 km",
            kept,
            lambda c: _moved(old, new, c),
            0.005,
        ),
        _gone(
            "territoires qui disparaissent", old.territories, new.territories, 0.02, lambda c: old.territories[c].name
        ),
        _come(
            "territoires qui apparaissent", old.territories, new.territories, 0.02, lambda c: new.territories[c].name
        ),
        _gone("zones d'emploi qui disparaissent", old.zones, new.zones, 0.02, lambda c: old.zones[c].name),
        _come("zones d'emploi qui apparaissent", old.zones, new.zones, 0.02, lambda c: new.zones[c].name),
        _gone("bassins qui disparaissent", old.bassins, new.bassins, 0.02, lambda c: old.bassins[c].name),
        _come("bassins qui apparaissent", old.bassins, new.bassins, 0.02, lambda c: new.bassins[c].name),
        _gone("codes postaux qui disparaissent", before.postal, after.postal, 0.02),
        _come("codes postaux qui apparaissent", before.postal, after.postal, 0.02),
        _among(
            "codes postaux qui changent de communes",
            [c for c in before.postal if c in after.postal],
            lambda c: set(before.postal[c]) != set(after.postal[c]),
            0.02,
        ),
        _total("habitants", people, people_after, 0.02),
        _total("logements sociaux", dwellings, dwellings_after, 0.05),
        _come("codes ROME qui apparaissent", rome, rome_after, 0.05, lambda c: rome_after[c].label),
        _among(
            "codes ROME que la 4.0 n'a plus",
            [c for c in rome if c in rome_after],
            lambda c: rome_after[c].valid_until is not None and rome[c].valid_until is None,
            0.02,
            lambda c: rome[c].label,
        ),
        _among(
            "codes ROME qui changent de fiche v3",
            [c for c in rome if c in rome_after],
            lambda c: rome[c].sheet != rome_after[c].sheet,
            0.01,
            lambda c: f"{rome[c].sheet} → {rome_after[c].sheet}",
        ),
        _passages(old, new),
    )
    return Review(tuple(change for change in changes if change.count), old.version != new.version)


def _gone(
    what: str, before: Collection[str], after: Collection[str], limit: float, told: _Told | None = None
) -> Change:
    return _change(what, sorted(code for code in before if code not in after), len(before), limit, told)


def _come(
    what: str, before: Collection[str], after: Collection[str], limit: float, told: _Told | None = None
) -> Change:
    return _change(what, sorted(code for code in after if code not in before), len(before), limit, told)


def _among(
    what: str, codes: Collection[str], changed: Callable[[str], bool], limit: float, told: _Told | None = None
) -> Change:
    return _change(what, [code for code in codes if changed(code)], len(codes), limit, told)


def _change(what: str, codes: list[str], of: int, limit: float, told: _Told | None) -> Change:
    shown = tuple(f"{code} {told(code) if told else ''}".strip() for code in codes[:EXAMPLES])
    return Change(what, len(codes), len(codes) / of if of else float(bool(codes)), limit, shown)


def _total(what: str, before: int, after: int, limit: float) -> Change:
    difference = abs(after - before)
    shown = (f"{before:,} → {after:,}".replace(",", "\u202f"),)
    return Change(f"{what} de plus ou de moins", difference, difference / before if before else 1.0, limit, shown)


def _passages(old: Geography, new: Geography) -> Change:
    """Former codes that lead elsewhere than they did: corrections of the source count as much as new mergers."""
    known = {passage.before for passage in old.passages.all if passage.before}
    return _among(
        "anciens codes qui mènent ailleurs",
        sorted(code for code in known if code not in old.communes),
        lambda code: old.commune_on(code).communes != new.commune_on(code).communes,
        0.02,
        lambda code: _fate(old, new, code),
    )


def _fate(old: Geography, new: Geography, code: str) -> str:
    known = old.communes.get(code)
    heirs = ", ".join(_named(new, heir) for heir in new.commune_on(code).communes)
    return f"{known.name if known else ''} → {heirs or 'rien'}".strip()


def _named(places: Geography, code: str) -> str:
    known = places.communes.get(code)
    return f"{code} {known.name}" if known else code


def _territory(places: Geography, commune: str) -> str:
    return places.territories[places.territory_of(commune)].name


def _moved(old: Geography, new: Geography, code: str) -> bool:
    return distance_km(old.communes[code], new.communes[code]) > _FAR_KM
