"""Who calls and what they may do: organisations, people, bearers (API keys and sessions), the declared rights.

Only the console and `ancrage keys` write the identity database; the APIs read it with a SELECT-only role.
"""

from shared.identity.actor import Actor
from shared.identity.rights import MATRIX, Action, Resource, Role, Scope, scope_of

__all__ = ["MATRIX", "Action", "Actor", "Resource", "Role", "Scope", "scope_of"]
