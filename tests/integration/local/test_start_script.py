"""The `ancrage` script on machines that lack something. Pythons of other versions are played by small scripts."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.supervisor import CHECKOUT

GOOD = f'exec {sys.executable} "$@"'
OLD = 'case "$2" in *3,*11*) exit 1;; esac; echo "Python 3.9.18"'
WITHOUT_VENV = f'case "$2" in *ensurepip*) exit 1;; esac; exec {sys.executable} "$@"'
BROKEN_SHIM = "echo 'command not found' >&2; exit 127"


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A checkout with only what the script needs, and a PATH folder without any Python."""
    (tmp_path / "deploy").mkdir()
    shutil.copy(CHECKOUT / "ancrage", tmp_path)
    shutil.copy(CHECKOUT / "deploy" / "bootstrap.py", tmp_path / "deploy")
    shutil.copytree(CHECKOUT / "deploy" / "requirements", tmp_path / "deploy" / "requirements")
    (tmp_path / "bin").mkdir()
    for tool in ("sh", "dirname", "readlink"):
        (tmp_path / "bin" / tool).symlink_to(str(shutil.which(tool)))
    return tmp_path


def put(machine: Path, name: str, script: str) -> None:
    path = machine / "bin" / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)


def start(machine: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs the script; pip, where it comes so far, meets a proxy that is not there and no other source of packages."""
    nowhere = {"HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9", "PIP_NO_INDEX": "0"}
    return subprocess.run(
        [machine / "ancrage", "status"],
        env={
            "PATH": str(machine / "bin"),
            "HOME": str(machine),
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_CACHE_DIR": "1",
            "PIP_RETRIES": "0",
            **nowhere,
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_no_python_at_all_is_said_with_the_remedy(machine: Path) -> None:
    done = start(machine)
    assert done.returncode == 1
    assert "aucun Python 3" in done.stderr
    assert "ANCRAGE_PYTHON" in done.stderr


def test_a_python_that_is_too_old_is_named(machine: Path) -> None:
    put(machine, "python3", OLD)
    done = start(machine)
    assert done.returncode == 1
    assert "Trouvé : Python 3.9.18" in done.stderr


def test_a_python_without_venv_is_told_which_package_to_install(machine: Path) -> None:
    put(machine, "python3", WITHOUT_VENV)
    done = start(machine)
    assert done.returncode == 1
    assert f"apt install python{sys.version_info.major}.{sys.version_info.minor}-venv" in done.stderr


def test_an_unreachable_registry_is_said_and_the_next_start_begins_again(machine: Path) -> None:
    put(machine, "python3.13", BROKEN_SHIM)
    put(machine, "python3", GOOD)
    for _ in range(2):
        done = start(machine)
        assert done.returncode == 1, done.stderr
        assert "Le registre de paquets Python est injoignable" in done.stderr
        assert "création de l'environnement" in done.stderr
        assert not (machine / ".venv" / "ancrage-stamp.json").exists()


def test_an_environment_that_somebody_else_made_is_not_deleted(machine: Path) -> None:
    put(machine, "python3", GOOD)
    (machine / ".venv").mkdir()
    (machine / ".venv" / "mine").touch()
    done = start(machine)
    assert done.returncode == 1
    assert "n'a pas été créé par Ancrage" in done.stderr
    assert (machine / ".venv" / "mine").exists()


def test_a_finished_environment_starts_the_command_at_once_from_any_folder(machine: Path) -> None:
    put(machine, "python3", GOOD)
    (machine / "deploy" / "cli.py").write_text("import sys; print('started', *sys.argv[1:])", encoding="utf-8")
    make = (
        "import sys; sys.path.insert(0, 'deploy'); import bootstrap as b; b.make_environment(); b.put_on_path(); "
        "import json; b.STAMP.write_text(json.dumps(b.wanted_stamp(['run.txt'])))"
    )
    subprocess.run([sys.executable, "-c", make], cwd=machine, check=True, capture_output=True)
    elsewhere = machine / "elsewhere"
    elsewhere.mkdir()
    link = elsewhere / "start"
    link.symlink_to("../ancrage")
    done = subprocess.run([link, "status"], cwd=elsewhere, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "started status\n"), done.stderr
