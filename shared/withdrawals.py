"""Why a vacancy or an offer is withdrawn: declared once for the API, the console and the bulk files."""

from enum import StrEnum


class VacancyWithdrawal(StrEnum):
    """Why a dwelling is no longer offered. ABSENT is said by a full file that leaves it out, never chosen by a person."""

    LET = "let"  # to a household that the platform proposed
    LET_ELSEWHERE = "let_elsewhere"
    WORKS = "works"
    SOLD = "sold"
    DEMOLITION = "demolition"
    DUPLICATE = "duplicate"
    ERROR = "error"
    OTHER = "other"
    ABSENT = "absent"


class OfferWithdrawal(StrEnum):
    """Why a job is no longer offered. ABSENT is said by a snapshot that leaves it out, never chosen by a person."""

    FILLED = "filled"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    DUPLICATE = "duplicate"
    ERROR = "error"
    OTHER = "other"
    ABSENT = "absent"
