"""Routes of vacancies."""

from typing import Final

from services.ingest.adapters.registry import VACANCIES
from services.ingest.routes.publications import Noun, publication_router
from services.ingest.schemas import VacancyBody, VacancyLine, VacancyListing
from shared.identity import Resource
from shared.withdrawals import VacancyWithdrawal

NOUN: Final = Noun(
    VACANCIES, Resource.VACANCY, "vacancies", VacancyBody, VacancyLine, VacancyListing, VacancyWithdrawal
)
router = publication_router(NOUN)
