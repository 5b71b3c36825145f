"""Languages of the console: French first, English; the household's page has more (`answer_texts`)."""

from enum import StrEnum


class Language(StrEnum):
    """Languages of the screens for professionals and the public."""

    FR = "fr"
    EN = "en"


def preferred(*, asked: str | None, remembered: str | None, accepted: str | None) -> Language:
    """The language of a page: what the address asks, else what the visitor chose before, else what the browser prefers."""
    for text in (asked, remembered):
        if text in set(Language):
            return Language(text)
    return Language.EN if best_of(accepted, ("fr", "en")) == "en" else Language.FR


def best_of(accepted: str | None, known: tuple[str, ...]) -> str:
    """The known language that an Accept-Language header likes best; the first known where it likes none."""
    best, quality = known[0], 0.0
    for part in (accepted or "").split(","):
        name, _, parameters = part.strip().partition(";")
        language = name.strip().lower().partition("-")[0]
        weight = _quality(parameters)
        if language in known and weight > quality:
            best, quality = language, weight
    return best


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
