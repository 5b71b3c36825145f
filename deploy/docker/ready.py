"""Health check of a container: `python -m deploy.docker.ready PORT` exits 0 when /readyz answers 200."""

import sys
import urllib.error
import urllib.request


def ready(port: int) -> bool:
    """Whether the process on that port says it is ready, within 3 seconds."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=3) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


if __name__ == "__main__":
    sys.exit(0 if ready(int(sys.argv[1])) else 1)
