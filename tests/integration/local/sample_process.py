"""A process for the supervisor's tests: answers /readyz on a port, and can be told to be slow to stop.

python sample_process.py PORT [stubborn|child]
"""

import http.server
import os
import signal
import subprocess
import sys
from pathlib import Path


class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/readyz" else 404)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
        pass


def main() -> None:
    port, *manner = sys.argv[1:]
    if "stubborn" in manner:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if "child" in manner:
        child = subprocess.Popen(["sleep", "300"])
        Path(os.environ["ANCRAGE_HOME"], "child.pid").write_text(str(child.pid), encoding="ascii")
    print("environment:", sorted(name for name in os.environ if name.startswith("ANCRAGE_")), flush=True)
    print("database:", os.environ["ANCRAGE_DATABASE_URL"], flush=True)
    http.server.HTTPServer(("127.0.0.1", int(port)), Ready).serve_forever()


main()
