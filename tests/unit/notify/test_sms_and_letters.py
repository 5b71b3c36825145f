"""Text messages and mails: alphabets, bodies, and the settings that would betray people."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.matching.core.invitations import LANGUAGES, invitation
from services.notify.core.letters import Links, alert_letter, plain_text
from services.notify.core.sms import at_path, filled, is_gsm7, plain, segments
from services.notify.settings import NotifySettings

LINK = "https://ancrage.exemple.fr/reponse/abcdefghijklmnopqrstuv"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("ê" * 70, 1),
        ("ê" * 71, 2),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
    ],
)
def test_a_message_is_billed_by_its_alphabet(text: str, number: int) -> None:
    assert segments(text) == number


def test_the_french_and_english_invitations_are_one_message_each() -> None:
    for language in LANGUAGES:
        text = plain(invitation(language, LINK, date(2026, 12, 12)).sms)
        assert LINK in text
        assert "12/12" in text
        if language in {"fr", "en"}:
            assert is_gsm7(text)
            assert segments(text) == 1
        assert segments(text) <= 3


@given(st.text(), st.text())
def test_a_text_never_changes_the_shape_of_the_body(text: str, number: str) -> None:
    template = '{"to": ["{to}"], "m": {"body": "pre {text} post", "ref": "{reference}"}, "n": 1}'
    made = filled(template, {"to": number, "text": text, "reference": "msg_1"})
    assert made == {"to": [number], "m": {"body": f"pre {text} post", "ref": "msg_1"}, "n": 1}


def test_the_providers_id_is_found_by_its_path() -> None:
    answer = {"messages": [{"id": 12}], "ok": True}
    assert at_path(answer, "messages.0.id") == "12"
    assert at_path(answer, "messages.1.id") is None
    assert at_path(answer, "ok") is None


@pytest.mark.parametrize(
    "values",
    [
        {"smtp_host": "mail.exemple.fr"},
        {"smtp_host": "mail.exemple.fr", "smtp_sender": "a@exemple.fr", "smtp_security": "none"},
        {"sms_url": "http://sms.exemple.fr/send"},
        {"sms_url": "https://sms.exemple.fr/send", "sms_body": '{"text": "{text}"}'},
        {"sms_url": "https://sms.exemple.fr/send", "sms_headers": "[]"},
    ],
)
def test_settings_that_would_send_in_clear_or_to_nobody_are_refused(values: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        NotifySettings(**values)  # type: ignore[arg-type]


def test_settings_that_are_whole_are_taken() -> None:
    taken = NotifySettings(
        smtp_host="mail.exemple.fr",
        smtp_sender="ancrage@exemple.fr",
        sms_url="https://sms.exemple.fr/send",
        sms_headers=json.dumps({"X-Key": "k"}),
    )
    assert taken.sms_header_values == {"X-Key": "k"}


def test_a_digest_tells_each_alert_once_in_the_readers_language() -> None:
    links = Links(lambda one: f"https://c/{len(one)}", lambda one: f"https://u/{one}", "https://stop", "https://p")
    alerts = [
        {"id": f"alr_{number}", "kind": kind, "placement": "plc_SECRETSECRET", "territory": "241500230", "step": step}
        for number, (kind, step) in enumerate(
            [("proposal", "proposed"), ("deadline", "approved"), ("outcome", "accepted"), ("option_lost", "released")]
        )
    ]
    for language, words in (("fr", "Un ménage dit oui (Aurillac)."), ("en", "A household says yes (Aurillac).")):
        letter = alert_letter({"form": "digest", "language": language, "alerts": alerts}, links, lambda _: "Aurillac")
        text = plain_text(letter)
        assert words in text
        assert text.count("https://u/alr_") == 4
        assert "plc_SECRETSECRET" not in text
        assert "4 alert" in letter.subject
        assert letter.unsubscribe == "https://stop"
