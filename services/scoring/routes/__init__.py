"""Routes of the scoring API."""

from fastapi import APIRouter

from services.scoring.routes import exports, history, rankings, territories

router = APIRouter()
# Before the territories: their route of one code would take the exports for a code.
router.include_router(exports.router)
router.include_router(territories.router)
router.include_router(history.router)
router.include_router(rankings.router)
