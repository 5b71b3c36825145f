"""A real Chromium on a console over fake APIs. Skipped, and said so, where no Chromium is installed."""

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from services.console.adapters.sessions import COOKIE
from services.console.settings import ConsoleSettings
from shared.identity import Role
from tests.console_fakes import World, served, world

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-gpu", "--disable-dev-shm-usage"]


def chromium() -> str | None:
    """The browser that ANCRAGE_TEST_CHROMIUM names, else the first found on PATH."""
    given = os.environ.get("ANCRAGE_TEST_CHROMIUM")
    return given or next((path for name in NAMES if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium()
    if path is None:
        pytest.skip("no Chromium on PATH: install it (Debian: apt-get install chromium) or set ANCRAGE_TEST_CHROMIUM")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture
def made(tmp_path: Path) -> World:
    return world(ConsoleSettings(home=tmp_path, secret_keys="s" * 40, board_seconds=0.05, demo=True))


@pytest.fixture
def address(made: World) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with served(made.app, port) as url:
        yield url


class Watched:
    """A page and what went wrong in it: script errors, and what the content policy refused."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.troubles: list[str] = []
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on(
            "console",
            lambda message: (
                self.troubles.append(message.text)
                if message.type == "error" and "Failed to load resource" not in message.text
                else None
            ),
        )


@pytest.fixture
def context(browser: Browser, address: str) -> Iterator[BrowserContext]:
    opened = browser.new_context(base_url=address, locale="fr-FR", viewport={"width": 1440, "height": 900})
    opened.set_default_timeout(10_000)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    watched = Watched(context.new_page())
    yield watched.page
    assert watched.troubles == []


@pytest.fixture
def caseworker(page: Page, context: BrowserContext, made: World, address: str) -> Page:
    context.add_cookies([{"name": COOKIE, "value": made.sessions.add(Role.CASEWORKER), "url": address}])
    return page
