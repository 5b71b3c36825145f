"""Made-up households, homes and posts around Aurillac; every builder takes what a test changes."""

from datetime import date
from typing import Any

from services.matching.core.market import Market
from services.matching.core.model import Commitment, Home, Household, Post
from services.matching.programmes import current
from shared.geography import geography
from shared.occupations import occupations

TODAY = date(2026, 11, 23)
AURILLAC = "15014"
TERRITORY = "241500230"
ZONE = geography().zone_of(AURILLAC)
MASON = "F1703"


def a_household(identifier: str = "hh_1", **changed: Any) -> Household:
    known: dict[str, Any] = {
        "id": identifier,
        "version": 1,
        "organisation": "org_1",
        "caseworker": "usr_1",
        "size": 3,
        "programme": "emile",
        "waiting_since": date(2026, 1, 1),
        "rome": (MASON,),
        "wanted": (TERRITORY,),
        "income_eur_per_month": 1250.0,
        "driving_licence": True,
    }
    return Household(**known | changed)


def a_home(identifier: str = "vac_1", **changed: Any) -> Home:
    known: dict[str, Any] = {
        "id": identifier,
        "landlord": "org_2",
        "commune": AURILLAC,
        "territory": TERRITORY,
        "zone": ZONE,
        "typology": "T3",
        "surface_m2": 62.0,
        "rent_eur_per_month": 410.0,
        "available_from": date(2026, 12, 1),
    }
    return Home(**known | changed)


def a_post(identifier: str = "off_1", **changed: Any) -> Post:
    known: dict[str, Any] = {
        "id": identifier,
        "commune": AURILLAC,
        "zone": ZONE,
        "rome": MASON,
        "contract": "CDI",
        "openings": 2,
    }
    return Post(**known | changed)


def a_commitment(programme: str = "emile", code: str = TERRITORY, **changed: Any) -> Commitment:
    known: dict[str, Any] = {"key": f"{programme}:{code}", "programme": programme, "code": code, "status": "open"}
    return Commitment(**known | changed)


def a_market(*things: Household | Home | Post | Commitment) -> Market:
    market = Market(geography(), occupations(), current())
    market.loaded_territories.add(TERRITORY)
    for thing in things:
        match thing:
            case Household():
                market.put_household(thing)
            case Home():
                market.put_home(thing)
            case Post():
                market.put_post(thing)
            case Commitment():
                market.put_commitment(thing)
    return market
