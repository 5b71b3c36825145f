"""Apache Kafka in KRaft mode, one node, from the jars of `kafka-jars.sha256`: a real broker without Docker."""

import base64
import os
import shutil
import struct
import uuid
from asyncio import StreamReader
from pathlib import Path

from deploy.local.child import Command, run_to_end
from deploy.local.errors import StartFailed
from deploy.local.jars import KAFKA_VERSION, ensure_jars
from deploy.local.java import find_java
from deploy.local.server import Tell
from deploy.local.wire import ask

FORMAT_TIMEOUT_SECONDS = 120
# Serial collector and first compiler tier: less memory and a faster start, for one machine's traffic.
JVM_FLAGS = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Djava.awt.headless=true")
HEAP_FLAGS = ("-Xms96m", "-Xmx384m", "-XX:+ExitOnOutOfMemoryError")
LOG4J = Path(__file__).with_name("kafka-log4j2.properties")

_METADATA_REQUEST = struct.pack(">hhihi", 3, 1, 1, -1, 0)  # Metadata v1, correlation 1, no client id, no topics


def server_properties(port: int, controller_port: int, data: Path) -> str:
    """The broker's configuration: broker and controller in one process on loopback, every factor 1."""
    return f"""\
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:{controller_port}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs={data}
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=2
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=2
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
message.max.bytes=4000000
# A killed broker may register again only when its old session has expired: 9 s by default.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
"""


def new_cluster_id(random: uuid.UUID) -> str:
    """Cluster id in Kafka's form: 16 bytes, base64 for addresses.

    Without dashes: one that begins with a dash would be taken for an option.
    """
    return base64.urlsafe_b64encode(random.bytes).decode().rstrip("=").replace("-", "_")


class Kafka:
    """The broker of one home: data in HOME/kafka, made once with a cluster id and kept."""

    name = "kafka"

    def __init__(self, home: Path, cache: Path, port: int, controller_port: int) -> None:
        self.port = port
        self.ports = (port, controller_port)
        self._controller_port = controller_port
        self._home = home
        self._data = home / "kafka"
        self._properties = home / "kafka.properties"
        self._jars = cache / f"kafka-{KAFKA_VERSION}"
        self._log = home / "logs" / "kafka.log"
        self._java: Path | None = None
        self._class_path = ""

    def prepare(self, tell: Tell) -> None:
        self._java = find_java()
        self._class_path = os.pathsep.join(map(str, ensure_jars(self._jars, tell)))
        if not (self._data / "meta.properties").is_file():
            self._format()
        self._properties.write_text(server_properties(self.port, self._controller_port, self._data), encoding="utf-8")

    def _format(self) -> None:
        """Makes the data folder beside its place and then moves it: an interrupted start leaves nothing half made."""
        making = self._home / "kafka.making"
        for folder in (making, self._data):
            if folder.exists():
                shutil.rmtree(folder)
        self._properties.write_text(server_properties(self.port, self._controller_port, making), encoding="utf-8")
        arguments = (
            "format",
            "--standalone",
            f"--cluster-id={new_cluster_id(uuid.uuid4())}",
            "--config",
            str(self._properties),
        )
        done = run_to_end(self._java_command((), "kafka.tools.StorageTool", arguments), FORMAT_TIMEOUT_SECONDS)
        if done.returncode != 0:
            raise StartFailed(f"Kafka : formatage impossible. / Kafka: cannot format.\n{done.stdout}{done.stderr}")
        making.rename(self._data)

    def command(self) -> Command:
        return self._java_command(HEAP_FLAGS, "kafka.Kafka", (str(self._properties),))

    def _java_command(self, flags: tuple[str, ...], main: str, arguments: tuple[str, ...]) -> Command:
        if self._java is None:
            raise RuntimeError("prepare() comes first")
        log4j = f"-Dlog4j2.configurationFile={LOG4J.as_uri()}"
        return Command(
            (str(self._java), *JVM_FLAGS, *flags, log4j, "-cp", self._class_path, main, *arguments),
            self._log,
            {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "TMPDIR", "LANG"}},
            self._home,
        )

    async def answers(self, pid: int) -> bool:  # noqa: ARG002 - the port is enough here
        """Whether the broker counts itself among the live brokers of its own metadata."""
        answer = await ask(self.port, struct.pack(">i", len(_METADATA_REQUEST)) + _METADATA_REQUEST, _read_frame)
        if answer is None or len(answer) < 8:
            return False
        live_brokers: int = struct.unpack(">i", answer[4:8])[0]
        return live_brokers > 0


async def _read_frame(reader: StreamReader) -> bytes:
    size: int = struct.unpack(">i", await reader.readexactly(4))[0]
    return await reader.readexactly(size)
