"""Text messages: how long they are for a phone, and the body that a provider's HTTP API wants. Pure."""

import json
from collections.abc import Mapping
from typing import Any, Final

# GSM 03.38: one character of the basic alphabet is 7 bits, one of the extension two of them; anything else makes the
# whole message 16-bit.
_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED: Final = frozenset("^{}\\[~]|€\f")
# What typography adds and a phone does without: one such character would more than double the price.
_PLAIN: Final = str.maketrans(
    {"’": "'", "‘": "'", "\u00a0": " ", "\u202f": " ", "…": "...", "–": "-", "—": "-", "«": '"', "»": '"'}
)
FIELDS: Final = ("to", "text", "reference")


def plain(text: str) -> str:
    """The text without typography that only costs; its letters stay."""
    return text.translate(_PLAIN)


def is_gsm7(text: str) -> bool:
    """Whether the text fits the 7-bit alphabet."""
    return all(character in _BASIC or character in _EXTENDED for character in text)


def segments(text: str) -> int:
    """How many messages the text is billed as."""
    if is_gsm7(text):
        units, whole, part = sum(2 if character in _EXTENDED else 1 for character in text), 160, 153
    else:
        units, whole, part = len(text.encode("utf-16-le")) // 2, 70, 67
    return 1 if units <= whole else -(-units // part)


def filled(template: str, values: Mapping[str, str]) -> Any:
    """The JSON body: the template with {to}, {text} and {reference} replaced inside its strings, never outside them."""
    return _filled(json.loads(template), values)


def _filled(part: Any, values: Mapping[str, str]) -> Any:
    if isinstance(part, str):
        for name in FIELDS:
            if part == f"{{{name}}}":
                return values[name]
        # One pass, so that a text that holds "{to}" is not filled again.
        pieces = part.replace("{", "\0{").split("\0")
        return "".join(_piece(piece, values) for piece in pieces)
    if isinstance(part, list):
        return [_filled(one, values) for one in part]
    if isinstance(part, dict):
        return {name: _filled(one, values) for name, one in part.items()}
    return part


def _piece(piece: str, values: Mapping[str, str]) -> str:
    for name in FIELDS:
        mark = f"{{{name}}}"
        if piece.startswith(mark):
            return values[name] + piece[len(mark) :]
    return piece


def at_path(document: Any, path: str) -> str | None:
    """The text or number at a dotted path such as "messages.0.id"; None where there is none."""
    for name in path.split("."):
        if isinstance(document, dict):
            document = document.get(name)
        elif isinstance(document, list) and name.isdecimal() and int(name) < len(document):
            document = document[int(name)]
        else:
            return None
    return str(document) if isinstance(document, str | int) and not isinstance(document, bool) else None
