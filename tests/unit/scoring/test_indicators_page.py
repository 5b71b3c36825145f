"""docs/indicators.md says what is computed."""

from pathlib import Path

from services.scoring.adapters.references import shipped_reference
from services.scoring.core.indicators import INDICATORS
from services.scoring.core.indicators_page import render

PAGE = Path(__file__).resolve().parents[3] / "docs" / "indicators.md"


def test_the_page_in_docs_is_the_one_that_the_declarations_make() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(shipped_reference())


def test_the_page_names_every_indicator_with_its_cautions() -> None:
    page = render(shipped_reference())
    for indicator in INDICATORS:
        assert f"`{indicator.name}`" in page
        assert all(caution.fr in page for caution in indicator.cautions)
