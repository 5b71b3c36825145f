"""Small launcher of a child process: ties its life to its parent's, changes user where asked, then becomes the command.

    python -I -S tether.py PARENT_PID SIGNAL USER_ID|- COMMAND [ARGUMENT...]

Linux: the kernel sends SIGNAL to the command when its parent dies, however it dies (PR_SET_PDEATHSIG). Elsewhere the
next start ends what is left (see `deploy.local.home`). It is a program of its own because code between fork and exec
of a process with threads may hang. Standard library only; nothing imports it.

USER_ID: PostgreSQL refuses to run as root. The command then runs as that user and keeps one capability, to pass
through folders that only root may enter (a home such as /root is 0700), so that no folder's permissions are widened.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG, PR_SET_KEEPCAPS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 1, 8, 47, 2
CAP_DAC_OVERRIDE = 1
LINUX_CAPABILITY_VERSION_3 = 0x20080522


def call(function: str, *arguments: object) -> None:
    """Calls a C library function that answers 0, else raises OSError."""
    if getattr(ctypes.CDLL(None, use_errno=True), function)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{function}: {os.strerror(number)}")


def become(user_id: int, linux: bool) -> None:
    """Drops root for `user_id`; on Linux keeps CAP_DAC_OVERRIDE as an ambient capability."""
    if linux:
        call("prctl", PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setgid(user_id)
    os.setuid(user_id)
    if linux:
        header = (ctypes.c_uint32 * 2)(LINUX_CAPABILITY_VERSION_3, 0)
        bit = 1 << CAP_DAC_OVERRIDE
        sets = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)
        call("capset", ctypes.byref(header), ctypes.byref(sets))
        call("prctl", PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0)


def main() -> None:
    parent, signal_number, user, *command = sys.argv[1:]
    linux = sys.platform == "linux"
    if user != "-":
        become(int(user), linux)
    if linux:
        call("prctl", PR_SET_PDEATHSIG, int(signal_number), 0, 0, 0)
    if os.getppid() != int(parent):
        sys.exit("tether: the parent process is gone")
    os.execvp(command[0], command)  # noqa: S606 - the purpose of this program


main()
