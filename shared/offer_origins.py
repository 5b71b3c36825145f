"""What offers that several feeds publish have in common: a key from the origin that they state, never from likeness."""

import re
import unicodedata
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from shared.events import OfferOrigin

# Parameters that tell where a click came from, not which page it leads to.
_CLICK: Final = re.compile(
    r"^(utm_.*|gclid|fbclid|msclkid|dclid|yclid|mc_[ce]id|xtor|at_(medium|campaign|custom\d*)|_ga)$"
)
_PORTS: Final = {"http": 80, "https": 443}
# Between partner and reference: neither can hold it.
_BETWEEN: Final = "\x1f"


def origin_key(origin: OfferOrigin | None) -> str | None:
    """What offers of one origin have in common: the address of its own page, else the partner and its reference."""
    if origin is None:
        return None
    if origin.url is not None:
        return "url:" + canonical_url(origin.url)
    if origin.partner is not None and origin.reference is not None:
        return f"ref:{_plain(origin.partner)}{_BETWEEN}{origin.reference.strip()}"
    return None


def canonical_url(url: str) -> str:
    """An address without what does not lead elsewhere: scheme, letter case of the host, default port, order of
    parameters, those of click counters, fragment, last slash. Raises ValueError for what is no address."""
    parts = urlsplit(url.strip())
    host = (parts.hostname or "").rstrip(".")
    port = f":{parts.port}" if parts.port is not None and parts.port != _PORTS.get(parts.scheme.lower()) else ""
    kept = sorted(
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if not _CLICK.match(name.lower())
    )
    query = f"?{urlencode(kept)}" if kept else ""
    return f"{host}{port}{parts.path.rstrip('/')}{query}"


def _plain(name: str) -> str:
    """A partner's name in one writing: compatibility forms, letter case and spaces do not count."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
