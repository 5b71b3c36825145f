"""Numbers, money, dates and durations as people read them."""

from datetime import UTC, date, datetime

import pytest

from services.console.core import formats
from services.console.core.languages import Language, best_of, preferred

FR, EN = Language.FR, Language.EN
NOW = datetime(2026, 11, 24, 16, 40, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "digits", "french", "english"),
    [
        (1234.5, 1, "1\u202f234,5", "1,234.5"),
        (410, 0, "410", "410"),
        (78.0, 1, "78", "78"),
        (-0.2, 0, "0", "0"),
        (0, 0, "0", "0"),
        (None, 0, "inconnu", "unknown"),
    ],
)
def test_numbers_are_written_as_each_language_does(value: float | None, digits: int, french: str, english: str) -> None:
    assert (formats.number(value, FR, digits), formats.number(value, EN, digits)) == (french, english)


def test_units_are_always_written() -> None:
    assert formats.euros(410, FR, monthly=True) == "410\u00a0€/mois"
    assert formats.euros(1410, EN, monthly=True) == "€1,410/month"
    assert formats.percent(0.31, FR) == "31\u00a0%"
    assert formats.measure(62.0, "m²", FR) == "62\u00a0m²"
    assert formats.measure(None, "m²", FR) == "inconnu"


def test_dates_are_of_the_day_in_france() -> None:
    assert formats.day("2026-12-12", FR) == "12 déc. 2026"
    assert formats.day("2026-12-01", FR, weekday=True) == "mardi 1er déc. 2026"
    assert formats.day("2026-11-30T23:30:00.000Z", FR) == "1er déc. 2026"
    assert formats.hour("2026-11-24T16:40:00Z", FR) == "24 nov. 2026 à 17\u00a0h\u00a040"
    assert formats.day("not a date", FR) == "inconnu"


def test_a_deadline_is_told_by_the_last_day_that_counts() -> None:
    # End of Thursday 26 in Paris: the first instant of Friday.
    due = "2026-11-26T23:00:00.000Z"
    assert formats.last_day(due) == date(2026, 11, 26)
    assert formats.short_day(formats.last_day(due), FR) == "jeu. 26 nov."
    assert formats.time_left(due, NOW, FR) == "dans 2\u00a0jours"
    assert not formats.urgent(due, NOW)


@pytest.mark.parametrize(
    ("due", "said"),
    [
        ("2026-11-25T23:00:00Z", "demain"),
        ("2026-11-24T23:00:00Z", "dans 6\u00a0h"),
        ("2026-11-24T17:10:00Z", "dans 30\u00a0min"),
        ("2026-11-24T16:00:00Z", "échéance dépassée"),
        (None, None),
    ],
)
def test_the_time_left_is_told_in_the_unit_that_matters(due: str | None, said: str | None) -> None:
    assert formats.time_left(due, NOW, FR) == said


def test_age_is_told_roughly_then_by_date() -> None:
    assert formats.ago("2026-11-24T16:39:30Z", NOW, FR) == "à l'instant"
    assert formats.ago("2026-11-24T16:10:00Z", NOW, EN) == "30 min ago"
    assert formats.ago("2026-11-24T10:40:00Z", NOW, FR) == "il y a 6\u00a0h"
    assert formats.ago("2026-11-01T10:40:00Z", NOW, FR) == "1er nov. 2026"


def test_french_comes_first_and_english_by_request_or_preference() -> None:
    assert preferred(asked=None, remembered=None, accepted=None) is FR
    assert preferred(asked=None, remembered=None, accepted="de-DE,en;q=0.8,fr;q=0.3") is EN
    assert preferred(asked=None, remembered="fr", accepted="en") is FR
    assert preferred(asked="en", remembered="fr", accepted="fr") is EN
    assert preferred(asked="xx", remembered=None, accepted="fr") is FR
    assert best_of("uk;q=0.9, ar", ("fr", "ar", "uk")) == "ar"
    assert best_of("en;q=oops", ("fr", "en")) == "fr"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("T3 de 48 m² : il faut 25 m².", "T3 de 48_m²_: il faut 25_m²."),
        ("le loyer prend 11 % des ressources (19 % sans elle)", "le loyer prend 11_% des ressources (19_% sans elle)"),
        ("122 € par mois, à 3,2 km ; 12 min.", "122_€ par mois, à 3,2_km_; 12_min."),
        ("« Maçon » ?", "«_Maçon_»_?"),
        ("3 minutes, 2 kmh", "3 minutes, 2 kmh"),
        ("Rent: 410 €.", "Rent: 410_€."),
    ],
)
def test_no_line_breaks_before_a_unit_or_within_french_punctuation(said: str, shown: str) -> None:
    assert formats.tied(said) == shown.replace("_", "\u00a0")
