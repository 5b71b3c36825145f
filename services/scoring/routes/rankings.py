"""Ranking territories for a profile."""

import hashlib
from collections import Counter
from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from services.scoring.core import need_views, rankings
from services.scoring.core.indicators import Block
from services.scoring.core.needs import Need, occupations_of
from services.scoring.core.rankings import Exclusion, Profile
from services.scoring.routes import examples
from services.scoring.routes.context import Catalogue
from services.scoring.routes.queries import known_departement, known_occupations
from shared.clock import utc_now
from shared.events import Typology
from shared.identity import Action, Resource
from shared.occupations import occupations
from shared.web.access import Access, requires
from shared.web.problems import language

router = APIRouter()
_SEED_LENGTH: Final = 12


class RankingRequest(BaseModel):
    """A household's wishes, without anything about who it is."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": examples.RANKING_REQUEST})

    rome: list[str] = Field([], max_length=20, description="Codes ROME recherchés")
    near: bool = Field(True, description="Compte aussi les métiers proches, chacun selon sa proximité")
    typologies: list[Typology] = Field([], max_length=6, description="Tailles de logement acceptées")
    max_rent_eur_per_month: float | None = Field(
        None, gt=0, le=10_000, description="Loyer hors charges au plus, en euros par mois"
    )
    departements: list[str] = Field([], max_length=110)
    territories: list[str] = Field([], max_length=500)
    driving_licence: bool | None = Field(
        None, description="Avec le permis, la part des offres qui le demandent ne compte pas"
    )
    weights: dict[Block, Annotated[float, Field(ge=0, le=10)]] = Field({}, description="Poids des blocs, 1 sinon")
    accept_unknown: bool = Field(
        False, description="Garde les territoires dont on ne connaît pas les logements ou les offres"
    )
    seed: str | None = Field(
        None,
        max_length=64,
        description="Graine du tirage entre territoires équivalents, par exemple un numéro opaque de dossier. Sans elle : "
        "le jour et le profil",
    )
    limit: int = Field(20, ge=1, le=200)
    exclusions_limit: int = Field(200, ge=0, le=1500, description="Territoires exclus nommés au plus")

    def profile(self) -> Profile:
        return Profile(
            need=Need(
                occupations_of(self.rome, occupations().near if self.near else None),
                tuple(dict.fromkeys(self.typologies)),
                self.max_rent_eur_per_month,
                has_licence=self.driving_licence,
            ),
            departements=frozenset(self.departements),
            territories=frozenset(self.territories),
            weights=self.weights,
            accept_unknown=self.accept_unknown,
        )


@router.post("/v1/rankings", tags=["classements"], responses=examples.RANKING)
async def ranking(
    wishes: RankingRequest,
    catalogue: Catalogue,
    access: Annotated[Access, Depends(requires(Resource.RANKING, Action.READ))],
    lang: Annotated[str, Depends(language)],
) -> dict[str, Any]:
    """Les territoires pour un profil, avec les raisons, et chaque territoire écarté avec les siennes ; ordonne des
    territoires, jamais des ménages. Entre territoires équivalents l'ordre est tiré au sort, pondéré par les places qui
    restent."""
    del access
    known_occupations(wishes.rome)
    for departement in wishes.departements:
        known_departement(departement, field="departements")
    profile = wishes.profile()
    rows, scores = await catalogue.scored_for(profile.need)
    seed = wishes.seed if wishes.seed is not None else _seed_of(wishes)
    found = rankings.rank(
        profile,
        catalogue.places,
        {place.code: score for place, score in rows},
        scores,
        catalogue.departements_of,
        seed=seed,
    )
    counted = Counter(one.reasons[0] for one in found.excluded if one.reasons)
    named = [one for one in found.excluded if one.reasons and one.reasons[0] is not Exclusion.OUTSIDE_WISHES]
    return {
        "seed": seed,
        "reference_version": scores.reference_version,
        "items": [
            {
                "code": one.place.code,
                "name": one.place.name,
                "score": one.score,
                "group": one.group,
                "seats": one.seats,
                "view": need_views.figures(scores, one.row, public=False),
                "reasons": [reason.said(lang) for reason in one.reasons],
            }
            for one in found.items[: wishes.limit]
        ],
        "ranked": len(found.items),
        "excluded": [
            {"reason": reason.value, "label": reason.label.said(lang), "territories": counted[reason]}
            for reason in Exclusion
            if reason in counted
        ],
        "exclusions": [
            {
                "code": one.place.code,
                "name": one.place.name,
                "reasons": [{"reason": reason.value, "label": reason.label.said(lang)} for reason in one.reasons],
            }
            for one in named[: wishes.exclusions_limit]
        ],
    }


def _seed_of(wishes: RankingRequest) -> str:
    """The day and the profile: the same question has one answer a day, and different households different draws."""
    told = orjson.dumps(wishes.model_dump(mode="json", exclude={"limit", "exclusions_limit", "seed"}))
    digest = hashlib.sha256(told).hexdigest()[:_SEED_LENGTH]
    return f"{utc_now():%Y-%m-%d}:{digest}"
