"""Formulas of the declared indicators: what docs/indicators.md shows is what is computed.

A formula is an arithmetic expression over named amounts, each an array over places. nan is the unknown and spreads; a
division by nothing is unknown, never 0. Functions: `max(a, b)`, `min(a, b)`, `if_positive(a, then, otherwise)`,
`share(part, whole)` (0 where the whole is 0), `median(counter, …)` of the middle of bands (see `banded_median`), and the
constant `unknown`.
"""

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Amount = Callable[[str], Array]
_Term = Callable[[Amount], Array]


class FormulaInvalid(ValueError):
    """Not an expression of the language above; the message says what is not."""


@dataclass(frozen=True)
class Formula:
    """A formula that was read. `reads`: the amounts that it names, in order."""

    text: str
    reads: tuple[str, ...]
    _term: _Term

    def __call__(self, amount: Amount) -> Array:
        return self._term(amount)


def read_formula(text: str, tops: Sequence[float] = ()) -> Formula:
    """Reads a formula. `tops`: upper ends of the bands of `median`, growing. Raises FormulaInvalid."""
    try:
        tree = ast.parse(text, mode="eval").body
    except SyntaxError as error:
        raise FormulaInvalid(f"{text!r}: {error.msg}") from error
    names: dict[str, None] = {}
    term = _term_of(tree, names, tuple(tops))
    return Formula(text, tuple(names), term)


def _term_of(node: ast.expr, names: dict[str, None], tops: tuple[float, ...]) -> _Term:
    def below(inner: ast.expr) -> _Term:
        return _term_of(inner, names, tops)

    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return partial(_constant, float(number))
        case ast.Name(id="unknown"):
            return partial(_constant, np.nan)
        case ast.Name(id=name):
            names[name] = None
            return lambda amount: amount(name)
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return partial(_divided, below(left), below(right))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return partial(_applied, _OPERATORS[type(op)], (below(left), below(right)))
        case ast.Call(func=ast.Name(id="median"), args=args, keywords=[]) if len(args) == len(tops) + 1:
            return partial(_applied, partial(banded_median, tops), tuple(map(below, args)))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if len(args) == _ARITY.get(name):
            return partial(_applied, _FUNCTIONS[name], tuple(map(below, args)))
    raise FormulaInvalid(f"{ast.unparse(node)!r} is no part of a formula")


def _constant(number: float, amount: Amount) -> Array:  # noqa: ARG001
    return np.array(number)


def _applied(function: Callable[..., Array], terms: tuple[_Term, ...], amount: Amount) -> Array:
    return function(*(term(amount) for term in terms))


def _divided(part: _Term, whole: _Term, amount: Amount) -> Array:
    divisor = whole(amount)
    divided: Array = part(amount) / np.where(divisor > 0, divisor, np.nan)
    return divided


def _if_positive(condition: Array, then: Array, otherwise: Array) -> Array:
    chosen: Array = np.where(condition > 0, then, otherwise)
    return np.where(np.isnan(condition), np.nan, chosen)


def _share(part: Array, whole: Array) -> Array:
    return _if_positive(whole, part / np.where(whole > 0, whole, 1.0), np.array(0.0))


def banded_median(tops: tuple[float, ...], *bands: Array) -> Array:
    """Median of values counted in bands: 0 to the first top, …, and the last band above all of them, where the median
    reads as the last top. Within a band values are taken as evenly spread. Unknown without any value."""
    counts = np.vstack(np.broadcast_arrays(*bands))
    total = counts.sum(axis=0)
    half = total / 2.0
    reached = counts.cumsum(axis=0)
    band = np.argmax(reached >= half, axis=0)
    column = np.arange(counts.shape[1])
    before = np.where(band > 0, reached[band - 1, column], 0.0)
    inside = counts[band, column]
    ends = np.array([0.0, *tops, tops[-1]])
    low, high = ends[band], ends[band + 1]
    median = low + (high - low) * (half - before) / np.where(inside > 0, inside, 1.0)
    return np.where(total > 0, median, np.nan)


_OPERATORS: Final[Mapping[type[ast.operator], Callable[[Array, Array], Array]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
}
_FUNCTIONS: Final[Mapping[str, Callable[..., Array]]] = {
    "max": np.maximum,
    "min": np.minimum,
    "if_positive": _if_positive,
    "share": _share,
}
_ARITY: Final = {"max": 2, "min": 2, "if_positive": 3, "share": 2}
