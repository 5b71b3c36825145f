"""The geography and official figures as the scores take them."""

from collections.abc import Mapping
from datetime import date

from services.scoring.core.places import Place
from shared.geography import geography
from shared.geography.social import social_housing
from shared.official import official_figures, vintages


def scored_places() -> tuple[Place, ...]:
    """Every territory with its official figures, by code."""
    atlas = geography()
    housing = social_housing()
    figures = official_figures()
    places = []
    for territory in atlas.territories.values():
        social = housing.of(territory.code)
        places.append(
            Place(
                code=territory.code,
                name=territory.name,
                employment_zone=territory.zone_emploi,
                departement=territory.departement,
                official={
                    "population": territory.population or None,
                    "social_dwellings": social.social_dwellings,
                    "vacant_social_dwellings": social.vacant,
                    **figures.of(territory.code),
                },
                point=(territory.latitude, territory.longitude),
            )
        )
    return tuple(places)


def source_vintages() -> Mapping[str, date]:
    """Day of each official source, by kind, as the reference pack in use states it."""
    return vintages()
