"""Fields that several bodies have: codes checked against the reference data, money, the caller's own reference."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

from services.ingest.schemas.answers import Notice
from shared.clock import isoformat
from shared.geography import geography, translation
from shared.occupations import occupations
from shared.web.reference_codes import known_commune, known_occupation
from shared.web.written_forms import COMMUNE, OCCUPATION, REFERENCE

# The global ids' prefixes: a reference of one's own may not look like one.
RESERVED_PREFIXES = ("vac_", "off_")
Reference = Annotated[str, Field(min_length=1, max_length=100, pattern=REFERENCE.pattern)]


# A former code becomes the current one, and `notices` tells so.
Commune = Annotated[str, Field(pattern=COMMUNE.pattern, examples=["15014"]), AfterValidator(known_commune)]
Rome = Annotated[str, Field(pattern=OCCUPATION.pattern, examples=["F1703"]), AfterValidator(known_occupation)]
# An instant that an answer shows, written as events write it: milliseconds and Z.
ShownInstant = Annotated[
    datetime,
    PlainSerializer(isoformat, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}, mode="serialization"),
]
Money = Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)]


class Publication(BaseModel):
    """What is published about one entity, and when it was observed."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    observed_at: AwareDatetime | None = Field(
        None, description="Instant de l'observation ; à défaut, celui de la réception."
    )

    def content(self) -> dict[str, Any]:
        """JSON-ready content, without the observation time and without unknowns."""
        return self.model_dump(mode="json", exclude={"observed_at", "reference"}, exclude_none=True)

    def notices(self, lang: str) -> list[Notice]:
        """What was accepted in another form than it was given."""
        told = translation(geography(), getattr(self, "commune", None) or "", lang)
        found = [Notice(field="commune", given=told.given, used=told.used, message=told.message)] if told else []
        code = getattr(self, "rome", None) or ""
        ended = occupations().all[code].valid_until if code in occupations().all else None
        if ended is not None:
            message = f"The ROME {ended} no longer has {code}." if lang == "en" else f"Le ROME {ended} n'a plus {code}."
            found.append(Notice(field="rome", given=code, used=code, message=message))
        return found
