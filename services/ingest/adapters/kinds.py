"""The two kinds of entity that ingest keeps, vacancies and offers: where each is stored and how its state is built."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from services.ingest.adapters.models import EntityRow, OfferRow, VacancyRow
from services.ingest.core.states import Dated, dated_offer, dated_vacancy, erased_offer, offer_state, vacancy_state
from shared import topics
from shared.events import Offer, Vacancy
from shared.identity import Actor

S = TypeVar("S", Vacancy, Offer)


@dataclass(frozen=True)
class Kind(Generic[S]):
    """How one kind of entity is built and kept."""

    topic: str
    prefix: str
    row: type[EntityRow]
    state: type[S]
    build: Callable[[Mapping[str, Any], Actor, str, str, str], S]  # content, actor, id, reference, observed_at
    dated: Callable[..., Dated[S]]
    erased: Callable[[S], S] | None = None  # what may stay of a withdrawn state; None: no licence asks for it
    private: frozenset[str] = frozenset()  # fields of the content that never enter an event
    may_be_twice: bool = False  # whether several owners may publish the same one

    @property
    def table(self) -> str:
        """Name of its table."""
        return str(self.row.__tablename__)


VACANCIES: Final = Kind(
    topics.VACANCIES,
    "vac",
    VacancyRow,
    Vacancy,
    lambda content, actor, identifier, reference, observed_at: vacancy_state(
        content, identifier=identifier, owner=actor.organisation, reference=reference, observed_at=observed_at
    ),
    dated_vacancy,
    private=frozenset({"address"}),
)
OFFERS: Final = Kind(
    topics.OFFERS,
    "off",
    OfferRow,
    Offer,
    lambda content, actor, identifier, reference, observed_at: offer_state(
        content,
        identifier=identifier,
        owner=actor.organisation,
        reference=reference,
        observed_at=observed_at,
        owner_name=actor.organisation_name,
    ),
    dated_offer,
    erased_offer,
    may_be_twice=True,
)
