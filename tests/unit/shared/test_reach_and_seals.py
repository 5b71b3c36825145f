"""Numbers and addresses in one form; what is sealed opens with its keys alone; links that are their own key."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.fernet import InvalidToken
from hypothesis import given
from hypothesis import strategies as st

from shared.reach import normal_email, normal_phone
from shared.sealing import SealedBox
from shared.settings import Settings
from shared.signed_links import read, sign

OLD, NEW = "o" * 32, "n" * 32
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def with_keys(*keys: str) -> Settings:
    return Settings(secret_keys=",".join(keys))


@pytest.mark.parametrize(
    ("given", "number"),
    [
        ("06 12 34 56 78", "+33612345678"),
        ("+33 6.12.34.56.78", "+33612345678"),
        ("0033612345678", "+33612345678"),
        ("0692 12 34 56", "+262692123456"),
        ("0690123456", "+590690123456"),
        ("+380441234567", "+380441234567"),
        ("12", None),
        ("0012", None),
        ("+0123456789", None),
        ("06123456789", None),
        ("zéro six", None),
    ],
)
def test_a_number_has_one_form(given: str, number: str | None) -> None:
    assert normal_phone(given) == number


@pytest.mark.parametrize(
    ("given", "address"),
    [
        (" Camille.Martin+x@Exemple.FR ", "Camille.Martin+x@exemple.fr"),
        ("a@b", None),
        ("a b@c.fr", None),
        ("a@b.fr\r\nBcc: c@d.fr", None),
        ("a@@b.fr", None),
        ("a@-b.fr", None),
        ("a" * 65 + "@b.fr", None),
        ("é@b.fr", None),
    ],
)
def test_an_address_has_one_form_and_carries_no_header(given: str, address: str | None) -> None:
    assert normal_email(given) == address


@given(st.text(max_size=60))
def test_no_text_makes_a_number_or_an_address_that_breaks_a_line(text: str) -> None:
    for found in (normal_phone(text), normal_email(text)):
        assert found is None or (found.isprintable() and " " not in found)


def test_the_first_key_seals_and_all_open_for_one_purpose() -> None:
    sealed = SealedBox(with_keys(OLD), "one").seal_document({"phone": "+33612345678"})
    assert b"3361" not in sealed
    assert SealedBox(with_keys(NEW, OLD), "one").open_document(sealed) == {"phone": "+33612345678"}
    for box in (SealedBox(with_keys(NEW), "one"), SealedBox(with_keys(OLD), "other")):
        with pytest.raises(InvalidToken):
            box.open(sealed)


def test_a_link_says_its_words_until_it_ends_and_to_its_purpose_alone() -> None:
    token = sign(with_keys(OLD), "mail", ["unsubscribe", "usr_1", ""], NOW + timedelta(days=1))
    assert read(with_keys(NEW, OLD), "mail", token, NOW) == ("unsubscribe", "usr_1", "")
    assert read(with_keys(OLD), "mail", token, NOW + timedelta(days=1)) is None
    assert read(with_keys(OLD), "other", token, NOW) is None
    assert read(with_keys(NEW), "mail", token, NOW) is None


@given(st.text(max_size=450))
def test_nothing_else_is_a_link(text: str) -> None:
    assert read(with_keys(OLD), "mail", text, NOW) is None


@given(st.integers(0, 200), st.integers(0, 127))
def test_a_link_that_was_changed_anywhere_is_none(place: int, character: int) -> None:
    token = sign(with_keys(OLD), "mail", ["not_useful", "usr_1", "alr_1"], NOW + timedelta(days=1))
    at = place % (len(token) - 1)  # the last character of base64 has bits that say nothing
    changed = token[:at] + chr(character) + token[at + 1 :]
    assert (read(with_keys(OLD), "mail", changed, NOW) is None) == (changed != token)
