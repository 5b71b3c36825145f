"""The territories for a need, as people ask for them: with a script, and without."""

import re
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.console_fakes import TERRITORY, World, territory

OTHER = "200069953"
VIEW = {"near": [], "rent_counted_up_to_eur_per_month": 450, "reference_version": "0"}


def answers_for_a_need(made: World) -> None:
    """From now on few homes suit in one territory, and nothing is known of the other."""

    def line(code: str, score_class: int, homes: int | None) -> dict[str, Any]:
        view = {"homes": homes, "offers": homes, "offers_around": homes, "openings_around_weighted": homes}
        return territory(code, score_class=score_class, view=view)

    items = [line(TERRITORY, 2, 3), line(OTHER, 4, None)]
    made.fakes.on("scoring", "GET", "/v1/territories", {"items": items, "next": None, "view": VIEW})


def test_an_occupation_is_chosen_among_several_and_table_map_and_panel_follow(made: World, page: Page) -> None:
    page.goto("/territoires")
    expect(page.locator(f"#t{TERRITORY}")).to_have_class(re.compile("c5"))
    answers_for_a_need(made)
    occupation = page.get_by_label("Métier")
    occupation.fill("construction")
    occupation.press("Enter")
    expect(page.get_by_text("Plusieurs métiers peuvent convenir")).to_be_visible()
    expect(occupation).to_have_attribute("aria-invalid", "true")
    page.get_by_role("link", name="Construction en béton (F1701)").click()
    expect(page.get_by_text("Opportunité pour : Construction en béton (F1701)")).to_be_visible()
    expect(occupation).to_have_attribute("aria-invalid", "false")
    expect(page).to_have_url(re.compile("metier=Construction"))
    page.get_by_label("T3").check()
    expect(page.get_by_text("Opportunité pour : Construction en béton (F1701) · T3")).to_be_visible()
    expect(page.locator(f"#t{TERRITORY}")).to_have_class(re.compile("c2"))
    expect(page.locator(f"tr[data-code='{TERRITORY}'] [data-cell='vacancies']")).to_have_text("moins de 5")
    page.get_by_role("link", name="CA du Bassin d'Aurillac").click()
    expect(page.locator("[data-panel]").get_by_role("heading", name="Pour ce besoin")).to_be_visible()


def test_without_a_script_the_form_and_the_links_do_the_same(made: World, browser: Browser, address: str) -> None:
    answers_for_a_need(made)
    plain = browser.new_context(base_url=address, locale="fr-FR", java_script_enabled=False)
    try:
        page = plain.new_page()
        page.goto("/territoires")
        page.get_by_label("Métier").fill("construction")
        page.get_by_label("T3").check()
        page.get_by_label("Loyer au plus").fill("455")
        page.get_by_role("button", name="Filtrer").click()
        page.get_by_role("link", name="Construction en béton (F1701)").click()
        expect(page.get_by_text("Opportunité pour : Construction en béton (F1701) · T3")).to_be_visible()
        expect(page.get_by_label("Loyer au plus")).to_have_value("455")
        expect(page.locator("tbody tr").last).to_have_attribute("data-code", OTHER)
        expect(page.locator(f"#t{TERRITORY}")).to_have_class(re.compile("c2"))
    finally:
        plain.close()
