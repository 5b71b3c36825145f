"""Bodies of what host territories declare. What is absent is not stated, never 0."""

from datetime import date
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from services.ingest.schemas.fields import Rome
from shared.events import ClosedFor, CommitmentStatus, Period, Typology
from shared.geography import geography
from shared.programmes import Programme
from shared.web.written_forms import EMAIL, TELEPHONE

# What dates alone decide is never declared.
_BY_DATES: Final = frozenset({ClosedFor.NOT_YET_VALID, ClosedFor.EXPIRED})
LONGEST_CLOSURE_DAYS: Final = 366


def _declarable(reason: ClosedFor) -> ClosedFor:
    if reason in _BY_DATES:
        codes = ", ".join(one.value for one in ClosedFor if one not in _BY_DATES)
        raise PydanticCustomError(
            "reason_by_dates", "Motif que seules les dates décident : {value}.", {"value": reason, "remedy": codes}
        )
    return reason


def _known_territory(code: str) -> str:
    atlas = geography()
    if atlas.territory(code) is None:
        commune = atlas.commune(code)
        remedies = [
            atlas.territory_of(code) if commune else atlas.suggest_territory(code, lang) for lang in ("fr", "en")
        ]
        raise PydanticCustomError(
            "not_a_territory",
            "Un ensemble se compose d'intercommunalités ou de communes sans intercommunalité : {code} n'en est pas une.",
            {"code": code, "remedy": remedies[0], "remedy_en": remedies[1]},
        )
    return code


Reason = Annotated[ClosedFor, AfterValidator(_declarable)]
Places = Annotated[int | None, Field(ge=0, le=10_000)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class SchoolPlacesBody(_Body):
    """Free places by level."""

    maternelle: Places = None
    elementaire: Places = None
    college: Places = None
    lycee: Places = None


class ClosureBody(_Body):
    """A period without arrivals, both days included; each year on the same days where `yearly`."""

    first_day: date
    last_day: date
    reason: Reason
    yearly: bool = False

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not 0 <= (self.last_day - self.first_day).days < LONGEST_CLOSURE_DAYS:
            raise PydanticCustomError(
                "closure",
                "Une fermeture va de son premier à son dernier jour, un an au plus.",
                {"remedy": "first_day <= last_day"},
            )
        return self


class ContactBody(_Body):
    """A professional to speak to. Shown to caseworkers, operators and the territory; published nowhere."""

    name: str = Field(min_length=1, max_length=100)
    function: str | None = Field(None, max_length=100)
    email: str | None = Field(None, max_length=200, pattern=EMAIL.pattern)
    phone: str | None = Field(None, max_length=30, pattern=TELEPHONE.pattern)


class CommitmentBody(_Body):
    """What a territory commits to in one programme."""

    programme: Programme
    status: CommitmentStatus = CommitmentStatus.OPEN
    reason: Reason | None = Field(None, description="Pourquoi il est en pause ou fermé.")
    name: str | None = Field(None, min_length=1, max_length=100, description="Nom de l'ensemble de territoires.")
    area: list[Annotated[str, AfterValidator(_known_territory)]] = Field(
        default_factory=list, max_length=80, description="Intercommunalités de l'ensemble ; à défaut, le code lui-même."
    )
    capacity_households: int | None = Field(None, ge=0, le=100_000)
    capacity_persons: int | None = Field(None, ge=0, le=400_000)
    period: Period = Field(Period.AT_ONCE, description="Ce que la capacité compte : à la fois, ou par période civile.")
    needs_rome: list[Rome] = Field(default_factory=list, max_length=200)
    needs_typologies: list[Typology] = Field(default_factory=list, max_length=6)
    needs_school_places: SchoolPlacesBody | None = None
    calendar: list[ClosureBody] = Field(default_factory=list, max_length=24)
    valid_from: date | None = None
    valid_until: date | None = None
    contacts: list[ContactBody] | None = Field(
        None, max_length=5, description="Absent : les contacts connus restent ; liste vide : ils sont effacés."
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.valid_from and self.valid_until and self.valid_until < self.valid_from:
            raise PydanticCustomError(
                "validity", "valid_until précède valid_from.", {"remedy": "valid_until >= valid_from"}
            )
        if self.status is CommitmentStatus.OPEN and self.reason is not None:
            raise PydanticCustomError(
                "reason_open", "Un engagement ouvert n'a pas de motif.", {"remedy": "status = paused | closed"}
            )
        if len(set(self.area)) != len(self.area):
            raise PydanticCustomError(
                "area_twice", "Un territoire figure deux fois dans l'ensemble.", {"remedy": "1 ×"}
            )
        return self

    def content(self) -> dict[str, Any]:
        """JSON-ready content, in one form: sets sorted, without unknowns and without contacts."""
        content = self.model_dump(mode="json", exclude={"contacts"}, exclude_none=True, exclude_defaults=True)
        content |= {"programme": self.programme.value, "status": self.status.value}
        for name in ("area", "needs_rome", "needs_typologies"):
            if name in content:
                content[name] = sorted(set(content[name]))
        return content


class TerritoryBody(_Body):
    """All commitments of a territory from a day on: what is absent is withdrawn."""

    commitments: list[CommitmentBody] = Field(max_length=20)
    observed_at: AwareDatetime | None = None
    effective_from: date | None = Field(None, description="Premier jour ; à défaut, aujourd'hui. Plus tard : annoncé.")

    @model_validator(mode="after")
    def _once(self) -> Self:
        names = [item.programme for item in self.commitments]
        if len(set(names)) != len(names):
            raise PydanticCustomError(
                "programme_twice", "Un programme figure deux fois.", {"remedy": "1 programme = 1 ligne"}
            )
        return self
