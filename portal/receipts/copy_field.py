"""The empty field of a copy body, into which `stamp` sets number and time. Only the rendering child needs this."""

from __future__ import annotations

import zlib
from functools import cache
from io import BytesIO
from pathlib import Path

import pikepdf
from fontTools import subset
from fontTools.ttLib import TTFont
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

from portal.receipts.stamp import CHARACTERS, EMPTY, NoField

FONT_FILE = Path(__file__).parent / "fonts" / "LiberationSans-Regular.ttf"
FONT_NAME = "/StampFont"
SIZE, LINE_HEIGHT = 9.0, 1.4
FIELD = "stamp"


def with_field(body: bytes) -> bytes:
    """The copy body made ready once for `stamped`: an empty line of text in its field, in our font and tagged."""
    with Pdf.open(BytesIO(body)) as pdf:
        page, left, top = _field(pdf)
        page.contents_add(b"q\n", prepend=True)
        page.contents_add(b"\nQ\n")
        page.Resources.Font[FONT_NAME] = pdf.make_indirect(_font(pdf))
        numbers = pdf.Root.StructTreeRoot.ParentTree.Nums[2 * pdf.pages.index(page) + 1]
        place = _empty_paragraph(pdf.Root.StructTreeRoot)
        place.K = Array([Dictionary(Type=Name.MCR, Pg=page.obj, MCID=len(numbers))])
        baseline = top - SIZE * (LINE_HEIGHT / 2 + 0.35)
        line = f"/P <</MCID {len(numbers)}>> BDC BT {FONT_NAME} {SIZE} Tf {left:.3f} {baseline:.3f} Td ".encode("ascii")
        numbers.append(place)
        # Not compressed, so that the text can be set without reading the PDF again.
        page.contents_add(line + EMPTY + b" Tj ET EMC\n")
        out = BytesIO()
        pdf.save(out, deterministic_id=True, compress_streams=False)
        return out.getvalue()


def _field(pdf: Pdf) -> tuple[pikepdf.Page, float, float]:
    """The page of the empty field, and its top left corner in points."""
    if "/Names" not in pdf.Root or "/Dests" not in pdf.Root.Names:
        raise NoField
    names = list(pdf.Root.Names.Dests.Names)
    for name, place in zip(names[::2], names[1::2], strict=True):
        if str(name) == FIELD:
            return pikepdf.Page(place[0]), float(place[2]), float(place[3])
    raise NoField


def _empty_paragraph(element: Object) -> Object:
    """The one paragraph of the structure that holds nothing yet."""
    waiting = [element]
    while waiting:
        one = waiting.pop()
        if one.get("/S") == Name.P and ("/K" not in one or len(one.K) == 0):
            return one
        waiting += [part for part in one.get("/K", []) if isinstance(part, Dictionary) and "/S" in part]
    raise NoField


def _font(pdf: Pdf) -> Dictionary:
    data, widths = _subset()
    file = Stream(pdf, zlib.compress(data))
    file.Filter, file.Length1 = Name.FlateDecode, len(data)
    descriptor = Dictionary(
        Type=Name.FontDescriptor, FontName=Name("/RSTAMP+LiberationSans"), Flags=32, FontBBox=[-544, -303, 1302, 980],
        ItalicAngle=0, Ascent=905, Descent=-212, CapHeight=729, StemV=80, FontFile2=pdf.make_indirect(file),
    )  # fmt: skip
    return Dictionary(
        Type=Name.Font, Subtype=Name.TrueType, BaseFont=Name("/RSTAMP+LiberationSans"), Encoding=Name.WinAnsiEncoding,
        FirstChar=32, LastChar=31 + len(widths), Widths=Array(widths), FontDescriptor=pdf.make_indirect(descriptor),
    )  # fmt: skip


@cache
def _subset() -> tuple[bytes, tuple[int, ...]]:
    """Our font with the characters of a stamp only, and the widths of characters 32 to 126 in thousandths of the size."""
    with TTFont(FONT_FILE, lazy=True) as font:
        options = subset.Options(hinting=False, notdef_outline=True)
        options.drop_tables += ["FFTM"]
        cutter = subset.Subsetter(options)
        cutter.populate(text=CHARACTERS)
        cutter.subset(font)
        out = BytesIO()
        font.save(out)
        glyphs, scale = font.getBestCmap(), 1000 / font["head"].unitsPerEm
        widths = (round(font["hmtx"][glyphs[code]][0] * scale) if code in glyphs else 0 for code in range(32, 127))
        return out.getvalue(), tuple(widths)
