"""QR codes of answer links, as SVG in the page: nothing is asked of anyone else."""

import io

import segno
from markupsafe import Markup


def qr_svg(address: str) -> Markup:
    """The code of an address, dark on light whatever the theme; level M survives a crease."""
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        out, kind="svg", scale=6, border=4, dark="#000", light="#fff", xmldecl=False, svgns=False, omitsize=True
    )
    return Markup(out.getvalue().decode())  # noqa: S704 - made here, of rectangles
