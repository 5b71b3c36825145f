"""Monthly wages in free text: what is not said for sure is unknown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.core.france_travail.salaries import monthly_wage, weekly_hours


@pytest.mark.parametrize(
    ("label", "hours", "full_time", "wage"),
    [
        ("Mensuel de 1850.0 Euros à 2100.0 Euros sur 12.0 mois", None, None, 1850.0),
        ("Mensuel de 2100.0 Euros à 1850.0 Euros sur 13.0 mois", 35.0, True, 1850.0),
        ("Mensuel de 1 850,50 Euros", None, None, 1850.5),
        ("Mensuel de 1 850 € à 2 000 €", None, None, 1850.0),
        ("Annuel de 25000.0 Euros à 30000.0 Euros sur 12.0 mois", None, None, 2083.33),
        ("Annuel de 26000.0 Euros sur 13.0 mois", None, None, 2000.0),
        ("Annuel de 26000.0 Euros sur 2.0 mois", None, None, None),
        ("Horaire de 12.5 Euros sur 12.0 mois", 35.0, True, 1895.83),
        ("Horaire de 12.5 Euros à 14.0 Euros", 24.0, False, 1300.0),
        ("Horaire de 12.5 Euros", None, True, 1895.83),
        ("Horaire de 12.5 Euros", None, False, None),
        ("Horaire de 12.5 Euros", None, None, None),
        ("Mensuel de 12.5 Euros", None, None, None),  # an hourly wage under the wrong name
        ("Horaire de 1850.0 Euros", 35.0, True, None),
        ("Mensuel de 1.850 Euros", None, None, None),
        ("Mensuel de 1.850,00 Euros", None, None, 1850.0),
        ("Annuel de 0 Euros", None, None, None),
        ("A négocier", None, None, None),
        ("Cachet de 120.0 Euros", None, None, None),
        ("Autre de 1850.0 Euros", None, None, None),
        ("", None, None, None),
    ],
)
def test_labels_of_france_travail(label: str, hours: float | None, full_time: bool | None, wage: float | None) -> None:
    assert monthly_wage(label, hours_per_week=hours, full_time=full_time) == wage


@pytest.mark.parametrize(
    ("label", "hours"),
    [
        ("35H/semaine\nTravail en journée", 35.0),
        ("17H30 Horaires variables", 17.5),
        ("24 H Horaires normaux", 24.0),
        ("151H/mois", pytest.approx(34.85, abs=0.01)),
        ("Temps partiel - 24H", None),
        ("99H", None),
        ("0H", None),
        ("", None),
    ],
)
def test_hours_of_a_week(label: str, hours: float | None) -> None:
    assert weekly_hours(label) == hours


@given(st.text(max_size=80), st.none() | st.floats(1, 60), st.none() | st.booleans())
def test_any_text_gives_a_plausible_wage_or_none(label: str, hours: float | None, full_time: bool | None) -> None:
    wage = monthly_wage(label, hours_per_week=hours, full_time=full_time)
    assert wage is None or 20 <= wage <= 100_000
