"""A partner's own page of an offer that it gave France Travail, where the address surely names that one offer. Pure.

Two publications of the same page count once (`services.ingest.core.duplicates`), so a link that many offers share would
hide all but one of them. Most partners give a tracked link without an id: no origin is stated then.
"""

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

# Partners whose links carry the offer's own id, by host, and the path that does. Add one only after looking at its links.
OFFER_PAGES: Final[dict[str, re.Pattern[str]]] = {"www.meteojob.com": re.compile(r"/jobs/\d{5,12}")}
LONGEST_NAME: Final = 100


def origin_of(offer: Mapping[str, Any]) -> dict[str, str] | None:
    """`origin` of the content: the partner's name and its page, without parameters. None where that is not known."""
    stated = offer.get("origineOffre")
    partners = stated.get("partenaires") if isinstance(stated, Mapping) else None
    for partner in partners if isinstance(partners, list) else []:
        name, url = (partner.get("nom"), partner.get("url")) if isinstance(partner, Mapping) else (None, None)
        page = _page(url) if isinstance(url, str) else None
        if page is not None:
            if isinstance(name, str) and 0 < len(name.strip()) <= LONGEST_NAME:
                return {"partner": name.strip(), "url": page}
            return {"url": page}
    return None


def _page(url: str) -> str | None:
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").lower()
    except ValueError:
        return None
    form = OFFER_PAGES.get(host)
    return f"https://{host}{parts.path}" if form is not None and form.fullmatch(parts.path) else None
