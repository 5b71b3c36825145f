"""The territories on a tablet or a telephone: the table first, and who chooses sees what was chosen, and comes back."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from services.console.adapters.sessions import COOKIE
from shared.identity import Role
from tests.console_fakes import TERRITORY, World, territory

OTHERS = [f"{number:09}" for number in range(200000001, 200000061)]


@pytest.fixture(params=[360, 768])
def narrow(made: World, browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A caseworker's page, with a table that is longer than the screen."""
    rows = [territory(code, score=90.0, score_class=5) for code in OTHERS] + [territory(score=80.0)]
    made.fakes.on("scoring", "GET", "/v1/territories", {"items": rows, "next": None})
    opened = browser.new_context(
        base_url=address, viewport={"width": request.param, "height": 800}, locale="fr-FR", reduced_motion="reduce"
    )
    opened.set_default_timeout(30_000)
    opened.add_cookies([{"name": COOKIE, "value": made.sessions.add(Role.CASEWORKER), "url": address}])
    yield opened.new_page()
    opened.close()


def test_the_table_stands_before_the_map_and_leads_to_it(narrow: Page) -> None:
    narrow.goto("/territoires")
    table, figure = narrow.locator("table.list").bounding_box(), narrow.locator(".map-figure").bounding_box()
    assert table is not None
    assert figure is not None
    assert table["y"] + table["height"] <= figure["y"]
    expect(narrow.locator(".map-figure")).not_to_be_in_viewport()
    narrow.get_by_role("link", name="Voir la carte").click()
    expect(narrow.locator(".map-figure")).to_be_in_viewport()


def test_who_chooses_in_the_table_is_taken_to_the_sheet_and_back_to_the_row(narrow: Page) -> None:
    narrow.goto("/territoires")
    link = narrow.locator(f"[data-choose='{TERRITORY}']")
    link.click()
    panel = narrow.locator("[data-panel]")
    heading = panel.get_by_role("heading", name="CA du Bassin d'Aurillac")
    expect(heading).to_be_in_viewport()
    expect(panel).to_be_focused()
    narrow.get_by_role("link", name="Revenir au tableau").click()
    expect(link).to_be_in_viewport()
    expect(link).to_be_focused()


def test_without_a_script_the_link_of_a_territory_leads_to_its_sheet(
    made: World, browser: Browser, address: str
) -> None:
    plain = browser.new_context(
        base_url=address, viewport={"width": 360, "height": 800}, locale="fr-FR", java_script_enabled=False
    )
    try:
        page = plain.new_page()
        page.goto("/territoires")
        page.get_by_role("link", name="CA du Bassin d'Aurillac").click()
        expect(page).to_have_url(re.compile(f"territoire={TERRITORY}#fiche$"))
        expect(page.locator("#fiche").get_by_role("heading", name="CA du Bassin d'Aurillac")).to_be_in_viewport()
    finally:
        plain.close()
