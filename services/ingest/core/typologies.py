"""The ways in which French landlords write the size of a dwelling, and the one that is stored. Pure.

A T1bis has one main room, so it is a T1: what is counted is rooms. "T5+", "6 pièces et plus", T7 and T8 end in
the open-ended sizes T5 and T6; "T3+" means nothing that can be stored.
"""

import re
from typing import Final

from shared.events import Typology
from shared.name_search import plain

ACCEPTED: Final = "T1…T6, F3, T1bis, studio, T5+, « 3 pièces »"
_ONE_ROOM: Final = frozenset({"studio", "studette", "tx", "tx studio", "studio tx", "chambre", "t1 studio"})
_SIZE: Final = re.compile(
    r"(?:t|f|p|type|typologie)? ?(?P<rooms>\d{1,2})(?: ?(?:p|pc|pcs|pieces?|pieces? principales?))?"
    r"(?: ?(?:bis|ter|b))?(?P<open> ?(?:et )?plus)?(?: ?duplex)?"
)
_CANONICAL: Final = {one.value: one for one in Typology}
# A T9 is more often a slip than a dwelling; a real one is given as T6 with its number of rooms.
_LARGEST: Final = 8


def canonical(text: str) -> Typology | None:
    """The typology that a text means, None for one that means none.

    >>> canonical("F3 bis"), canonical("Studio"), canonical("T5+"), canonical("grand")
    (<Typology.T3: 'T3'>, <Typology.T1: 'T1'>, <Typology.T5: 'T5'>, None)
    """
    if text in _CANONICAL:
        return _CANONICAL[text]
    words = plain(text.replace("+", " plus ")[:40])
    if words in _ONE_ROOM:
        return Typology.T1
    found = _SIZE.fullmatch(words)
    rooms = int(found["rooms"]) if found else 0
    if found is None or not 1 <= rooms <= _LARGEST or (found["open"] and rooms < Typology.T5.rooms):
        return None
    return _CANONICAL[f"T{min(rooms, 6)}"]
