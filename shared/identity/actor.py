"""The caller of a request. Authority is a parameter: a query starts from the actor."""

from dataclasses import dataclass

from shared.identity.rights import Role


@dataclass(frozen=True)
class Actor:
    """An authenticated caller. `territories` limits a territory's people to its codes (EPCI or département); `service`
    names the service of the platform that calls, None for everyone else.
    """

    bearer: str
    organisation: str
    organisation_name: str
    role: Role
    user: str | None = None
    territories: frozenset[str] = frozenset()
    service: str | None = None

    @property
    def id(self) -> str:
        """The person, or the key where no person is behind it."""
        return self.user or self.bearer
