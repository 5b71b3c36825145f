"""Where webhooks may go: rules on the URL when it is given, on the address at each attempt.

Public unicast addresses are allowed, others only inside networks that the operator allows. IPv6 forms that carry an IPv4
address are judged by it as well, since a gateway would connect to it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from shared.words import Words

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

MAX_URL: Final = 2000
# Special-purpose registries (IANA): some of these are "global" to the standard library, or change between its versions.
_REFUSED: Final = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
        "::/8",
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",
        "2001:db8::/32",
        "3fff::/20",
        "5f00::/16",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
    )
)
_NAT64: Final = IPv6Network("64:ff9b::/96")
_SIX_TO_FOUR: Final = IPv6Network("2002::/16")
_COMPATIBLE: Final = IPv6Network("::/96")
_LABEL: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
# IDNA 2003 and 2008 make different names of these: who gives one in "xn--…" says which.
_DEVIATIONS: Final = frozenset("ßς\u200c\u200d")
_NUMERIC: Final = re.compile(r"0x[0-9a-f]*|[0-9]+")


class UrlFault(StrEnum):
    """Why a URL cannot be an endpoint."""

    NOT_A_URL = "not_a_url"
    SCHEME = "scheme"
    USERINFO = "userinfo"
    FRAGMENT = "fragment"
    HOST = "host"
    NUMERIC_HOST = "numeric_host"
    PORT = "port"
    PRIVATE = "private"
    PLAIN_HTTP = "plain_http"

    @property
    def wording(self) -> "Wording":
        """What is wrong and what to do about it, in French and in English."""
        return _WORDINGS[self]


class Wording(NamedTuple):
    """What is said of a fault."""

    message: Words
    remedy: Words


_WORDINGS: Final[dict[UrlFault, Wording]] = {
    UrlFault.NOT_A_URL: Wording(
        Words("Ce n'est pas une URL.", "This is not a URL."),
        Words(
            "Donnez une URL absolue, par exemple https://exemple.fr/ancrage.",
            "Give an absolute URL, for example https://exemple.fr/ancrage.",
        ),
    ),
    UrlFault.SCHEME: Wording(
        Words("Seuls https et http sont possibles.", "Only https and http are possible."),
        Words("Commencez par https://.", "Begin with https://."),
    ),
    UrlFault.USERINFO: Wording(
        Words("L'URL contient un nom d'utilisateur ou un mot de passe.", "The URL holds a user name or a password."),
        Words(
            "Retirez-le : la signature Standard Webhooks authentifie l'envoi.",
            "Leave it out: the Standard Webhooks signature authenticates what is sent.",
        ),
    ),
    UrlFault.FRAGMENT: Wording(
        Words(
            "L'URL contient un fragment (#…), qui n'est jamais envoyé.",
            "The URL holds a fragment (#…), which is never sent.",
        ),
        Words("Retirez-le.", "Leave it out."),
    ),
    UrlFault.HOST: Wording(
        Words("Le nom d'hôte n'est pas valable.", "The host name is not valid."),
        Words("Donnez un nom de domaine ou une adresse IP.", "Give a domain name or an IP address."),
    ),
    UrlFault.NUMERIC_HOST: Wording(
        Words(
            "L'hôte est un nombre qui n'est pas une adresse IPv4 ordinaire.",
            "The host is a number that is no ordinary IPv4 address.",
        ),
        Words(
            "Écrivez quatre nombres décimaux de 0 à 255, ou un nom de domaine.",
            "Write four decimal numbers from 0 to 255, or a domain name.",
        ),
    ),
    UrlFault.PORT: Wording(
        Words("Le port n'est pas valable.", "The port is not valid."),
        Words("Donnez un port de 1 à 65535.", "Give a port from 1 to 65535."),
    ),
    UrlFault.PRIVATE: Wording(
        Words("Cette adresse n'est pas publique.", "This address is not public."),
        Words(
            "Donnez une adresse publique, ou demandez à l'opérateur d'autoriser ce réseau (ANCRAGE_WEBHOOK_ALLOW).",
            "Give a public address, or ask the operator to allow this network (ANCRAGE_WEBHOOK_ALLOW).",
        ),
    ),
    UrlFault.PLAIN_HTTP: Wording(
        Words(
            "Le http sans chiffrement n'est possible que vers un réseau autorisé par l'opérateur.",
            "Plain http is possible only towards a network that the operator allows.",
        ),
        Words(
            "Utilisez https://, ou demandez à l'opérateur d'autoriser ce réseau (ANCRAGE_WEBHOOK_ALLOW).",
            "Use https://, or ask the operator to allow this network (ANCRAGE_WEBHOOK_ALLOW).",
        ),
    ),
}


@dataclass(frozen=True)
class Target:
    """An accepted endpoint URL: its normal form, and the host that is resolved at each attempt (ASCII, no brackets)."""

    url: str
    scheme: str
    host: str
    port: int


def parse_target(url: str, allowed: Sequence[Network]) -> Target | UrlFault:
    """The target of a URL, or what is wrong with it. An address in the URL is judged here; a name at each attempt."""
    if len(url) > MAX_URL or (not url.isascii() and any(part.isspace() for part in url)):
        return UrlFault.NOT_A_URL
    if any(character <= " " or character in '\\"<>^`{|}\x7f' for character in url):
        return UrlFault.NOT_A_URL
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        return UrlFault.PORT if "ort" in str(error) else UrlFault.NOT_A_URL
    scheme = parts.scheme.lower()
    if not scheme or not parts.netloc:
        return UrlFault.NOT_A_URL
    if scheme not in {"http", "https"}:
        return UrlFault.SCHEME
    if "@" in parts.netloc:
        return UrlFault.USERINFO
    if "#" in url:
        return UrlFault.FRAGMENT
    if port == 0:
        return UrlFault.PORT
    host = _host(parts.hostname or "")
    if isinstance(host, UrlFault):
        return host
    literal = _literal(host)
    if literal is not None:
        fault = address_fault(literal, scheme, allowed)
        if fault is not None:
            return fault
    shown = f"[{host}]" if ":" in host else host
    standard = 443 if scheme == "https" else 80
    suffix = f":{port}" if port and port != standard else ""
    query = f"?{parts.query}" if parts.query else ""
    return Target(f"{scheme}://{shown}{suffix}{parts.path or '/'}{query}", scheme, host, port or standard)


def address_fault(address: Address, scheme: str, allowed: Iterable[Network]) -> UrlFault | None:
    """Why a webhook may not go to this address, None where it may."""
    if any(address.version == network.version and address in network for network in allowed):
        return None
    if not is_public(address):
        return UrlFault.PRIVATE
    return UrlFault.PLAIN_HTTP if scheme == "http" else None


def is_public(address: Address) -> bool:
    """Whether the address is public unicast, and so is every IPv4 address it carries."""
    embedded = _embedded(address)
    if embedded is not None:
        return is_public(embedded)
    if any(address.version == network.version and address in network for network in _REFUSED):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def vetted(addresses: Iterable[str], scheme: str, allowed: Sequence[Network]) -> tuple[str, ...]:
    """Of the addresses that a name resolved to, those a connection may be made to, in the resolver's order."""
    kept: list[str] = []
    for text in addresses:
        address = ip_address(text)
        # A scope ("fe80::1%eth0") names an interface of this machine.
        if getattr(address, "scope_id", None) is None and address_fault(address, scheme, allowed) is None:
            kept.append(str(address))
    return tuple(dict.fromkeys(kept))


def _embedded(address: Address) -> IPv4Address | None:
    if isinstance(address, IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    number = int(address)
    if address in _NAT64 or (address in _COMPATIBLE and number > 0xFFFF):
        return IPv4Address(number & 0xFFFFFFFF)
    if address in _SIX_TO_FOUR:
        return IPv4Address(number >> 80 & 0xFFFFFFFF)
    return None


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _host(given: str) -> str | UrlFault:
    """The host in ASCII lower case. Resolvers read "127.1", "0177.0.0.1" or "0x7f000001" as addresses: refused."""
    if ":" in given:
        literal = _literal(given)
        return str(literal) if literal is not None and "%" not in given else UrlFault.HOST
    if any(character in _DEVIATIONS for character in given.lower()):
        return UrlFault.HOST
    try:
        # IDNA 2003 maps full-width digits and dots to ASCII ones: what follows sees what a resolver would.
        name = given.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return UrlFault.HOST
    name = name.removesuffix(".")
    labels = name.split(".")
    if not name or len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        return UrlFault.HOST
    if _NUMERIC.fullmatch(labels[-1]):
        literal = _literal(name)
        return str(literal) if literal is not None else UrlFault.NUMERIC_HOST
    return name
