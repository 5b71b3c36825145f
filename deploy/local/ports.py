"""Whether the ports are free, and who holds one that is not."""

import socket
from collections.abc import Mapping
from typing import Final

import psutil

from deploy.local.errors import PortTaken

_BASES: Final = range(20_000, 32_000, 1000)


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen on the port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def holder(port: int) -> str | None:
    """« name (pid) » of the process that listens on the port; None where the system does not tell."""
    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.AccessDenied:
        return None
    for connection in connections:
        if connection.status == psutil.CONN_LISTEN and connection.laddr[1:] == (port,) and connection.pid:
            try:
                return f"{psutil.Process(connection.pid).name()} ({connection.pid})"
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                return f"? ({connection.pid})"
    return None


def check_ports(needed: Mapping[int, str], port_base: int, host: str = "127.0.0.1") -> None:
    """`needed`: port → what wants it. Raises PortTaken naming each taken port, its holder and the remedy."""
    taken = [port for port in sorted(needed) if not is_free(port, host)]
    if not taken:
        return
    lines = [f"  {port} ({needed[port]}) : {holder(port) or 'processus inconnu / unknown process'}" for port in taken]
    other = free_base(needed, port_base, host)
    raise PortTaken(
        "Ports déjà pris / ports already in use:\n"
        + "\n".join(lines)
        + f"\nArrêtez ces processus, ou choisissez d'autres ports, par exemple : ANCRAGE_PORT_BASE={other}"
        + f"\nStop these processes, or choose other ports, for example: ANCRAGE_PORT_BASE={other}"
    )


def free_base(needed: Mapping[int, str], port_base: int, host: str = "127.0.0.1") -> int:
    """Another base with all its ports free, below those that systems give to outgoing connections where there is one."""
    offsets = [port - port_base for port in needed]
    others = (base for base in _BASES if base != port_base)
    return next((base for base in others if all(is_free(base + offset, host) for offset in offsets)), port_base + 1000)
