"""The console as people use it: keyboard, map and table, live changes, small screens, without a script."""

import re
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from services.console.adapters.sessions import COOKIE
from shared.identity import Role
from tests.console_fakes import HOUSEHOLD, PASSWORD, PLACEMENT, TERRITORY, World, placement, territory
from tests.unit.console.test_console_pages import ANSWER

OTHER = "200069953"
PAGES = ["/", "/territoires", f"/territoires/{TERRITORY}", "/propositions", f"/propositions/{PLACEMENT}", "/menages",
         "/menages/nouveau", f"/menages/{HOUSEHOLD}", "/pilotage", "/abonnements", "/alertes", "/demo", "/recherche?q=bourg",
         "/nulle/part"]  # fmt: skip
FUNNEL = {
    "steps": [
        {"step": step, "label": step, "now": 3, "reached": 9 - n} for n, step in enumerate(("proposed", "approved"))
    ],
    "outcomes": [],
    "households": {"live": 40},
}


@pytest.fixture(autouse=True)
def full(made: World) -> None:
    """More answers: what every page needs, with long names."""
    made.fakes.on("matching", "GET", "/v1/funnel", FUNNEL)
    made.fakes.on("notify", "GET", "/v1/endpoints", {"items": [], "next": None})
    made.fakes.on("notify", "GET", "/v1/deliveries", {"items": [], "next": None})
    made.fakes.on("matching", "GET", "/v1/answers/tok", ANSWER)
    long = "Association départementale d'accueil et d'accompagnement des ménages"
    many = [placement(id=f"plc_{n:026d}", territory_name=long) for n in range(200)]
    made.fakes.on("matching", "GET", "/v1/placements", {"items": many, "next": None})
    for one in many:
        made.fakes.on("matching", "GET", f"/v1/placements/{one['id']}", one)
    rows = [territory(), territory(OTHER, score=41.0, score_class=2, vacancies=7)]
    made.fakes.on("scoring", "GET", "/v1/territories", {"items": rows, "next": None})
    made.fakes.on("scoring", "GET", f"/v1/territories/{OTHER}", {**rows[1], "blocks": {}, "contributions": []})


def test_one_signs_in_and_out(page: Page) -> None:
    page.goto("/menages")
    page.get_by_label("Identifiant").fill("camille")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/menages$"))
    page.locator("details.menu summary").click()
    page.get_by_role("button", name="Se déconnecter").click()
    expect(page.get_by_text("Vous êtes déconnecté.")).to_be_visible()


def test_choosing_in_the_table_selects_on_the_map_and_the_reverse(caseworker: Page) -> None:
    caseworker.goto("/territoires")
    caseworker.get_by_role("link", name="CA du Bassin d'Aurillac").click()
    panel = caseworker.locator("[data-panel]")
    expect(panel.get_by_role("heading", name="CA du Bassin d'Aurillac")).to_be_visible()
    expect(caseworker.locator("[data-chosen]")).to_have_attribute("href", f"#t{TERRITORY}")
    caseworker.locator(f"#t{OTHER}").dispatch_event("click")
    expect(caseworker.locator("tr.at")).to_have_attribute("data-code", OTHER)
    expect(caseworker).to_have_url(re.compile(f"territoire={OTHER}"))
    caseworker.reload()
    expect(caseworker.locator("tr.at")).to_have_attribute("data-code", OTHER)


def test_a_figure_that_changes_flashes_once_and_recolours_the_map(made: World, caseworker: Page) -> None:
    caseworker.goto("/territoires")
    cell = caseworker.locator(f"tr[data-code='{TERRITORY}'] [data-cell='score']")
    expect(cell).to_have_text("72,4")
    rows = [territory(score=30.1, score_class=1), territory(OTHER, score=41.0, score_class=2, vacancies=7)]
    made.fakes.on("scoring", "GET", "/v1/territories", {"items": rows, "next": None})
    expect(cell).to_have_text("30,1")
    expect(caseworker.locator(f"tr[data-code='{TERRITORY}']")).to_have_class(re.compile("flash"))
    expect(caseworker.locator(f"#t{TERRITORY}")).to_have_class(re.compile("c1"))


def test_filters_narrow_table_and_map_and_live_in_the_address(caseworker: Page) -> None:
    caseworker.goto("/territoires")
    whole = caseworker.locator("[data-map]").get_attribute("viewBox")
    caseworker.get_by_label("Département", exact=True).select_option("15")
    expect(caseworker.locator("tbody tr")).to_have_count(1)
    expect(caseworker).to_have_url(re.compile("departement=15"))
    assert caseworker.locator("[data-map]").get_attribute("viewBox") != whole
    expect(caseworker.locator(f"#t{OTHER}")).to_have_class(re.compile("out"))


def test_a_list_is_worked_by_keyboard_alone(caseworker: Page) -> None:
    caseworker.goto("/propositions")
    caseworker.keyboard.press("j")
    caseworker.keyboard.press("j")
    expect(caseworker.locator("tr.at")).to_have_attribute("data-part", re.compile("0001$"))
    expect(caseworker.locator("[data-side]").get_by_text("Pourquoi cette proposition")).to_be_visible()
    caseworker.keyboard.press("k")
    expect(caseworker.locator("tr.at")).to_have_attribute("data-part", re.compile("0000$"))
    caseworker.keyboard.press("e")
    expect(caseworker).to_have_url(re.compile("#decider$"))
    caseworker.keyboard.press("?")
    expect(caseworker.get_by_role("dialog")).to_be_visible()
    caseworker.keyboard.press("Escape")
    caseworker.keyboard.press("/")
    expect(caseworker.get_by_role("searchbox")).to_be_focused()


def test_the_first_tab_stop_skips_to_the_content(caseworker: Page) -> None:
    caseworker.goto("/propositions")
    caseworker.keyboard.press("Tab")
    expect(caseworker.get_by_role("link", name="Aller au contenu")).to_be_focused()
    caseworker.keyboard.press("Enter")
    expect(caseworker.locator("main")).to_be_focused()


def test_an_alert_reaches_every_tab_through_one_connection(
    made: World, caseworker: Page, context: BrowserContext
) -> None:
    step = f'{{"type":"placement.proposed","placement":"{PLACEMENT}","step":"proposed"}}'
    caseworker.goto("/demo")
    other = context.new_page()
    other.goto("/demo")
    made.fakes.events = [f"retry: 200\nid: 7-0\nevent: placement.proposed\ndata: {step}\n\n"]
    for tab in (caseworker, other):
        expect(tab.locator("[data-tray-list] li").first).to_contain_text("convient pour le ménage K-204")
        expect(tab.locator("[data-alert-count]")).to_be_visible()


def test_a_cut_stream_is_said(made: World, caseworker: Page) -> None:
    made.fakes.problem("notify", "GET", "/v1/stream", 503)
    caseworker.goto("/demo")
    expect(caseworker.locator("[data-live-state]")).to_contain_text("Le flux en direct est coupé", timeout=15_000)


@pytest.mark.parametrize("width", [320, 360, 768, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_is_wider_than_the_screen(
    made: World, browser: Browser, address: str, width: int, scheme: Literal["light", "dark"]
) -> None:
    opened = browser.new_context(
        base_url=address, viewport={"width": width, "height": 800}, color_scheme=scheme, locale="fr-FR"
    )
    opened.add_cookies([{"name": COOKIE, "value": made.sessions.add(Role.CASEWORKER), "url": address}])
    page = opened.new_page()
    wide = []
    for path in [*PAGES, "/reponse/tok", "/reponse/tok?langue=ar"]:
        page.goto(path)
        over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if over > 0:
            wide.append((path, over))
    opened.close()
    assert wide == []


def test_on_a_phone_a_household_reads_as_a_card_and_the_menu_shows_where_one_is(
    made: World, browser: Browser, address: str
) -> None:
    opened = browser.new_context(base_url=address, viewport={"width": 360, "height": 800}, locale="en-GB")
    opened.add_cookies([{"name": COOKIE, "value": made.sessions.add(Role.CASEWORKER), "url": address}])
    page = opened.new_page()
    page.goto("/menages")
    cell = page.locator("table.stacked tbody td").last
    box = cell.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= 360
    assert cell.evaluate("one => getComputedStyle(one, '::before').content") == '"Waiting since"'
    page.goto("/abonnements")
    expect(page.locator(".nouns [aria-current]")).to_be_in_viewport()
    opened.close()


def test_pages_work_without_a_script(made: World, browser: Browser, address: str) -> None:
    opened = browser.new_context(base_url=address, java_script_enabled=False, locale="fr-FR")
    opened.add_cookies([{"name": COOKIE, "value": made.sessions.add(Role.CASEWORKER), "url": address}])
    page = opened.new_page()
    page.goto("/territoires")
    page.get_by_role("link", name="CA du Bassin d'Aurillac").click()
    expect(page.locator("[data-panel]")).to_contain_text("12,4 logements publiés")
    made.fakes.on("matching", "POST", f"/v1/placements/{PLACEMENT}/decisions", placement("verifying"))
    page.goto(f"/propositions/{PLACEMENT}")
    page.get_by_role("button", name="Proposer au ménage").click()
    expect(page.locator(".notice.done")).to_contain_text("Envoyée en vérification")
    opened.close()


def test_a_household_answers_without_a_script_in_its_language(made: World, browser: Browser, address: str) -> None:
    opened = browser.new_context(base_url=address, java_script_enabled=False, viewport={"width": 320, "height": 640})
    made.fakes.on("matching", "POST", "/v1/answers/tok", ANSWER)
    page = opened.new_page()
    page.goto("/reponse/tok?langue=ar")
    assert page.locator("html").get_attribute("dir") == "rtl"
    made.fakes.on("matching", "GET", "/v1/answers/tok", {**ANSWER, "answer": "call"})
    page.get_by_role("button", name="اتصلوا بي").click()
    expect(page.get_by_role("status")).to_contain_text("سيتصل بكم مرافقكم")
    assert made.fakes.last("POST", "/v1/answers/tok").body == {"answer": "call"}
    opened.close()


def test_names_are_suggested_while_typing(caseworker: Page) -> None:
    caseworker.goto("/menages/nouveau")
    field = caseworker.locator("input[data-suggest='occupations']").first
    field.press_sequentially("maçonn")
    expect(caseworker.locator("datalist option[value='Maçonnerie (F1703)']")).to_have_count(1)
