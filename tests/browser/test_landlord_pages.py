"""A landlord's pages as people use them: without a script, on a phone, asked while they work."""

import pytest
from playwright.sync_api import Browser, Page, expect

from services.console.adapters.sessions import COOKIE
from shared.identity import Role
from tests.console_fakes import World
from tests.unit.console.test_console_vacancies import VACANCY, episode, vacancy

LONG = "RESIDENCE-DES-GRANDS-CHENES-BATIMENT-C-ESCALIER-12-PORTE-0457"


@pytest.fixture(autouse=True)
def full(made: World) -> None:
    """Vacancies in each state, one with a long reference."""
    states = [
        {"state": state, "until": "2027-01-15T22:59:59.000Z"} for state in ("held", "let", "committed", "unknown")
    ]
    items = [
        vacancy(f"vac_{n:026d}", reference=LONG if n == 0 else f"RES-{n}", commitment=states[n % 4], status="stale")
        for n in range(30)
    ]
    path = f"/v1/vacancies/{VACANCY}"
    made.fakes.on("ingest", "GET", "/v1/vacancies", {"items": items, "next": "more"})
    made.fakes.on("ingest", "GET", path, vacancy(address="12 rue des Carmes, 15000 Aurillac", status="stale"))
    past = episode("vac_01J0000000000000000000PAST", withdrawn_at="2026-01-01T08:00:00.000Z", withdrawn_reason="works")
    for identifier in (VACANCY, past["id"]):
        episodes = {"items": [episode(), past], "next": None}
        made.fakes.on("ingest", "GET", f"/v1/vacancies/{identifier}/episodes", episodes)
    ends = {"items": [{"result": "confirmed"}, {"result": "confirmed"}]}
    made.fakes.on("ingest", "POST", "/v1/vacancies:confirm", ends)


@pytest.mark.parametrize("width", [320, 390, 768, 1440])
def test_no_page_of_a_landlord_is_wider_than_the_screen(
    made: World, browser: Browser, address: str, width: int
) -> None:
    opened = browser.new_context(base_url=address, viewport={"width": width, "height": 800}, locale="fr-FR")
    opened.add_cookies([{"name": COOKIE, "value": made.sessions.add(Role.LANDLORD), "url": address}])
    page = opened.new_page()
    wide = []
    for path in ("/", "/logements", "/logements/nouveau", f"/logements/{VACANCY}",
                 "/logements/vac_01J0000000000000000000PAST"):  # fmt: skip
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if over > 0:
            wide.append((path, over))
    opened.close()
    assert wide == []


def test_a_selection_is_confirmed_on_a_phone_without_a_script(made: World, browser: Browser, address: str) -> None:
    opened = browser.new_context(
        base_url=address, java_script_enabled=False, viewport={"width": 390, "height": 844}, locale="fr-FR"
    )
    opened.add_cookies([{"name": COOKIE, "value": made.sessions.add(Role.LANDLORD), "url": address}])
    page = opened.new_page()
    page.goto("/logements")
    for name in (f"Choisir {LONG}", "Choisir RES-3"):
        page.get_by_label(name).check()
    page.get_by_role("button", name="Confirmer ceux qui sont cochés").click()
    expect(page.get_by_role("status").first).to_contain_text("2 logements confirmés.")
    sent = made.fakes.last("POST", "/v1/vacancies:confirm").body
    assert sent == {"references": [f"vac_{0:026d}", f"vac_{3:026d}"]}
    page.get_by_role("button", name="Toujours vacant : RES-7").click()
    assert made.fakes.last("POST", "/v1/vacancies:confirm").body == {"references": [f"vac_{7:026d}"]}
    opened.close()


def test_a_landlord_at_work_is_asked_as_soon_as_a_home_goes_stale(made: World, page: Page, address: str) -> None:
    page.context.add_cookies([{"name": COOKIE, "value": made.sessions.add(Role.LANDLORD), "url": address}])
    page.goto("/demo")
    kind = "vacancy.confirmation_requested"
    made.fakes.events = [f'retry: 200\nid: 7-0\nevent: {kind}\ndata: {{"type":"{kind}","count":2}}\n\n']
    alert = page.locator("[data-tray-list] li").first
    expect(alert).to_contain_text("2 logements attendent votre confirmation")
    alert.get_by_role("link").click()
    expect(page.get_by_role("heading", name="À confirmer")).to_be_visible()
