"""A process of the platform that a test starts, kills and starts again, with its log."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx

from shared.processes import BY_NAME
from tests.patience import PATIENCE_SECONDS, until


class Killable:
    """`name` of the process table; `environment` is all that it gets. Ready when `url` answers."""

    def __init__(self, name: str, environment: Mapping[str, str], url: str, log: Path) -> None:
        self._name = name
        self._environment = environment
        self._url = url
        self._log = log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Does not wait until it is ready."""
        with self._log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, *BY_NAME[self._name].command], env=self._environment, stdout=output, stderr=output
            )

    @property
    def running(self) -> subprocess.Popen[bytes]:
        """What was started, whatever became of it."""
        assert self.process is not None
        return self.process

    def ready(self) -> bool:
        """Whether it answers. Fails, with the end of the log, where it has ended."""
        assert self.running.poll() is None, self._log.read_text()[-3000:]
        try:
            return httpx.get(f"{self._url}/readyz", timeout=10, trust_env=False).is_success
        except httpx.TransportError:
            return False

    def until_ready(self) -> None:
        until(self.ready)

    def kill(self) -> None:
        self.running.kill()
        self.running.wait(PATIENCE_SECONDS)

    def stop(self) -> None:
        """Does nothing to one that has ended."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(PATIENCE_SECONDS)
