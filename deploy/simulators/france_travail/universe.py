"""The offers that exist, in the order of their creation: a few numbers an offer, so a national stock takes some 20 MB.

Everything else of an offer follows from the seed, its number and its revision (`facts`). Numbers never change hands.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
import numpy.typing as npt

from deploy.demo.stock import OfferRow

DAY: Final = 86_400
OLDEST_DAYS: Final = 90
MEAN_AGE_DAYS: Final = 18.0
NIGHTLY_SHARE: Final = 0.25  # offers that partners send in one go, in a minute of the night
PARTNER_SHARE: Final = 0.55
MOVED_SHARE: Final = 0.15  # of changed offers, those whose place or occupation changes too
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_NAMES: Final = 26**4


@dataclass
class _Columns:
    """One entry an offer, with room for more."""

    created: npt.NDArray[np.int64]  # unix seconds, ascending
    changed: npt.NDArray[np.int64]  # 0: never
    row: npt.NDArray[np.int32]
    revision: npt.NDArray[np.int32]
    partner: npt.NDArray[np.bool_]
    alive: npt.NDArray[np.bool_]

    def grown(self) -> "_Columns":
        size = max(1024, len(self.created) // 8)
        return _Columns(*(np.concatenate([column, np.zeros(size, column.dtype)]) for column in vars(self).values()))


class Universe:
    """Offers over the rows of a stock. Not for several threads at a time."""

    def __init__(self, rows: Sequence[OfferRow], *, seed: int = 1, as_of: datetime, same_second: int = 0) -> None:
        """`as_of`: the newest offer is created then or before. `same_second`: so many are created in one second."""
        self.seed = seed
        self.rows = tuple(rows)
        self._random = random.Random(seed)  # noqa: S311 - a simulation, no secret
        generator = np.random.default_rng(seed)
        row = np.repeat(np.arange(len(self.rows), dtype=np.int32), [row.offers for row in self.rows])
        size = len(row)
        end = int(as_of.timestamp())
        age = np.minimum(generator.exponential(MEAN_AGE_DAYS, size), OLDEST_DAYS) * DAY
        created = end - age.astype(np.int64)
        nightly = generator.random(size) < NIGHTLY_SHARE
        night = created[nightly] // DAY * DAY + DAY // 12 + generator.integers(0, 60, int(nightly.sum()))
        created[nightly] = np.minimum(night, end)
        if same_second:
            created[generator.choice(size, min(size, same_second), replace=False)] = end - 9 * DAY
        order = np.argsort(created, kind="stable")
        self._size = size
        self._columns = _Columns(
            created[order],
            np.zeros(size, np.int64),
            row[order],
            np.zeros(size, np.int32),
            generator.random(size) < PARTNER_SHARE,
            np.ones(size, np.bool_),
        )
        romes = sorted({one.rome for one in self.rows})
        communes = sorted({one.commune or "" for one in self.rows})
        rome_at, commune_at = ({code: at for at, code in enumerate(codes)} for codes in (romes, communes))
        self.romes, self.communes = tuple(romes), tuple(communes)
        self.row_rome = np.array([rome_at[one.rome] for one in self.rows], np.int32)
        self.row_commune = np.array([commune_at[one.commune or ""] for one in self.rows], np.int32)

    def __len__(self) -> int:
        return self._size

    @property
    def created(self) -> npt.NDArray[np.int64]:
        """Creation times in unix seconds, ascending."""
        return self._columns.created[: self._size]

    @property
    def alive(self) -> npt.NDArray[np.bool_]:
        return self._columns.alive[: self._size]

    @property
    def partner(self) -> npt.NDArray[np.bool_]:
        return self._columns.partner[: self._size]

    @property
    def row(self) -> npt.NDArray[np.int32]:
        return self._columns.row[: self._size]

    def numbers(self) -> Iterator[int]:
        """Offers that exist."""
        return (int(number) for number in np.flatnonzero(self.alive))

    def exists(self, number: int) -> bool:
        return 0 <= number < self._size and bool(self._columns.alive[number])

    def row_of(self, number: int) -> OfferRow:
        return self.rows[int(self._columns.row[number])]

    def revision_of(self, number: int) -> int:
        return int(self._columns.revision[number])

    def moments_of(self, number: int) -> tuple[datetime, datetime | None]:
        """(Creation, last change or None)."""
        changed = int(self._columns.changed[number])
        return (
            datetime.fromtimestamp(int(self._columns.created[number]), UTC),
            datetime.fromtimestamp(changed, UTC) if changed else None,
        )

    def identifier(self, number: int) -> str:
        """As France Travail's own look (three digits, four letters), or a partner's (seven digits)."""
        if self._columns.partner[number]:
            return str(5_000_000 + number)
        letters, rest = "", (number % _NAMES * 7919 + 4711) % _NAMES
        for _ in range(4):
            rest, at = divmod(rest, 26)
            letters = _LETTERS[at] + letters
        return f"{200 + number // _NAMES:03d}{letters}"

    def number_of(self, identifier: str) -> int | None:
        """The number behind an identifier, None where no offer ever had it."""
        if identifier.isdigit():
            number = int(identifier) - 5_000_000
        else:
            rest = 0
            for letter in identifier[3:]:
                rest = rest * 26 + _LETTERS.index(letter)
            number = (int(identifier[:3]) - 200) * _NAMES + (rest - 4711) * pow(7919, -1, _NAMES) % _NAMES
        known = 0 <= number < self._size and self.identifier(number) == identifier
        return number if known else None

    def create(self, at: datetime, amount: int = 1) -> list[int]:
        """New offers, created now where the stock has them."""
        made = []
        for _ in range(amount):
            if self._size == len(self._columns.created):
                self._columns = self._columns.grown()
            number, columns = self._size, self._columns
            columns.created[number] = max(int(at.timestamp()), int(self.created[-1]) if number else 0)
            columns.row[number] = self._random.randrange(len(self.rows))
            columns.partner[number] = self._random.random() < PARTNER_SHARE
            columns.changed[number] = columns.revision[number] = 0
            columns.alive[number] = True
            self._size += 1
            made.append(number)
        return made

    def change(self, at: datetime, amount: int = 1) -> list[int]:
        """Existing offers that change; some move to another place or occupation."""
        chosen = self._some(amount)
        for number in chosen:
            self._columns.revision[number] += 1
            self._columns.changed[number] = int(at.timestamp())
            if self._random.random() < MOVED_SHARE:
                self._columns.row[number] = self._random.randrange(len(self.rows))
        return chosen

    def withdraw(self, amount: int = 1) -> list[int]:
        """Existing offers that end."""
        chosen = self._some(amount)
        for number in chosen:
            self._columns.alive[number] = False
        return chosen

    def withdraw_these(self, numbers: Sequence[int]) -> None:
        self._columns.alive[list(numbers)] = False

    def _some(self, amount: int) -> list[int]:
        """Distinct offers that exist."""
        found: set[int] = set()
        for _ in range(60 * amount):
            if len(found) == amount or not self._size:
                break
            number = self._random.randrange(self._size)
            if self._columns.alive[number]:
                found.add(number)
        return sorted(found)


def some_time_ago(now: datetime) -> datetime:
    """A moment that lies safely before a walk that begins now."""
    return now - timedelta(minutes=5)
