"""The demonstration's webhook receiver as a child process: what it received, and when by this machine's clock."""

import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import httpx

from deploy.demo.api import DemoFailed


class Receiver:
    """Runs `python -m deploy.demo.receiver`. Use as a context manager; it ends with it."""

    def __init__(self, folder: Path, port: int, host: str = "127.0.0.1", output: IO[str] | None = None) -> None:
        self._port = port
        self._secrets = folder / "receiver.secrets"
        self._bind = "127.0.0.1" if host == "127.0.0.1" else "0.0.0.0"  # noqa: S104 - a container's own network
        self._output = output
        self._process: subprocess.Popen[str] | None = None
        self.url = f"http://{host}:{port}/hook"

    def __enter__(self) -> Self:
        self._secrets.parent.mkdir(parents=True, exist_ok=True)
        self._secrets.touch(mode=0o600)
        module = [sys.executable, "-m", "deploy.demo.receiver"]
        address = ["--host", self._bind, "--port", str(self._port)]
        self._process = subprocess.Popen(
            [*module, *address, "--secret-file", str(self._secrets)],
            stdout=self._output,
            stderr=subprocess.STDOUT if self._output else None,
            text=True,
        )
        give_up = time.monotonic() + 15
        while time.monotonic() < give_up:
            try:
                if httpx.get(f"http://127.0.0.1:{self._port}/received", timeout=1, trust_env=False).is_success:
                    return self
            except httpx.HTTPError:
                time.sleep(0.05)
        raise DemoFailed(f"le récepteur de webhooks ne démarre pas sur le port {self._port}")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)

    def trust(self, secret: str) -> None:
        """Adds an endpoint's secret: deliveries signed with it are verified from now on."""
        with self._secrets.open("a", encoding="ascii") as file:
            file.write(secret + "\n")

    def verified(self) -> list[dict[str, Any]]:
        """Deliveries whose signature was verified, in order of arrival."""
        answer = httpx.get(f"http://127.0.0.1:{self._port}/received", timeout=5, trust_env=False)
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    def received_at(self, placement: str) -> float | None:
        """When the first verified delivery about a placement arrived, on the clock of `time.perf_counter`."""
        for item in self.verified():
            if placement in str(item["payload"]):
                monotonic: float = item["received_monotonic"]
                return monotonic
        return None
