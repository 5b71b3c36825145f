"""Form tokens, the page a form comes from, where one may be sent next, and limits on tries."""

import pytest

from services.console.core.attempts import Attempts
from services.console.core.forms import form_token, genuine, local_path, same_origin

KEY, NONCE = b"k" * 32, b"n" * 12


def test_a_token_is_good_for_its_holder_and_key_alone() -> None:
    token = form_token(KEY, "ans_1", NONCE)
    assert genuine(KEY, "ans_1", token)
    assert not genuine(KEY, "ans_2", token)
    assert not genuine(b"x" * 32, "ans_1", token)


def test_each_rendering_has_another_token() -> None:
    assert form_token(KEY, "ans_1", NONCE) != form_token(KEY, "ans_1", b"m" * 12)


@pytest.mark.parametrize("text", ["", ".", "a.b", "é.é", "x" * 500, form_token(KEY, "ans_1", NONCE)[:-2] + "AA", "=.="])
def test_a_broken_token_is_refused(text: str) -> None:
    assert not genuine(KEY, "ans_1", text)


@pytest.mark.parametrize(
    ("origin", "referer", "fetch_site", "good"),
    [
        ("http://console.test", None, None, True),
        ("https://public.test", None, "same-origin", True),
        ("http://evil.test", None, None, False),
        ("null", None, None, False),
        ("http://console.test", None, "cross-site", False),
        (None, "http://console.test/page", None, True),
        (None, "http://evil.test/console.test", None, False),
        (None, None, None, True),
        (None, None, "same-site", False),
    ],
)
def test_a_form_must_come_from_this_console(
    origin: str | None, referer: str | None, fetch_site: str | None, good: bool
) -> None:
    found = same_origin(
        host="console.test", origin=origin, referer=referer, fetch_site=fetch_site, public_url="https://public.test"
    )
    assert found is good


@pytest.mark.parametrize("text", ["//evil.test", "/\\evil.test", "https://evil.test", "", None, "menages", "/a\r\nb"])
def test_what_could_lead_elsewhere_leads_home(text: str | None) -> None:
    assert local_path(text) == "/"


def test_a_path_of_the_console_is_kept() -> None:
    assert local_path("/propositions?etape=proposed") == "/propositions?etape=proposed"


def test_tries_are_limited_in_a_window_and_forgotten_after_it() -> None:
    tries = Attempts(limit=3, window_seconds=60)
    for now in (0.0, 1.0, 2.0):
        assert tries.wait_seconds("a", now) == 0
        tries.failed("a", now)
    assert tries.wait_seconds("a", 3.0) == 57.0
    assert tries.wait_seconds("b", 3.0) == 0
    assert tries.wait_seconds("a", 60.0) == 0


def test_a_success_forgets_failures() -> None:
    tries = Attempts(limit=1, window_seconds=60)
    tries.failed("a", 0.0)
    tries.succeeded("a")
    assert tries.wait_seconds("a", 1.0) == 0


def test_a_flood_of_names_does_not_fill_the_memory() -> None:
    tries = Attempts(limit=1, window_seconds=60, most_names=2)
    for number in range(5):
        tries.failed(str(number), float(number))
    assert [name for name in map(str, range(5)) if tries.wait_seconds(name, 5.0) > 0] == ["3", "4"]
