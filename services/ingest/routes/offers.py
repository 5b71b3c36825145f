"""Routes of offers."""

from typing import Final

from services.ingest.adapters.registry import OFFERS
from services.ingest.routes.publications import Noun, publication_router
from services.ingest.schemas import OfferBody, OfferListing, OfferView
from shared.identity import Resource
from shared.withdrawals import OfferWithdrawal

NOUN: Final = Noun(OFFERS, Resource.OFFER, "offers", OfferBody, OfferListing, OfferView, OfferWithdrawal)
router = publication_router(NOUN)
