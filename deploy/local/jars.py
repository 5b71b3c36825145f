"""The broker's jars: which ones, their hashes, and how they come into the cache folder.

`kafka-jars.sha256` lists `<sha256>  <group>:<artifact>:<version>`: Apache Kafka's runtime set as its POM resolves, and
log4j-slf4j-impl, without which the broker would log nothing. A complete cache asks nothing of the network.
"""

import fcntl
import hashlib
import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from deploy.local.errors import JarsUnavailable

MANIFEST = Path(__file__).with_name("kafka-jars.sha256")
KAFKA_VERSION = "4.3.0"


@dataclass(frozen=True)
class Jar:
    """One jar of the manifest."""

    sha256: str
    group: str
    artifact: str
    version: str

    @property
    def file_name(self) -> str:
        return f"{self.artifact}-{self.version}.jar"


def read_manifest(text: str) -> tuple[Jar, ...]:
    """Parses the manifest. Raises ValueError on a line of another shape."""
    jars = []
    for line in text.splitlines():
        sha256, coordinates = line.split()
        group, artifact, version = coordinates.split(":")
        jars.append(Jar(sha256, group, artifact, version))
    return tuple(jars)


def is_intact(path: Path, jar: Jar) -> bool:
    """Whether the file exists and is the expected one."""
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == jar.sha256


def ensure_jars(folder: Path, tell: Callable[[str], None]) -> tuple[Path, ...]:
    """Paths of all jars, each verified; fetches into `folder` what is missing or damaged.

    `tell` receives one line per step for people. Raises JarsUnavailable.
    """
    jars = read_manifest(MANIFEST.read_text(encoding="utf-8"))
    if any(not is_intact(folder / jar.file_name, jar) for jar in jars):
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            missing = [jar for jar in jars if not is_intact(folder / jar.file_name, jar)]
            if missing:
                _fetch(missing, folder, tell)
    return tuple(folder / jar.file_name for jar in jars)


def _fetch(missing: list[Jar], folder: Path, tell: Callable[[str], None]) -> None:
    """Downloads through jgo (its own settings file may name a mirror), verifies, then moves into place."""
    import jgo.config
    import requests
    import stamina
    from jgo.constants import MAVEN_CENTRAL_URL
    from jgo.maven import MavenContext

    for left_over in folder.glob(".download-*"):
        shutil.rmtree(left_over)
    tell(f"téléchargement d'Apache Kafka {KAFKA_VERSION} ({len(missing)} fichiers, 45 Mo, une seule fois)")
    with tempfile.TemporaryDirectory(dir=folder, prefix=".download-") as temporary:
        context = MavenContext(
            repo_cache=Path(temporary),
            remote_repos={"central": MAVEN_CENTRAL_URL, **jgo.config.GlobalSettings.load().repositories},
            timeout=30,
        )

        @stamina.retry(on=(requests.RequestException, RuntimeError), attempts=3)
        def download(jar: Jar) -> Path:
            artifact = context.project(jar.group, jar.artifact).at_version(jar.version).artifact()
            path: Path = artifact.cached_path
            path.unlink(missing_ok=True)
            artifact.resolve()
            if not is_intact(path, jar):
                raise RuntimeError(f"{jar.file_name}: sha256 is not the one in {MANIFEST.name}")
            return path

        with ThreadPoolExecutor(4) as pool:
            downloads = {jar: pool.submit(download, jar) for jar in missing}
            try:
                for number, (jar, pending) in enumerate(downloads.items(), 1):
                    pending.result().replace(folder / jar.file_name)
                    if number % 15 == 0 or number == len(missing):
                        tell(f"Apache Kafka {KAFKA_VERSION} : {number}/{len(missing)} fichiers")
            except (requests.RequestException, RuntimeError) as error:
                pool.shutdown(wait=False, cancel_futures=True)
                raise JarsUnavailable(
                    "Impossible de télécharger Apache Kafka depuis le dépôt Maven : vérifiez le réseau ou le proxy "
                    "(HTTPS_PROXY), ou indiquez un courtier existant par ANCRAGE_KAFKA=hôte:port.\n"
                    "Apache Kafka could not be downloaded from the Maven repository: check the network or proxy "
                    f"(HTTPS_PROXY), or name an existing broker with ANCRAGE_KAFKA=host:port.\n({error})"
                ) from error
