"""From the code that somebody wrote to the commune that it means: mergers, splits, restorations and new numbers, by date.

A code can die and come back: Celles (15031) became part of Neussargues-en-Pinatelle (15141) in 2016 and a commune again in
2025. A code alone therefore says what it means only together with a date; without one it is taken as written today.
Where a commune was cut up, all heirs are candidates and none is chosen.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

import msgspec


class PassageKind(StrEnum):
    """How a code changed on a day. Of several on one day, the one that says most of the code's own fate."""

    MERGED = "merged"
    DELEGATED = "delegated"  # into a commune nouvelle, in which it became a commune déléguée
    ASSOCIATED = "associated"  # fusion-association: it became a commune associée
    SPLIT = "split"  # cut up among several communes, or a part of it became a commune
    RESTORED = "restored"  # a merger undone: the commune that had taken it gives it back
    RENUMBERED = "renumbered"  # the same commune under another code (another département, another seat)
    CREATED = "created"  # out of nothing that the source names
    ENDED = "ended"  # left the métropole and the DROM (Saint-Barthélemy, Saint-Martin)


class Passage(msgspec.Struct, frozen=True):
    """What the commune `before` became on `effective_on` (None: the source gives no date).

    `after` are the codes that hold its ground from that day on; `before` itself is among them where it goes on in part.
    Empty `before` is a creation, empty `after` an end. `name` is the one that ended so, with the commune or by a new
    name for the larger one; empty where the source does not tell it.
    """

    effective_on: date | None
    kind: PassageKind
    before: str
    after: tuple[str, ...]
    name: str = ""


class Standing(StrEnum):
    """What a code is on a day."""

    COMMUNE = "commune"
    ARRONDISSEMENT = "arrondissement"  # of Paris, Lyon or Marseille: part of the one commune named
    FORMER = "former"  # one commune holds its ground
    SPLIT = "split"  # several do: candidates, none of them chosen
    NOT_YET = "not_yet"  # a commune that is created later
    OUTSIDE = "outside"  # left the métropole and the DROM
    UNKNOWN = "unknown"


class CommuneOn(msgspec.Struct, frozen=True):
    """The commune, or the candidates, that a code means on a day (`on` None: today's reference).

    `kind`, `effective_on` and `name` tell the passage by which a former code ended; `effective_on` None is an unknown date.
    """

    code: str
    on: date | None
    standing: Standing
    communes: tuple[str, ...]
    kind: PassageKind | None = None
    effective_on: date | None = None
    name: str = ""

    @property
    def commune(self) -> str | None:
        """The code of the one commune; None for none or several."""
        return self.communes[0] if len(self.communes) == 1 else None


# Where the source gives no date: before all that has one, and with an eve.
_LONG_AGO: Final = date.min + timedelta(days=1)
_FAR: Final = date.max


class Passages:
    """Follows codes through time. Immutable. `current` are the communes of today's reference."""

    def __init__(self, passages: Iterable[Passage], current: Mapping[str, object]) -> None:
        self.all = tuple(sorted(passages, key=lambda one: (one.effective_on or _LONG_AGO, one.before, one.after)))
        self._current = current
        self._from: dict[str, list[Passage]] = defaultdict(list)
        self._begins: dict[str, list[date]] = defaultdict(list)
        for passage in self.all:
            if passage.before:
                self._from[passage.before].append(passage)
            for code in passage.after:
                if code != passage.before:
                    self._begins[code].append(passage.effective_on or _LONG_AGO)
        self._today: dict[str, CommuneOn] = {}

    def today(self, code: str) -> CommuneOn:
        """What a code without a date means in today's reference. A dictionary look-up from the second time on."""
        known = self._today.get(code)
        if known is None:
            known = self.on(code)
            if known.standing is not Standing.UNKNOWN:  # texts of strangers would fill the memory
                self._today[code] = known
        return known

    def on(self, code: str, on: date | None = None, *, written_on: date | None = None) -> CommuneOn:
        """What `code` means on the day `on`. `written_on`: a day when it was written, as a valid code; without it, it is
        taken as valid on `on`, else on the last day before on which it was. Only a written day reveals that a commune
        has since given back a part of itself.
        """
        end = on or _FAR
        if written_on is not None and written_on <= end and self._exists(code, written_on):
            return self._followed(code, on, written_on)
        if self._exists(code, end):
            return CommuneOn(code, on, Standing.COMMUNE, (code,))
        ends = [one for one in self._from.get(code, ()) if code not in one.after and _day(one) <= end]
        if ends:
            return self._followed(code, on, _day(ends[-1]) - timedelta(days=1))
        known = code in self._begins or code in self._from or code in self._current
        return CommuneOn(code, on, Standing.NOT_YET if known else Standing.UNKNOWN, ())

    def _followed(self, code: str, on: date | None, since: date) -> CommuneOn:
        """Where the ground that was `code` on the day `since` went until `on`."""
        end = on or _FAR
        held, through, told, day = {code}, {code}, None, since
        while True:
            steps = [step for one in held if (step := self._next(one, day, end)) is not None]
            if not steps:
                break
            day = min(_day(step) for step in steps)
            for step in steps:
                if _day(step) == day and step.after != (step.before,):
                    told = told or step
                    held = (held - {step.before}) | self._heirs(step, code, since, through)
            through |= held
        communes = tuple(sorted(held))
        if communes == (code,):
            return CommuneOn(code, on, Standing.COMMUNE, communes)
        standing = {0: Standing.OUTSIDE, 1: Standing.FORMER}.get(len(communes), Standing.SPLIT)
        if told is None:
            return CommuneOn(code, on, standing, communes)
        return CommuneOn(code, on, standing, communes, told.kind, told.effective_on, told.name)

    def _heirs(self, step: Passage, code: str, since: date, through: set[str]) -> set[str]:
        """The codes of `step.after` in which the ground that was `code` on `since` may lie.

        A restored commune takes back what was its own: everything that went through it, and nothing of the others.
        """
        if step.kind is not PassageKind.RESTORED:
            return set(step.after)
        restored = [one for one in step.after if one != step.before]
        own = [one for one in restored if one in through]
        if own:
            return set(own)
        inside = {one for one in restored if not self._existed_before(one, step)}
        inside |= {one for one in restored if code in self.on(one, since).communes}
        return (set(step.after) - set(restored)) | inside

    def _existed_before(self, code: str, step: Passage) -> bool:
        return any(_day(one) < _day(step) for one in self._from.get(code, ()))

    def _next(self, code: str, after: date, end: date) -> Passage | None:
        """The first passage of a code later than `after`, until `end`."""
        return next((one for one in self._from.get(code, ()) if after < _day(one) <= end), None)

    def _exists(self, code: str, on: date) -> bool:
        """Whether the code was a commune's on a day: by its last change until then, else by what its first one says."""
        stays = [(_day(one), code in one.after) for one in self._from.get(code, ())]
        begins = [(day, True) for day in self._begins.get(code, ())]
        changes = sorted(stays + begins)
        if not changes:
            return code in self._current
        until = [alive for day, alive in changes if day <= on]
        if until:
            return until[-1]
        return changes[0] in stays


def _day(passage: Passage) -> date:
    return passage.effective_on or _LONG_AGO
