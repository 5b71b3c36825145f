"""Bodies that landlords, feeds and territories send, a module a noun. What is absent is unknown, never 0."""

from services.ingest.schemas.answers import Notice, Upserted
from services.ingest.schemas.confirmations import ConfirmationBody, ConfirmationEnd, SelectionBody, SelectionEnds
from services.ingest.schemas.fields import RESERVED_PREFIXES, Publication
from services.ingest.schemas.lists import Listing, OfferListing, VacancyListing
from services.ingest.schemas.offers import OfferBody, OfferLine, OfferOriginBody, OfferSourceBody
from services.ingest.schemas.territories import CommitmentBody, TerritoryBody
from services.ingest.schemas.vacancies import VacancyBody, VacancyLine
from services.ingest.schemas.views import OfferView, PageView, VacancyView

__all__ = [
    "RESERVED_PREFIXES",
    "CommitmentBody",
    "ConfirmationBody",
    "ConfirmationEnd",
    "Listing",
    "Notice",
    "OfferBody",
    "OfferLine",
    "OfferListing",
    "OfferOriginBody",
    "OfferSourceBody",
    "OfferView",
    "PageView",
    "Publication",
    "SelectionBody",
    "SelectionEnds",
    "TerritoryBody",
    "Upserted",
    "VacancyBody",
    "VacancyLine",
    "VacancyListing",
    "VacancyView",
]
