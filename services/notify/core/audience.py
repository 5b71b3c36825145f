"""Who may be told of an occurrence. The same rule decides deliveries and every send of a live stream."""

from collections.abc import Callable
from dataclasses import dataclass

from shared.identity import Role

# The codes that stand for a territory: its own and those of the départements it reaches into.
AreasOf = Callable[[str], frozenset[str]]


@dataclass(frozen=True)
class Audience:
    """Operators see everything; the others what one of these says.

    `organisation`: its caseworkers. `landlord`: that landlord's people. `territory`: its own people, None for nobody's.
    `account`: an organisation's people in whatever role, about its own use of the platform.
    """

    organisation: str | None = None
    landlord: str | None = None
    territory: str | None = None
    all_caseworkers: bool = False
    everyone: bool = False
    account: str | None = None


@dataclass(frozen=True)
class Reader:
    """The rights of whoever owns an endpoint or follows a live stream. `territories`: of a territory's people."""

    role: Role
    organisation: str
    territories: frozenset[str] = frozenset()


def may_know(reader: Reader, audience: Audience, areas_of: AreasOf) -> bool:
    """Whether `reader` may be told."""
    if audience.everyone or reader.role is Role.OPERATOR:
        return True
    if audience.account is not None and audience.account == reader.organisation:
        return True
    match reader.role:
        case Role.CASEWORKER:
            return audience.all_caseworkers or audience.organisation == reader.organisation
        case Role.LANDLORD:
            return audience.landlord == reader.organisation
        case Role.TERRITORY:
            return audience.territory is not None and bool(areas_of(audience.territory) & reader.territories)
        case _:
            return False
