"""Reading papers back: their text, their fonts, their QR code."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import cv2
import numpy
from pypdf import PdfReader


def reader(pdf: bytes) -> PdfReader:
    return PdfReader(BytesIO(pdf))


def lines(pdf: bytes) -> list[str]:
    """The lines of all pages in the order in which they were drawn, blanks made single, without page numbers."""
    text = "\n".join(page.extract_text() for page in reader(pdf).pages)
    tidy = (" ".join(line.split()) for line in text.splitlines())
    return [line for line in tidy if line and not re.fullmatch(r"Page \d+ of \d+", line)]


def words(pdf: bytes) -> str:
    """Everything that is written, with single blanks."""
    return " ".join(lines(pdf))


def poppler_text(pdf: bytes) -> str:
    """Everything that is written as another reader finds it, with single blanks."""
    text = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True).stdout
    return " ".join(text.decode().split())


def in_order(text: str, *parts: str) -> None:
    """Fails unless these parts stand in the text in this order."""
    place = 0
    for part in parts:
        found = text.find(part, place)
        assert found >= 0, f"{part!r} does not stand after {text[max(0, place - 60) : place]!r} in:\n{text}"
        place = found + len(part)


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of text, its size in points, its font, and where its baseline begins, from the bottom left."""

    text: str
    size: float
    font: str
    left: float
    bottom: float


def runs(pdf: bytes) -> list[Run]:
    """Every piece of text as it is drawn."""
    found: list[Run] = []

    def visit(text: str, cm: list[float], tm: list[float], font: Any, size: float) -> None:
        if text.strip():
            scale = abs(tm[3] * cm[3])
            left, bottom = tm[4] * cm[0] + cm[4], tm[5] * cm[3] + cm[5]
            found.append(Run(text.strip(), size * scale, str(font.get("/BaseFont", "")) if font else "", left, bottom))

    for page in reader(pdf).pages:
        page.extract_text(visitor_text=visit)
    return found


def picture(pdf: bytes, dots_per_inch: int = 150, page: int = 1) -> Any:
    """One page as people see it, in shades of grey."""
    command = ["pdftoppm", "-r", str(dots_per_inch), "-f", str(page), "-l", str(page), "-png", "-gray", "-singlefile", "-"]
    png = subprocess.run(command, input=pdf, capture_output=True, check=True).stdout
    return cv2.imdecode(numpy.frombuffer(png, numpy.uint8), cv2.IMREAD_GRAYSCALE)


def qr_text(pdf: bytes) -> str:
    """What a phone reads from the QR code of the first page; like one, the reader is moved nearer until it can read."""
    for dots_per_inch in (150, 200, 300, 110, 240, 400):
        text, _points, _straight = cv2.QRCodeDetector().detectAndDecode(picture(pdf, dots_per_inch))
        if text:
            return text
    return ""
