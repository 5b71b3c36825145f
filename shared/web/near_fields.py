"""The known fields that an unknown one was probably meant to be."""

import difflib
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Final, get_args

from pydantic import BaseModel

_LEAST_LIKENESS: Final = 0.7
_LONGEST: Final = 80
_MOST: Final = 3


def near_fields(body: Any, location: Sequence[str]) -> tuple[str, ...]:
    """The places of the known fields that the last part of `location` resembles, three at most.

    `body` is the type at which `location` begins: a model, or a list, union or optional of models. A name that is some of
    the words of a known one resembles it (`capacity`, `capacity_households`), as does one with few letters of difference.
    """
    if not location:
        return ()
    models = list(_models(body))
    for part in location[:-1]:
        models = [deeper for model in models for deeper in _inner(model, part)] or models  # an index leads no deeper
    known = tuple(dict.fromkeys(name for model in models for name in _names(model)))
    return tuple(".".join([*location[:-1], name]) for name in nearest(known, location[-1][:_LONGEST]))


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    else:
        for part in get_args(annotation):
            yield from _models(part)


def _names(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield field.alias or name


def _inner(model: type[BaseModel], part: str) -> Iterator[type[BaseModel]]:
    for name, field in model.model_fields.items():
        if part in {name, field.alias}:
            yield from _models(field.annotation)


@lru_cache(maxsize=1024)  # the same column is unknown on every line of a file
def nearest(known: tuple[str, ...], given: str) -> tuple[str, ...]:
    """Those of the known names that a given one resembles, three at most."""
    words = _words(given)
    partial = [name for name in known if words and words <= _words(name)]
    if 1 <= len(partial) <= _MOST:
        return tuple(partial)
    by_letters = {_letters(name): name for name in known}
    close = difflib.get_close_matches(_letters(given), by_letters, n=1, cutoff=_LEAST_LIKENESS)
    return tuple(by_letters[one] for one in close)


def _words(name: str) -> frozenset[str]:
    """`availableFrom` and `available_from` have the same."""
    return frozenset(re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower().replace("-", "_").split("_")) - {""}


def _letters(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()
