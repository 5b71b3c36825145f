"""Makes the environment `.venv` where it is missing or out of date, then becomes `python -m deploy.cli`.

Run by the `ancrage` script with any Python 3.11 to 3.13; standard library only. Packages come pinned and with their
hashes from deploy/requirements; `ancrage test` adds the test tools. The stamp `.venv/ancrage-stamp.json` says for what
the environment was made, and is written last: an interrupted installation is begun again. A `.venv` that somebody else
made is used, and never deleted.
"""

import fcntl
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
STAMP = ENVIRONMENT / "ancrage-stamp.json"
MADE_HERE = ENVIRONMENT / "made-by-ancrage"
REQUIREMENTS = ROOT / "deploy" / "requirements"
NETWORK_SIGNS = ("NewConnectionError", "NameResolutionError", "ConnectTimeout", "ProxyError", "SSLError", "ReadTimeout",
                 "No matching distribution", "Network is unreachable")  # fmt: skip


def wanted_stamp(files: list[str]) -> dict[str, str]:
    """What the environment has to be made for: Python, place, and the hash of each requirements file."""
    hashes = {name: hashlib.sha256((REQUIREMENTS / name).read_bytes()).hexdigest() for name in files}
    return {"python": platform.python_version(), "root": str(ROOT), **hashes}


def read_stamp() -> dict[str, str]:
    """The environment's stamp, {} where it has none that can be read."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def say(line: str) -> None:
    """A line for the person who waits; standard output belongs to the command."""
    print(line, file=sys.stderr, flush=True)


def fail(line: str, detail: str = "") -> None:
    """Ends with a message and code 1."""
    if detail:
        say(detail)
    sys.exit(line)


def make_environment() -> None:
    """A new, empty environment in the place of whatever was there."""
    if ENVIRONMENT.exists():
        shutil.rmtree(ENVIRONMENT)
    say("Ancrage : création de l'environnement Python (.venv)")
    try:
        # Links, except where this Python is itself a link farm that would break: venv decides as `python -m venv` does.
        venv.EnvBuilder(with_pip=True, symlinks=True).create(ENVIRONMENT)
    except (OSError, subprocess.CalledProcessError) as error:
        fail(f"L'environnement .venv ne peut pas être créé. / Cannot create .venv.\n{error}")
    MADE_HERE.touch()


def ready_environment() -> None:
    """An environment of this Python to install into. Ends with a message where a foreign one is in the way."""
    if MADE_HERE.exists() or not ENVIRONMENT.exists():
        make_environment()
    elif Path(sys.prefix).resolve() != ENVIRONMENT.resolve():
        fail(
            "Le dossier .venv n'a pas été créé par Ancrage et n'est pas un environnement Python 3.11 à 3.13 : "
            "supprimez-le ou déplacez-le, puis relancez.\n"
            "The folder .venv was not made by Ancrage and is no Python 3.11 to 3.13 environment: remove or move it."
        )


def install(name: str, lock: int) -> None:
    """Installs one requirements file, every package checked against its hashes.

    pip holds the lock too: should this program be killed, the next one waits until pip has ended.
    """
    file = REQUIREMENTS / name
    total = len(re.findall(r"^[a-z0-9]", file.read_text(encoding="utf-8"), flags=re.MULTILINE | re.IGNORECASE))
    what = "outils de test" if name == "test.txt" else "paquets"
    say(f"Ancrage : installation des {what} ({total})")
    # The files name every package that is needed: nothing is left to resolve. Compiling is faster in parallel, below.
    options = ["--require-hashes", "--no-deps", "--no-compile", "--no-input", "--disable-pip-version-check"]
    command = [str(PYTHON), "-m", "pip", "install", *options, "--progress-bar=off", "-r", str(file)]
    pip = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        pass_fds=(lock,),
        env={"PIP_RETRIES": "2", **os.environ},
    )
    lines: list[str] = []
    seen = 0
    shown = time.monotonic()
    for line in pip.stdout or ():
        lines.append(line.rstrip())
        seen += line.startswith(("Collecting", "Requirement already"))
        if line.startswith("Installing collected"):
            say("  mise en place")
        elif line.startswith("Collecting") and time.monotonic() - shown > 2:
            shown = time.monotonic()
            say(f"  {seen}/{total}")
    if pip.wait() != 0:
        text = "\n".join(lines[-12:])
        if any(sign in text for sign in NETWORK_SIGNS):
            fail(
                "Le registre de paquets Python est injoignable ou ne répond pas : vérifiez le réseau, le proxy "
                "(HTTPS_PROXY) ou la configuration de pip, puis relancez.\n"
                "The Python package registry cannot be reached: check the network, the proxy (HTTPS_PROXY) or pip's "
                "configuration, then start again.",
                text,
            )
        fail("L'installation des paquets a échoué. / The packages could not be installed.", text)


def compile_modules() -> None:
    """Compiles what was installed on all cores; a module that does not compile is one that nothing imports."""
    site_packages = str(ENVIRONMENT / "lib")
    subprocess.run([str(PYTHON), "-m", "compileall", "-qq", "-j", "0", site_packages], check=False)


def put_on_path() -> None:
    """The checkout itself is imported, from any folder: one line in site-packages, nothing copied or built."""
    (site_packages,) = ENVIRONMENT.glob("lib/python3*/site-packages")
    (site_packages / "ancrage.pth").write_text(f"{ROOT}\n", encoding="utf-8")


def ensure(files: list[str]) -> None:
    """Brings the environment to hold `files`; does nothing where the stamp says that it does."""
    with (ROOT / ".venv.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Ancrage : une autre installation est en cours dans ce dossier, attente…")
            fcntl.flock(lock, fcntl.LOCK_EX)
        stamp, wanted = read_stamp(), wanted_stamp(files)
        if wanted.items() <= stamp.items():
            return
        started = time.monotonic()
        # Packages are added to a finished environment of this Python, and to no other.
        if not stamp or any(stamp.get(name) != wanted[name] for name in ("python", "root", "run.txt")):
            ready_environment()
            stamp = {}
        STAMP.unlink(missing_ok=True)
        for name in files:
            if stamp.get(name) != wanted[name]:
                install(name, lock.fileno())
        compile_modules()
        put_on_path()
        making = STAMP.with_suffix(".making")
        making.write_text(json.dumps({**stamp, **wanted}, indent=1), encoding="utf-8")
        making.replace(STAMP)
        say(f"Ancrage : environnement prêt en {time.monotonic() - started:.0f} s")


def main() -> None:
    files = ["run.txt", "test.txt"] if sys.argv[1:2] == ["test"] else ["run.txt"]
    try:
        if not wanted_stamp(files).items() <= read_stamp().items():
            ensure(files)
    except KeyboardInterrupt:
        sys.exit(130)
    os.execv(PYTHON, [str(PYTHON), "-m", "deploy.cli", *sys.argv[1:]])  # noqa: S606 - the purpose of this program


if __name__ == "__main__":
    main()
