"""Finding what a person meant by a name: exact, then by its beginning, then by a word in it, then by likeness."""

import difflib
import re
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

_LONGEST_TEXT: Final = 80
_LIKE: Final = 0.8


def plain(name: str) -> str:
    """A name without accents, case and punctuation: « L'Île-d'Yeu » -> "l ile d yeu"."""
    decomposed = unicodedata.normalize("NFKD", name.replace("œ", "oe").replace("Œ", "oe"))
    letters = "".join(c for c in decomposed if not unicodedata.combining(c)).lower()
    return " ".join(re.findall(r"[a-z0-9]+", letters))


class NameIndex:
    """Names with their codes and a weight (say, population) that orders those that fit equally well."""

    def __init__(self, entries: Iterable[tuple[str, str, float]]) -> None:
        """`entries`: (name, code, weight)."""
        self._entries = sorted((plain(name), -weight, code) for name, code, weight in entries)
        self._names = [name for name, _, _ in self._entries]
        self._by_beginning: dict[str, list[int]] = defaultdict(list)
        for position, name in enumerate(self._names):
            self._by_beginning[name[:2]].append(position)

    def find(self, text: str, limit: int) -> list[str]:
        """Codes of the best kind of fit found, heaviest first; at most `limit`, none for a text under 3 letters."""
        wanted = plain(text[:_LONGEST_TEXT])
        if len(wanted) < 3 or wanted.replace(" ", "").isdigit():
            return []
        found = self._beginning_with(wanted)
        exact = [position for position in found if self._names[position] == wanted]
        positions = exact or found or self._holding(wanted)
        if positions:
            return [code for _, code in sorted(self._entries[position][1:] for position in positions)[:limit]]
        return [self._entries[position][2] for position in self._resembling(wanted)[:limit]]

    def _beginning_with(self, wanted: str) -> list[int]:
        first = bisect_left(self._names, wanted)
        after = bisect_left(self._names, wanted + "\x7f", lo=first)
        return list(range(first, after))

    def _holding(self, wanted: str) -> list[int]:
        return [position for position, name in enumerate(self._names) if f" {wanted}" in name]

    def _resembling(self, wanted: str) -> list[int]:
        """Most alike first. Comparing letter by letter is slow: only names of a like length that begin alike."""
        matcher = difflib.SequenceMatcher(b=wanted, autojunk=False)
        alike: list[tuple[float, int]] = []
        for position in self._by_beginning.get(wanted[:2], ()):
            if abs(len(self._names[position]) - len(wanted)) <= 3:
                matcher.set_seq1(self._names[position])
                if matcher.quick_ratio() >= _LIKE and (ratio := matcher.ratio()) >= _LIKE:
                    alike.append((-ratio, position))
        return [position for _, position in sorted(alike)]
