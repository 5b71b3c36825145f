"""What was judged by eye of some twenty territories holds in the scores of the national stock."""

import operator
import tomllib
from functools import cache

import pytest

from scripts.review_territories import PAGE, REVIEWED, figure, kept_counters, page, stock_scores
from services.scoring.core.scores import Scored

DOCUMENT = tomllib.loads(REVIEWED.read_text(encoding="utf-8"))
HOLDS = [(one["code"], held) for one in DOCUMENT["territory"] for held in one["holds"]]
COMPARE = {">=": operator.ge, "<=": operator.le}


@cache
def scores() -> dict[str, Scored]:
    return stock_scores(kept_counters(), DOCUMENT["read_on"])


@pytest.mark.parametrize(("code", "held"), HOLDS)
def test_what_was_judged_by_eye_holds(code: str, held: str) -> None:
    name, sign, limit = held.split()
    value = figure(scores()[code], name)
    assert value is not None
    assert COMPARE[sign](value, float(limit)), f"{name} is {value}"


def test_twenty_territories_were_reviewed_and_each_has_a_remark() -> None:
    assert len({one["code"] for one in DOCUMENT["territory"]}) >= 20
    assert all(one["remark"] and one["holds"] for one in DOCUMENT["territory"])


def test_the_page_is_the_one_that_the_scores_make() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(DOCUMENT, scores())


def test_every_territory_with_live_feeds_has_a_score_and_no_block_is_out_of_bounds() -> None:
    found = scores().values()
    assert sum(one.score is not None for one in found) > 1_200
    for one in found:
        assert one.score is None or 0 <= one.score <= 100
        assert all(value is None or 0 <= value <= 1 for value in one.blocks.values())
