"""Every word that the screens show, once: key -> (French, English). Templates hold no text.

A text may hold {names} for values. A counted text has two keys, `key.one` and `key.other`. A label of a code has the key
`label.<family>.<code>`; a code without a label is shown as it is, so that nothing new upstream is hidden.
"""

from typing import Any, Final

from services.console.core.languages import Language
from services.console.core.messages import (
    commissions,
    common,
    demonstration,
    failures,
    files,
    homes,
    hosting,
    labels,
    operations,
    people,
    preferences,
    steering,
    subscriptions,
    territories,
)

_NO_BREAK: Final = (("« ", "«\u00a0"), (" »", "\u00a0»"), (" :", "\u00a0:"), (" ;", "\u00a0;"), (" ?", "\u00a0?"))


def typeset(french: str) -> str:
    """French with the no-break spaces that its punctuation takes."""
    for plain, fixed in _NO_BREAK:
        french = french.replace(plain, fixed)
    return french


_WRITTEN: Final[dict[str, tuple[str, str]]] = {
    **common.MESSAGES,
    **failures.MESSAGES,
    **labels.MESSAGES,
    **territories.MESSAGES,
    **people.MESSAGES,
    **homes.MESSAGES,
    **files.MESSAGES,
    **operations.MESSAGES,
    **hosting.MESSAGES,
    **subscriptions.MESSAGES,
    **preferences.MESSAGES,
    **steering.MESSAGES,
    **commissions.MESSAGES,
    **demonstration.MESSAGES,
}
MESSAGES: Final[dict[str, tuple[str, str]]] = {key: (typeset(fr), en) for key, (fr, en) in _WRITTEN.items()}


def text(key: str, language: Language, **values: Any) -> str:
    """The message of a key. Raises KeyError for an unknown key or a missing value."""
    pair = MESSAGES[key]
    said = pair[1] if language is Language.EN else pair[0]
    return said.format(**values) if values else said


def plural(key: str, count: int, language: Language, **values: Any) -> str:
    """The counted message: in French 0 and 1 are singular, in English 1 alone."""
    one = abs(count) < 2 if language is Language.FR else abs(count) == 1
    return text(f"{key}.{'one' if one else 'other'}", language, count=values.pop("shown", count), **values)


def label(family: str, code: str | None, language: Language) -> str:
    """The words for a code, e.g. label("step", "proposed"). The code itself where it has none."""
    if code is None:
        return text("unknown", language)
    pair = MESSAGES.get(f"label.{family}.{code}")
    if pair is None:
        return code
    return pair[1] if language is Language.EN else pair[0]
