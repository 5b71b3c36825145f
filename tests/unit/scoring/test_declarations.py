"""What a declaration may say, and that each indicator moves as it declares, against the raw counts."""

import tomllib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scoring.adapters.references import shipped_reference
from services.scoring.core.formulas import Amount, FormulaInvalid, read_formula
from services.scoring.core.indicators import (
    COMPUTED,
    FILE,
    INDICATORS,
    READABLE,
    SCORED,
    Block,
    DeclarationInvalid,
    Direction,
    Indicator,
    Role,
    read_indicators,
)

REFERENCE = shipped_reference()
WRITTEN: dict[str, Any] = tomllib.loads(FILE.read_text(encoding="utf-8"))
PLAIN: dict[str, Any] = {
    "name": "made_up",
    "label": {"fr": "Indicateur inventé", "en": "Made-up indicator"},
    "block": "housing",
    "formula": "open_vacancies / social_dwellings",
    "source": "flux",
    "unit": {"fr": "part", "en": "share"},
    "direction": "up",
    "weight": 1.0,
    "sample": "social_dwellings",
    "minimum_sample": 5,
    "sample_of": "logements",
    "raised_by": ["open_vacancies"],
    "lowered_by": ["social_dwellings"],
    "cautions": [{"fr": "Inventé.", "en": "Made up."}],
}


def amounts(values: dict[str, float]) -> Amount:
    return lambda name: np.array([values.get(name, 0.0)])


def base_of(indicator: Indicator) -> dict[str, float]:
    """Amounts that give the indicator a value well inside its range: parts smaller than their wholes."""
    counts = dict.fromkeys(READABLE, 400.0)
    counts |= {
        "commitments_capacity_unknown": 0.0,
        "committed": 10.0,
        "households_taken": 100.0,
        "population": 50_000.0,
    }
    for name in ("unconfirmed_15", "unconfirmed_30", "dpe_fg", "effort_bearable", "durable_offers", "offers_licence"):
        counts[name] = 40.0
    for name in ("difficult_projects", "seasonal_projects", "vacant_over_3_months", "vacant_social_dwellings"):
        counts[name] = 8.0
    counts |= {"social_dwellings": 9_000.0, "inclusion_structures": 50.0, "services_population": 800.0}
    return counts


def goodness(indicator: Indicator, values: dict[str, float]) -> float:
    """What the score sees, before any quantile: the capped value, in its declared direction."""
    raw = float(indicator.value(amounts(values))[0])
    capped = raw if indicator.cap is None else min(raw, indicator.cap)
    return capped if indicator.direction is Direction.UP else -capped


MOVES = [(one.name, count, 1) for one in SCORED for count in one.raised_by]
MOVES += [(one.name, count, -1) for one in SCORED for count in one.lowered_by]
NAMED = {one.name: one for one in INDICATORS}


@pytest.mark.parametrize(("name", "count", "way"), MOVES)
def test_each_count_moves_the_score_as_declared(name: str, count: str, way: int) -> None:
    indicator = NAMED[name]
    before = base_of(indicator)
    after = before | {count: before[count] * 1.5 + 1}
    assert way * goodness(indicator, after) > way * goodness(indicator, before)


@settings(max_examples=150, deadline=None)
@given(data=st.data(), move=st.sampled_from(MOVES))
def test_no_count_ever_moves_a_rank_against_its_declaration(data: st.DataObject, move: tuple[str, str, int]) -> None:
    name, count, way = move
    indicator = NAMED[name]
    before = {read: float(data.draw(st.integers(0, 500), label=read)) for read in indicator.inputs}
    after = before | {count: before.get(count, 0.0) + data.draw(st.integers(1, 300), label="more")}
    if name not in REFERENCE.quantiles and indicator.scale == "rank":
        low, high = goodness(indicator, before), goodness(indicator, after)
    else:
        low, high = (
            float(REFERENCE.rank(indicator, indicator.value(amounts(values)))[0]) for values in (before, after)
        )
    if not (np.isnan(low) or np.isnan(high)):
        assert way * (high - low) >= -1e-9


def test_everything_that_counts_declares_what_raises_and_what_lowers_it() -> None:
    for one in SCORED:
        assert one.raised_by
        assert one.lowered_by
        assert {*one.raised_by, *one.lowered_by} <= set(one.inputs)
        assert one.half_life_days is not None or not one.vintages, one.name


def test_every_block_has_what_counts_and_context_never_weighs() -> None:
    assert {one.block for one in SCORED} == set(Block)
    assert all(one.weight == 0 for one in INDICATORS if one.role is not Role.SCORED)
    assert {"structural_private_vacancy", "demography", "action_coeur_de_ville", "schools"} <= {
        one.name for one in INDICATORS if one.role is Role.CONTEXT
    }


def test_high_social_pressure_lowers() -> None:
    calm, pressed = (amounts({"applications": asked, "attributions": 100.0}) for asked in (200.0, 900.0))
    indicator = NAMED["social_pressure"]
    assert indicator.direction is Direction.DOWN
    assert indicator.value(calm)[0] == 2.0 < indicator.value(pressed)[0] == 9.0


@pytest.mark.parametrize(
    "change",
    [
        {"name": "share_of_immigrants"},
        {"label": {"fr": "Part des familles monoparentales", "en": "Something"}},
        {"label": {"fr": "Couleur politique de la mairie", "en": "Something"}},
        {"source": "fichier des réfugiés"},
        {"name": "crime_rate"},
        {"unit": {"fr": "par âge", "en": "each"}},
        {"label": {"fr": "Autre chose", "en": "Share of immigrants"}},
        {"label": {"fr": "Nationalité des habitants", "en": "Something"}},
        {"label": {"fr": "Voix aux élections", "en": "Something"}},
        {"formula": "open_vacancies / foreign_population"},
        {"formula": "installed_refugees / social_dwellings"},
    ],
)
def test_a_forbidden_criterion_cannot_be_declared(change: dict[str, Any]) -> None:
    assert read_indicators({"indicator": [PLAIN]})
    with pytest.raises(DeclarationInvalid, match=r"may never enter|no indicator may read"):
        read_indicators({"indicator": [PLAIN | change]})


@pytest.mark.parametrize(
    "change",
    [
        {"formula": "open_vacancies / household_income"},
        {"sample": "secret_register"},
        {"feed": "made_up_feed"},
        {"raised_by": ["somebody"]},
        {"cautions": []},
        {"direction": None},
        {"weight": 0.0},
        {"role": "context"},
        {"formula": "open_vacancies.__class__"},
        {"formula": "__import__('os')"},
        {"unheard_of": 1},
    ],
)
def test_a_declaration_outside_the_whitelist_or_incomplete_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(DeclarationInvalid):
        read_indicators({"indicator": [PLAIN | change]})


def test_one_name_is_declared_once() -> None:
    with pytest.raises(DeclarationInvalid, match="twice"):
        read_indicators({"indicator": [PLAIN, PLAIN]})


def test_the_file_declares_the_indicators_of_the_domain() -> None:
    assert len(WRITTEN["indicator"]) == len(INDICATORS) >= 20
    assert {one.name for one in COMPUTED} == {one.name for one in INDICATORS} - {"profile_match"}


def test_a_formula_keeps_the_unknown_unknown() -> None:
    known = {"a": 4.0, "b": 0.0, "c": np.nan}

    def value(text: str) -> float:
        return float(read_formula(text, (10, 20))(lambda name: np.array([known[name]]))[0])

    assert np.isnan(value("a / b"))
    assert np.isnan(value("a + c"))
    assert np.isnan(value("if_positive(c, 1, 2) + 0 * a"))
    assert value("share(a, b)") == 0.0
    assert value("if_positive(b, 1, a)") == 4.0
    assert value("max(0, b - a) + min(a, 2)") == 2.0
    assert np.isnan(value("median(b, b, b)"))
    assert value("median(a, b, b)") == 5.0
    assert value("median(b, a, b)") == 15.0
    assert value("median(b, b, a)") == 20.0


@pytest.mark.parametrize("text", ["", "a b", "a ** 2", "a if b else 1", "max(a)", "True", "'a'", "[a]", "a.b", "f(a)"])
def test_what_is_no_formula_is_refused(text: str) -> None:
    with pytest.raises(FormulaInvalid):
        read_formula(text)
