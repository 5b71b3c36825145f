"""The broker of a contest: the product's own Kafka jars under a server's JVM settings, on a port of the run."""

import subprocess
import tempfile
import time
from functools import cached_property
from pathlib import Path
from typing import Any

from confluent_kafka.admin import AdminClient, NewTopic

from deploy.local.jars import KAFKA_VERSION, ensure_jars
from deploy.local.java import find_java
from deploy.local.kafka import server_properties

VERSION = KAFKA_VERSION
_READY_SECONDS = 60.0


class Broker:
    """One node in a temporary folder: the interface that the harness expects of its own."""

    def __init__(self, port: int, cache: Path) -> None:
        self.bootstrap = f"127.0.0.1:{port}"
        self._port = port
        self._cache = cache

    def __enter__(self) -> "Broker":
        self._folder = tempfile.TemporaryDirectory(prefix="contest-kafka-")
        folder = Path(self._folder.name)
        properties = folder / "server.properties"
        properties.write_text(server_properties(self._port, self._port + 1, folder / "data"), encoding="utf-8")
        classes = ":".join(map(str, ensure_jars(self._cache / f"kafka-{VERSION}", lambda _: None)))
        java = str(find_java())
        subprocess.run(
            [
                *(java, "-cp", classes, "kafka.tools.StorageTool", "format", "--standalone"),
                *("--cluster-id=Y29udGVzdC1jbHVzdGVyMQ", f"--config={properties}"),
            ],
            check=True,
            capture_output=True,
        )
        self._log = (folder / "log").open("w")
        self._process = subprocess.Popen(
            [java, "-Xms1g", "-Xmx1g", "-cp", classes, "kafka.Kafka", str(properties)],
            stdout=self._log,
            stderr=subprocess.STDOUT,
            cwd=folder,
        )
        self.pid = self._process.pid
        give_up = time.monotonic() + _READY_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > give_up:
                raise RuntimeError((folder / "log").read_text()[-2000:])
            time.sleep(0.1)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()
        self._folder.cleanup()

    def _answers(self) -> bool:
        try:
            return bool(self.admin.list_topics(timeout=2).brokers)
        except Exception:  # noqa: BLE001 - whatever the client says while the broker starts
            return False

    @cached_property
    def admin(self) -> Any:
        return AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0})

    def create(self, topics: dict[str, int], config: dict[str, str] | None = None) -> None:
        """Makes topics, name: partitions."""
        made = [NewTopic(name, count, 1, config=config or {}) for name, count in topics.items()]
        for future in self.admin.create_topics(made).values():
            future.result(30)

    def delete(self, topics: list[str]) -> None:
        """Deletes topics."""
        for future in self.admin.delete_topics(topics).values():
            future.result(30)

    def topics(self) -> set[str]:
        """Names of all topics."""
        return set(self.admin.list_topics(timeout=30).topics)
