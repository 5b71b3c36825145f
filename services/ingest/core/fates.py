"""The fate of each line of a file, packed by chunk, and the counts of a run. Pure."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Final

import msgspec


class Fate(StrEnum):
    """End of a line. The order is kept in stored runs: add at the end."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SUPERSEDED = "superseded"  # an observation more recent than this one is already known
    REJECTED = "rejected"
    IGNORED = "ignored"  # well understood, and nothing that is published: a dwelling that is let
    WITHDRAWN = "withdrawn"  # absent from a full list: no line of its own

    @property
    def bit(self) -> int:
        """For the set of fates that a chunk holds."""
        return 1 << _FATES.index(self)

    def label(self, lang: str) -> str:
        """The word for people, in "fr" or "en"."""
        return _LABELS[self][1 if lang == "en" else 0]


_FATES: Final = tuple(Fate)
_LABELS: Final = {
    Fate.CREATED: ("créée", "created"),
    Fate.UPDATED: ("modifiée", "updated"),
    Fate.UNCHANGED: ("inchangée", "unchanged"),
    Fate.SUPERSEDED: ("devancée", "superseded"),
    Fate.REJECTED: ("rejetée", "rejected"),
    Fate.IGNORED: ("ignorée", "ignored"),
    Fate.WITHDRAWN: ("retirée", "withdrawn"),
}
# Fates that a line may have: a run's `lines` is their sum.
OF_LINES: Final = tuple(fate for fate in Fate if fate is not Fate.WITHDRAWN)


class LineFate(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """What became of one line. `line` is None for a withdrawal by absence; `id` and `version` where an entity is meant.

    `errors` of a rejected line are {field, message} with value and remedy where there are any; `notices` of another tell
    what was understood in another form than given. Both are in the language of who sent the file.
    """

    line: int | None
    fate: Fate
    reference: str | None = None
    id: str | None = None
    version: int | None = None
    errors: list[dict[str, Any]] | None = None
    notices: list[dict[str, Any]] | None = None


_PACK: Final = msgspec.msgpack.Encoder()
_UNPACK: Final = msgspec.msgpack.Decoder(list[LineFate])


def pack(fates: list[LineFate]) -> bytes:
    """A chunk's fates as they are stored."""
    return _PACK.encode(fates)


def unpack(packed: bytes) -> list[LineFate]:
    """The fates of a stored chunk."""
    return _UNPACK.decode(packed)


def held(fates: Iterable[LineFate]) -> int:
    """The set of fates among these, as bits."""
    return sum(fate.bit for fate in {one.fate for one in fates})


def shown(one: LineFate) -> dict[str, Any]:
    """A line's fate as the API shows it."""
    made: dict[str, Any] = {
        "line": one.line,
        "outcome": one.fate.value,
        "reference": one.reference,
        "id": one.id,
        "version": one.version,
    }
    told = {"errors": one.errors, "notices": one.notices}
    return made | {name: what for name, what in told.items() if what is not None}
