"""Moves: what an event changes in one territory, in a form that a million events share.

Most events change the same few thousand things ("one more open offer of M1805, permanent, one opening"), each in a territory
of its own. A move is such a thing: signed amounts by place *below* the territory. It is made, encoded and taken apart once.
"""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any, Final

import msgspec
from msgspec import Raw

from services.scoring.core.counted_events import CountedChange, CountedOffer, CountedVacancy
from services.scoring.core.counters import Counters, Places, deltas
from services.scoring.core.occupation_counters import SEPARATOR, UNLOCATED
from services.scoring.core.vacancy_counters import Kind, counted_kind, kind_of, sums_of
from shared.events import VacancyStatus
from shared.topics import OFFERS, VACANCIES

MAX_KNOWN: Final = 65_536  # moves kept in memory
MAX_REPEATED: Final = 4  # an amount up to this is said by naming its counter as often
_ENCODE: Final = msgspec.json.Encoder().encode
_DECODE: Final = msgspec.json.Decoder(dict[str, Counters]).decode

# Counters by what follows the territory in the name of a place: nothing, or "/" and a letter.
BySuffix = dict[str, Counters]


class Move:
    """`by_suffix`: signed amounts. The same in two parts, for who adds many: `plain` names each counter as often as it
    grows, `other` has the amounts that are negative or large. Two moves are the same only if they are one object."""

    __slots__ = ("by_suffix", "encoded", "other", "plain", "size")

    def __init__(self, by_suffix: BySuffix, encoded: bytes | None = None) -> None:
        self.by_suffix = by_suffix
        value = _ENCODE(by_suffix) if encoded is None else encoded
        self.encoded = Raw(value)
        self.size = len(value)
        plain: list[tuple[str, tuple[str, ...]]] = []
        other: list[tuple[str, Counters]] = []
        for suffix, counters in by_suffix.items():
            names: list[str] = []
            rest: Counters = {}
            for name, amount in counters.items():
                if 0 < amount <= MAX_REPEATED:
                    names += [name] * amount
                else:
                    rest[name] = amount
            if names:
                plain.append((suffix, tuple(names)))
            if rest:
                other.append((suffix, rest))
        self.plain = tuple(plain)
        self.other = tuple(other)

    def __bool__(self) -> bool:
        """Whether anything moves."""
        return bool(self.by_suffix)

    def __repr__(self) -> str:
        return f"Move({self.by_suffix})"


class MoveReader:
    """Bytes to moves; those that came before are known."""

    def __init__(self) -> None:
        self._known: dict[bytes, Move] = {}

    def read(self, encoded: Raw) -> Move:
        """Raises msgspec.ValidationError or msgspec.DecodeError."""
        value = bytes(encoded)
        move = self._known.get(value)
        if move is None:
            move = Move(_DECODE(value), value)
            _keep(self._known, value, move)
        return move


def _keep(known: dict[Any, Move], key: Any, move: Move) -> Move:
    if len(known) >= MAX_KNOWN:
        known.clear()
    known[key] = move
    return move


# All that counts of an offer but where it is.
_counted_of: Final = attrgetter(*(name for name in CountedOffer.__struct_fields__ if name != "commune"))


Moves = Sequence[tuple[str, Move]]


class Mover:
    """Changes to moves by territory, over one geography.

    Moves are remembered by everything that counts of a state but where it is: what is not among the fields of the types
    cannot be counted, so the memory cannot be wrong.
    """

    def __init__(self, places: Places) -> None:
        self._places = places
        self._located: dict[Any, Move] = {}
        self._unlocated: dict[Any, Move] = {}
        self._kinds: dict[Kind, Move] = {}
        self._sums: dict[tuple[str, int], Move] = {}
        self._by_topic: dict[str, Callable[[CountedChange[Any]], Moves]] = {
            OFFERS: self.of_offer,
            VACANCIES: self.of_vacancy,
        }

    def for_topic(self, topic: str) -> Callable[[CountedChange[Any]], Moves]:
        """What turns a version of an entity of the topic into what it changes, by territory; a territory may stand there
        more than once. It raises StateUncountable."""
        return self._by_topic.get(topic, self.of_any)

    def of_any(self, change: CountedChange[Any]) -> Moves:
        """For a change of any kind."""
        by_territory: dict[str, BySuffix] = {}
        for place, counters in deltas(change, self._places):
            territory, separator, rest = place.partition(SEPARATOR)
            by_territory.setdefault(territory, {})[separator + rest] = counters
        return [(territory, Move(by_suffix)) for territory, by_suffix in by_territory.items()]

    def of_offer(self, change: CountedChange[CountedOffer]) -> Moves:
        """For an offer: most of all events."""
        before, after = change.before, change.after
        key: Any
        if before is None:
            if after is None:
                return ()
            territory = self._places.of_commune(after.commune)
            key = _counted_of(after)
        elif after is None:
            territory = self._places.of_commune(before.commune)
            key = _counted_of(before), None
        else:
            territory = self._places.of_commune(after.commune)
            if before.commune != after.commune and self._places.of_commune(before.commune) != territory:
                return self.of_any(change)
            key = _counted_of(before), _counted_of(after)
        known = self._unlocated if territory == UNLOCATED else self._located
        move = known.get(key)
        if move is None:
            made = self.of_any(change)
            move = _keep(known, key, made[0][1] if made else Move({}))
        return ((territory, move),) if move.by_suffix else ()

    def of_vacancy(self, change: CountedChange[CountedVacancy]) -> Moves:
        """For a vacancy. Rent and surface together are hardly ever another's too: of a new one each stands by itself."""
        after = change.after
        if change.before is not None or after is None or after.status is not VacancyStatus.OPEN:
            return self.of_any(change)
        territory = self._places.of_commune(after.commune)
        kind = kind_of(after)
        move = self._kinds.get(kind)
        if move is None:
            move = _keep(self._kinds, kind, Move({"": counted_kind(kind)}))
        found = [(territory, move)]
        for one in sums_of(after):
            name, amount = one
            if amount:
                move = self._sums.get(one)
                if move is None:
                    move = _keep(self._sums, one, Move({"": {name: amount}}))
                found.append((territory, move))
        return found
