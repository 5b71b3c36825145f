"""What lists can be narrowed to. A parameter that does not exist is refused: it would be a filter that filters nothing."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from services.ingest.core.filters import Filter
from services.ingest.core.states import DUPLICATE
from services.ingest.schemas.fields import Rome
from services.ingest.schemas.vacancies import typology_of
from shared.events import Contract, OfferStatus, Reservation, Typology, VacancyStatus
from shared.geography import geography
from shared.web.written_forms import COMMUNE, DEPARTEMENT, TERRITORY


class Listing(BaseModel):
    """Paging and the filters that every list has."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(50, ge=1, le=500, description="Nombre d'éléments par page")
    cursor: str | None = Field(None, max_length=300, description="Valeur de « next » de la page précédente")
    commune: str | None = Field(None, pattern=COMMUNE.pattern, description="Code INSEE")
    territory: str | None = Field(None, pattern=TERRITORY.pattern, description="Code d'un territoire")
    departement: str | None = Field(None, pattern=DEPARTEMENT.pattern, description="Code d'un département")
    reference: str | None = Field(
        None, min_length=1, max_length=100, description="Début de vos propres références, par exemple « RES-12- »"
    )
    changed_since: AwareDatetime | None = Field(None, description="Changés depuis cet instant, compris")
    withdrawn: bool = Field(False, description="Les retirés, au lieu de ceux qui sont publiés")

    @model_validator(mode="after")
    def _known_areas(self) -> Self:
        atlas = geography()
        if self.territory is not None and atlas.territory(self.territory) is None:
            raise PydanticCustomError(
                "unknown_territory",
                "Territoire inconnu : {code}.",
                {
                    "field": "territory",
                    "code": self.territory,
                    "remedy": atlas.suggest_territory(self.territory),
                    "remedy_en": atlas.suggest_territory(self.territory, "en"),
                },
            )
        if self.departement is not None and atlas.departement(self.departement) is None:
            raise PydanticCustomError(
                "unknown_territory",
                "Territoire inconnu : {code}.",
                {"field": "departement", "code": self.departement, "remedy": "01…95, 2A, 2B, 971…976"},
            )
        return self

    def wanted(self) -> Filter:
        """The filter of the query."""
        return Filter(
            withdrawn=self.withdrawn,
            areas=tuple(area for area in (self.commune, self.territory, self.departement) if area is not None),
            status=self._status(),
            reference_prefix=self.reference,
            changed_since=self.changed_since,
            state=dict(self._state()),
        )

    def _status(self) -> str | None:
        status: StrEnum | None = getattr(self, "status", None)
        return None if status is None else status.value

    def _state(self) -> Iterator[tuple[str, str]]:
        for name in self.state_fields:
            value: Any = getattr(self, name)
            if value is not None:
                yield name, str(value)

    @property
    def commitment_wanted(self) -> bool:
        """Whether matching is asked how far each is taken."""
        return False

    @property
    def state_fields(self) -> tuple[str, ...]:
        """Parameters that name a field of the state."""
        return ()


class VacancyListing(Listing):
    """The list of vacancies."""

    status: VacancyStatus | None = None
    typology: Annotated[Typology | None, BeforeValidator(typology_of)] = None
    reservation: Reservation | None = Field(None, description="Réservataire vers lequel le logement est orienté")
    commitment: bool = Field(True, description="Dire aussi s'ils sont réservés ou attribués")
    to_confirm: bool = Field(False, description="À confirmer par leur bailleur : status=stale")

    @model_validator(mode="after")
    def _one_status(self) -> Self:
        if self.to_confirm and self.status not in {None, VacancyStatus.STALE}:
            raise PydanticCustomError(
                "to_confirm",
                "« to_confirm » et « status » se contredisent.",
                {"field": "to_confirm", "remedy": "status=stale"},
            )
        return self

    @property
    def commitment_wanted(self) -> bool:
        return self.commitment and not self.withdrawn

    @property
    def state_fields(self) -> tuple[str, ...]:
        return ("typology", "reservation")

    def _status(self) -> str | None:
        return VacancyStatus.STALE.value if self.to_confirm else super()._status()


class ShownOfferStatus(StrEnum):
    """The status of an offer as lists show it."""

    OPEN = OfferStatus.OPEN.value
    EXPIRED = OfferStatus.EXPIRED.value
    DUPLICATE = DUPLICATE


class OfferListing(Listing):
    """The list of offers."""

    status: ShownOfferStatus | None = Field(None, description="duplicate : la même offre compte par un autre flux")
    rome: Rome | None = None
    contract: Contract | None = None

    @property
    def state_fields(self) -> tuple[str, ...]:
        return ("rome", "contract")
