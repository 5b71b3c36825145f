"""Numbers, money, dates and durations as people read them. Unknown is said, never shown as 0."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from services.console.core.languages import Language

PARIS: Final = ZoneInfo("Europe/Paris")
NARROW: Final = "\u202f"  # thousands in French
FIXED: Final = "\u00a0"

_MONTHS: Final = {
    Language.FR: ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."),
    Language.EN: ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}
_SHORT_WEEKDAYS: Final = {
    Language.FR: ("lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."),
    Language.EN: ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
_WEEKDAYS: Final = {
    Language.FR: ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    Language.EN: ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_BEFORE: Final = re.compile(r" (?=[:;!?%»])|(?<=\d) (?=(?:€|m²|km|min)(?!\w))")
_AFTER: Final = re.compile(r"(?<=«) ")
_UNKNOWN: Final = {Language.FR: "inconnu", Language.EN: "unknown"}


def unknown(language: Language) -> str:
    """The word for a value that is not known."""
    return _UNKNOWN[language]


def number(value: float | None, language: Language, digits: int = 0) -> str:
    """1 234,5 in French, 1,234.5 in English; at most `digits` decimals, none where they are zero."""
    if value is None:
        return unknown(language)
    text = f"{value:,.{digits}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    if text in {"-0", ""}:
        text = "0"
    if language is Language.FR:
        text = text.replace(",", NARROW).replace(".", ",")
    return text


def euros(value: float | None, language: Language, *, monthly: bool = False) -> str:
    """410 €/mois in French, €410/month in English, rounded to the euro."""
    if value is None:
        return unknown(language)
    if language is Language.FR:
        return f"{number(value, language)}{FIXED}€" + ("/mois" if monthly else "")
    return f"€{number(value, language)}" + ("/month" if monthly else "")


def percent(share: float | None, language: Language) -> str:
    """A share between 0 and 1 as 31 % in French, 31% in English."""
    if share is None:
        return unknown(language)
    return number(share * 100, language) + (f"{FIXED}%" if language is Language.FR else "%")


def measure(value: float | None, unit: str, language: Language, digits: int = 0) -> str:
    """A number with its unit, e.g. 62 m²."""
    return unknown(language) if value is None else f"{number(value, language, digits)}{FIXED}{unit}"


def tied(sentence: str) -> str:
    """A sentence of an API with the spaces where no line may break: before a unit, and where French has one."""
    return _AFTER.sub(FIXED, _BEFORE.sub(FIXED, sentence))


def moment(text: str | datetime | None) -> datetime | None:
    """An RFC 3339 instant, or a date (start of that day in France), as an aware datetime; None where it is neither."""
    if text is None or isinstance(text, datetime):
        return text
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    if read.tzinfo is None:
        read = read.replace(tzinfo=PARIS if len(text) == len("2026-12-01") else UTC)
    return read


def day(value: date | datetime | str | None, language: Language, *, weekday: bool = False) -> str:
    """12 déc. 2026, in France's time zone."""
    given = moment(value) if isinstance(value, str) else value
    if given is None:
        return unknown(language)
    local = given.astimezone(PARIS).date() if isinstance(given, datetime) else given
    text = f"{_ordinal(local.day, language)} {_MONTHS[language][local.month - 1]} {local.year}"
    return f"{_WEEKDAYS[language][local.weekday()]} {text}" if weekday else text


def _ordinal(number_of_day: int, language: Language) -> str:
    return "1er" if number_of_day == 1 and language is Language.FR else str(number_of_day)


def hour(value: datetime | str | None, language: Language) -> str:
    """12 déc. 2026 à 17 h 40, in France's time zone."""
    given = moment(value)
    if given is None:
        return unknown(language)
    local = given.astimezone(PARIS)
    if language is Language.FR:
        return f"{day(given, language)} à {local.hour}{FIXED}h{FIXED}{local.minute:02d}"
    return f"{day(given, language)} at {local:%H:%M}"


def last_day(due_at: datetime | str | None) -> date | None:
    """The last day in France on which something still counts: a deadline is the first instant that is too late."""
    due = moment(due_at)
    return None if due is None else (due - timedelta(seconds=1)).astimezone(PARIS).date()


def short_day(value: date | None, language: Language) -> str:
    """jeu. 26 nov., for lists: the year is near."""
    if value is None:
        return unknown(language)
    weekday = _SHORT_WEEKDAYS[language][value.weekday()]
    return f"{weekday} {_ordinal(value.day, language)} {_MONTHS[language][value.month - 1]}"


def time_left(due_at: datetime | str | None, now: datetime, language: Language) -> str | None:
    """The time that is left until a deadline, in the unit that matters; None without a deadline."""
    due = moment(due_at)
    last = last_day(due)
    if due is None or last is None:
        return None
    minutes = int((due - now).total_seconds() // 60)
    french = language is Language.FR
    if minutes < 0:
        return "échéance dépassée" if french else "deadline passed"
    days = (last - now.astimezone(PARIS).date()).days
    if days >= 2:
        return f"dans {days}{FIXED}jours" if french else f"in {days} days"
    if days == 1:
        return "demain" if french else "tomorrow"
    if minutes >= 60:
        return f"dans {minutes // 60}{FIXED}h" if french else f"in {minutes // 60} h"
    return f"dans {minutes}{FIXED}min" if french else f"in {minutes} min"


def urgent(due_at: datetime | str | None, now: datetime) -> bool:
    """Whether a deadline is passed or falls within a day."""
    due = moment(due_at)
    return due is not None and (due - now).total_seconds() < 86_400


def ago(at: datetime | str | None, now: datetime, language: Language) -> str:
    """How old something is: à l'instant, il y a 5 min, then the date."""
    given = moment(at)
    if given is None:
        return unknown(language)
    seconds = max(0, int((now - given).total_seconds()))
    french = language is Language.FR
    if seconds < 60:
        return "à l'instant" if french else "just now"
    if seconds < 3600:
        return f"il y a {seconds // 60}{FIXED}min" if french else f"{seconds // 60} min ago"
    if seconds < 86_400:
        return f"il y a {seconds // 3600}{FIXED}h" if french else f"{seconds // 3600} h ago"
    return day(given, language)
