"""Style, scripts and icons: named by the hash of their content, compressed once, cached by browsers for good."""

import gzip
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fastapi import Request, Response

FOLDER: Final = Path(__file__).parent.parent / "assets"
_IMPORT: Final = re.compile(r'(from\s+")\./([a-z-]+\.js)(")')
_TYPES: Final = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}


@dataclass(frozen=True)
class Asset:
    """One file as it is served."""

    hashed_name: str
    media_type: str
    content: bytes
    gzipped: bytes


class Assets:
    """The files of a folder. A script's imports are rewritten to the hashed names, so a changed module changes all
    that import it."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        self._by_name: dict[str, Asset] = {}
        for path in sorted(folder.iterdir()):
            if path.is_file():
                self._load(path.name, ())
        self._by_hashed_name = {asset.hashed_name: asset for asset in self._by_name.values()}

    def _load(self, name: str, importing: tuple[str, ...]) -> Asset:
        if name in self._by_name:
            return self._by_name[name]
        if name in importing:
            raise ValueError(f"modules import each other in a circle: {' -> '.join((*importing, name))}")
        path = self._folder / name
        content = path.read_bytes()
        if path.suffix == ".js":
            content = _IMPORT.sub(
                lambda found: f"{found[1]}./{self._load(found[2], (*importing, name)).hashed_name}{found[3]}",
                content.decode(),
            ).encode()
        digest = hashlib.sha256(content).hexdigest()[:12]
        asset = Asset(
            hashed_name=f"{path.stem}.{digest}{path.suffix}",
            media_type=_TYPES.get(path.suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream",
            content=content,
            gzipped=gzip.compress(content, 9, mtime=0),
        )
        self._by_name[name] = asset
        return asset

    def url(self, name: str) -> str:
        """Path of an asset for a page."""
        return f"/assets/{self._by_name[name].hashed_name}"

    def answer(self, request: Request, hashed_name: str) -> Response | None:
        """The asset of that hashed name; None where there is none."""
        asset = self._by_hashed_name.get(hashed_name)
        if asset is None:
            return None
        headers = {"cache-control": "public, max-age=31536000, immutable", "vary": "accept-encoding"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(asset.gzipped, media_type=asset.media_type, headers={**headers, "content-encoding": "gzip"})
        return Response(asset.content, media_type=asset.media_type, headers=headers)
