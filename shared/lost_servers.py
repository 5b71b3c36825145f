"""Which server an error says is lost: PostgreSQL, Redis or Kafka. What is lost comes back, and is no defect to trace.

Told by where an error's type is declared, so that a process that uses none of a server's clients need not load them.
"""

from collections.abc import Iterator
from typing import Any, Final

RETRY_SECONDS: Final = 2  # after which a caller may come back
EXIT_CODE: Final = 75  # sysexits.h, EX_TEMPFAIL: a process that ends so is to be started again
POSTGRESQL, REDIS, KAFKA = "PostgreSQL", "Redis", "Kafka"

# States of PostgreSQL that say the server, not the statement: lost connections, shutting down, starting, no slot free,
# and a session ended because nobody was heard of.
_POSTGRESQL_STATES: Final = ("08", "57P01", "57P02", "57P03", "57P05", "53300")
_POSTGRESQL_TYPES: Final = frozenset({"OperationalError", "InterfaceError", "DisconnectionError"})
_REDIS_TYPES: Final = frozenset({"ConnectionError", "TimeoutError", "BusyLoadingError"})
_AIOKAFKA_TYPES: Final = frozenset(
    {"KafkaConnectionError", "KafkaTimeoutError", "NoBrokersAvailable", "NodeNotReadyError", "RequestTimedOutError"}
)
_CONFLUENT_NAMES: Final = frozenset({"_ALL_BROKERS_DOWN", "_TIMED_OUT", "_TIMED_OUT_QUEUE", "_TRANSPORT", "_RESOLVE"})


def lost_server(error: BaseException) -> tuple[str, str] | None:
    """The server that an error, or what led to it, says is lost, with the client's own words; None for anything else."""
    for one in _with_causes(error):
        server = _of_type(one)
        if server is not None:
            return server, _words(one)
    return None


def _with_causes(error: BaseException) -> Iterator[BaseException]:
    """The error, what is in it where it is a group, and what it came from."""
    waiting, seen = [error], set[int]()
    while waiting:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions
        original = getattr(one, "orig", None)
        waiting += [cause for cause in (original, one.__cause__) if isinstance(cause, BaseException)]


def _of_type(error: BaseException) -> str | None:
    names = {kind.__name__ for kind in type(error).__mro__}
    home = type(error).__module__.partition(".")[0]
    match home:
        case "psycopg":
            state = getattr(error, "sqlstate", None)
            lost = names & _POSTGRESQL_TYPES and (state is None or state.startswith(_POSTGRESQL_STATES))
            return POSTGRESQL if lost else None
        case "redis":
            return REDIS if names & _REDIS_TYPES else None
        case "aiokafka":
            return KAFKA if names & _AIOKAFKA_TYPES else None
        case "cimpl" | "confluent_kafka":
            return KAFKA if _confluent_name(error) in _CONFLUENT_NAMES else None
    return None


def _confluent_name(error: BaseException) -> str | None:
    told: Any = error.args[0] if error.args else None
    return told.name() if hasattr(told, "name") else None


def _words(error: BaseException) -> str:
    """The first line of what the client says: an address and a reason, never a value or a statement."""
    return (str(error).strip() or type(error).__name__).partition("\n")[0][:200]
