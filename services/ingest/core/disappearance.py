"""The guard against mass disappearance: whether what a full list no longer holds may be withdrawn. Pure.

A full list (a snapshot of offers, a landlord's full file, a complete walk of a feed) says by absence that something is gone.
A truncated export says the same, so a list that would withdraw too much waits for a person. The first rule that applies:

1. nothing is absent: there is nothing to withdraw;
2. some lines had no readable reference: any of them may be one that seems absent, so nothing is withdrawn;
3. everything known is absent: an empty export is likelier than an empty stock, so it waits, however few there are;
4. more are absent than the minimum, and more than the share of what is known: it waits;
5. else the absent are withdrawn.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Verdict(StrEnum):
    """What happens to the absent."""

    PROCEED = "proceed"  # they are withdrawn now
    QUARANTINE = "quarantine"  # they stay until a person confirms
    BLOCKED = "blocked"  # they stay: the list cannot be trusted to say who is absent


class Cause(StrEnum):
    """The rule that gave the verdict."""

    NOTHING_ABSENT = "nothing_absent"
    UNREADABLE_REFERENCES = "unreadable_references"
    EVERYTHING_ABSENT = "everything_absent"
    TOO_MANY_ABSENT = "too_many_absent"
    WITHIN_LIMITS = "within_limits"


@dataclass(frozen=True)
class Guard:
    """The limits: up to `minimum` absences, or up to `max_percent` of what is known, are believed without a person."""

    max_percent: int
    minimum: int


@dataclass(frozen=True)
class Assessment:
    """A verdict with the figures it came from. `known` counts what was live before the list, `absent` those it lacks."""

    verdict: Verdict
    cause: Cause
    known: int
    absent: int
    unreadable: int
    guard: Guard

    @property
    def percent(self) -> float | None:
        """Share of the known that is absent, in percent with one decimal; None where nothing was known."""
        return round(100 * self.absent / self.known, 1) if self.known else None

    def words(self, lang: str, *, waiting: bool = True) -> str:
        """The verdict in a sentence or two for people, in "fr" or "en".

        `waiting` False: it was quarantined and nobody is awaited any more, so that only the figures are told.
        """
        english = lang == "en"
        texts = _WORDS if waiting or self.cause not in _DECIDED_WORDS else _DECIDED_WORDS
        several, one = texts[self.cause]["en" if english else "fr"]
        percent = "0" if self.percent is None else f"{self.percent:g}"
        return (one if self.absent == 1 else several).format_map(
            {
                "absent": self.absent,
                "known": self.known,
                "percent": percent if english else percent.replace(".", ","),
                "max": self.guard.max_percent,
                **(_counted_in_english if english else _counted_in_french)(self.guard.minimum, self.unreadable),
            }
        )


def assess(guard: Guard, *, known: int, absent: int, unreadable: int = 0) -> Assessment:
    """Judges a full list. `unreadable`: its lines of which not even the reference could be read.

    Raises ValueError for counts that cannot be: negative, or more absent than known.
    """
    if not 0 <= absent <= known or unreadable < 0:
        raise ValueError(f"absent {absent} of {known} known, {unreadable} unreadable")
    verdict, cause = _judge(guard, known, absent, unreadable)
    return Assessment(verdict, cause, known, absent, unreadable, guard)


def _judge(guard: Guard, known: int, absent: int, unreadable: int) -> tuple[Verdict, Cause]:
    if absent == 0:
        return Verdict.PROCEED, Cause.NOTHING_ABSENT
    if unreadable:
        return Verdict.BLOCKED, Cause.UNREADABLE_REFERENCES
    if absent == known:
        return Verdict.QUARANTINE, Cause.EVERYTHING_ABSENT
    if absent > guard.minimum and 100 * absent > guard.max_percent * known:
        return Verdict.QUARANTINE, Cause.TOO_MANY_ABSENT
    return Verdict.PROCEED, Cause.WITHIN_LIMITS


def _counted_in_french(minimum: int, unreadable: int) -> dict[str, str]:
    """The parts of a sentence that depend on those counts: in French 0 and 1 are singular."""
    alone = unreadable < 2
    return {
        "withdrawals": f"{minimum} retrait{'' if minimum < 2 else 's'}",
        "lines": f"{unreadable} ligne{'' if alone else 's'}",
        "any": "cette ligne" if alone else "une de ces lignes",
        "them": "cette ligne" if alone else "ces lignes",
    }


def _counted_in_english(minimum: int, unreadable: int) -> dict[str, str]:
    alone = unreadable == 1
    return {
        "withdrawals": f"{minimum} withdrawal{'' if minimum == 1 else 's'}",
        "lines": f"{unreadable} line{'' if alone else 's'}",
        "any": "that line" if alone else "any of them",
        "them": "this line" if alone else "these lines",
    }


_NOTHING: Final = {
    "fr": "Rien ne manque : aucun retrait.",
    "en": "Nothing is missing: nothing is withdrawn.",
}
# (several are absent, one is absent)
_WORDS: Final[dict[Cause, dict[str, tuple[str, str]]]] = {
    Cause.NOTHING_ABSENT: {lang: (text, text) for lang, text in _NOTHING.items()},
    Cause.UNREADABLE_REFERENCES: {
        "fr": (
            "Aucun retrait : la référence de {lines} est illisible, donc {any} peut être l'une des {absent} absentes. "
            "Corrigez {them} et envoyez de nouveau le fichier entier.",
            "Aucun retrait : la référence de {lines} est illisible, donc {any} peut être la seule absente. "
            "Corrigez {them} et envoyez de nouveau le fichier entier.",
        ),
        "en": (
            "Nothing is withdrawn: the reference of {lines} cannot be read, so {any} may be one of the {absent} that seem "
            "absent. Correct {them} and send the whole file again.",
            "Nothing is withdrawn: the reference of {lines} cannot be read, so {any} may be the only one that seems absent. "
            "Correct {them} and send the whole file again.",
        ),
    },
    Cause.EVERYTHING_ABSENT: {
        "fr": (
            "En attente : la liste ne contient aucune des {known} références publiées. Une personne confirme ou refuse "
            "les retraits.",
            "En attente : la liste ne contient pas la seule référence publiée. Une personne confirme ou refuse son retrait.",
        ),
        "en": (
            "Waiting: the list holds none of the {known} published references. A person confirms or rejects the "
            "withdrawals.",
            "Waiting: the list does not hold the only published reference. A person confirms or rejects its withdrawal.",
        ),
    },
    Cause.TOO_MANY_ABSENT: {
        "fr": (
            "En attente : {absent} références publiées sur {known} ({percent} %) sont absentes de la liste, pour une "
            "limite de {max} % et de {withdrawals}. Une personne confirme ou refuse les retraits.",
            "En attente : {absent} référence publiée sur {known} ({percent} %) est absente de la liste, pour une "
            "limite de {max} % et de {withdrawals}. Une personne confirme ou refuse son retrait.",
        ),
        "en": (
            "Waiting: {absent} of {known} published references ({percent} %) are absent from the list; the limits are "
            "{max} % and {withdrawals}. A person confirms or rejects the withdrawals.",
            "Waiting: {absent} of {known} published references ({percent} %) is absent from the list; the limits are "
            "{max} % and {withdrawals}. A person confirms or rejects its withdrawal.",
        ),
    },
    Cause.WITHIN_LIMITS: {
        "fr": (
            "{absent} références publiées sur {known} sont absentes de la liste et sont retirées.",
            "{absent} référence publiée sur {known} est absente de la liste et est retirée.",
        ),
        "en": (
            "{absent} of {known} published references are absent from the list and are withdrawn.",
            "{absent} of {known} published references is absent from the list and is withdrawn.",
        ),
    },
}
_DECIDED_WORDS: Final[dict[Cause, dict[str, tuple[str, str]]]] = {
    Cause.EVERYTHING_ABSENT: {
        "fr": (
            "La liste ne contenait aucune des {known} références publiées.",
            "La liste ne contenait pas la seule référence publiée.",
        ),
        "en": (
            "The list held none of the {known} published references.",
            "The list did not hold the only published reference.",
        ),
    },
    Cause.TOO_MANY_ABSENT: {
        "fr": (
            "{absent} références publiées sur {known} ({percent} %) étaient absentes de la liste, pour une limite de "
            "{max} % et de {withdrawals}.",
            "{absent} référence publiée sur {known} ({percent} %) était absente de la liste, pour une limite de "
            "{max} % et de {withdrawals}.",
        ),
        "en": (
            "{absent} of {known} published references ({percent} %) were absent from the list; the limits are {max} % and "
            "{withdrawals}.",
            "{absent} of {known} published references ({percent} %) was absent from the list; the limits are {max} % and "
            "{withdrawals}.",
        ),
    },
}
