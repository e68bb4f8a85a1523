"""The card (便民卡): one page for villagers with the hotline's number, what to say and what the keys are for, as PDF.

Its words are data/card.yaml; its pictures are drawn here, so that they print sharp at any size.
"""

from pathlib import Path

import yaml

from app.files import file, kept
from app.phone_numbers import dialled
from ivr.document import Sheet

# Where systems keep a Chinese font with TrueType outlines, which every printer takes when embedded.
FONTS = (
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
    "/usr/share/fonts/wqy-microhei/wqy-microhei.ttc",
    "C:/Windows/Fonts/msyh.ttc",
)
_WORDS = (
    "title", "above", "call", "say", "what", "done", "keys", "key_1", "key_2", "key_0", "text", "again", "promise",
    "danger",
)  # fmt: skip
_INK, _GREEN, _RED, _GREY = (20, 26, 23), (15, 92, 77), (166, 27, 27), (120, 128, 124)
_LEFT, _WIDTH = 15, 180  # mm, of an A4 sheet of 210
_COLUMNS = (45, 105, 165)  # mm, the middles of three pictures


class NoFont(Exception):
    """This machine has no Chinese font; the message says in one sentence what to do."""


class CardUnusable(Exception):
    """data/card.yaml cannot be used; the message is one sentence."""


def draw(town: str, hotline: str, region: str, font: Path | None = None) -> bytes:
    """The card as a PDF of one A4 page. `hotline` is E.164, shown as it is dialled in `region`.

    Raises NoFont and CardUnusable.
    """
    from fpdf import FPDF  # its import takes a while, and only the card needs it

    said = words()
    pdf = FPDF(format="A4")
    pdf.set_auto_page_break(False)
    pdf.set_title(said["title"].format(town=town))
    pdf.add_font("card", fname=font or _font())
    pdf.add_page()
    _head(pdf, said, town, dialled(hotline, region))
    _steps(pdf, said)
    _keys(pdf, said)
    _foot(pdf, said)
    return bytes(pdf.output())


@kept
def words() -> dict[str, str]:
    """What stands on the card."""
    return read_words(file("card.yaml"))


def read_words(file: Path | Sheet) -> dict[str, str]:
    """What a file puts on the card. Raises CardUnusable."""
    read = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    if not isinstance(read, dict) or not all(isinstance(text, str) for text in read.values()):
        raise CardUnusable(f"{file.name} must be a list of names with one sentence each.")
    if missing := [name for name in _WORDS if not read.get(name)]:
        raise CardUnusable(f"{file.name} does not say {', '.join(missing)}.")
    if unknown := sorted(set(read) - set(_WORDS)):
        raise CardUnusable(f"{file.name} says {', '.join(unknown)}, which has no place on the card.")
    return read


def _font() -> Path:
    found = next((Path(name) for name in FONTS if Path(name).exists()), None)
    if found is None:
        raise NoFont("这台机器上没有中文字体，卡片做不出来。请技术员装一个：apt-get install fonts-wqy-microhei")
    return found


# ---------------------------------------------------------------- the parts of the page, from top to bottom


def _head(pdf, said: dict[str, str], town: str, number: str) -> None:
    pdf.set_fill_color(*_GREEN)
    pdf.rect(0, 0, 210, 34, style="F")
    _line(pdf, said["title"].format(town=town), 105, 23, 44, (255, 255, 255), bold=True)
    _line(pdf, said["above"], 105, 48, 26)
    _line(pdf, number, 105, 78, 96, _RED, bold=True)
    pdf.set_draw_color(*_GREEN)
    pdf.set_line_width(1)
    pdf.line(_LEFT, 86, _LEFT + _WIDTH, 86)


def _steps(pdf, said: dict[str, str]) -> None:
    for middle, (picture, lines) in zip(
        _COLUMNS,
        ((_phone, [said["call"]]), (_speech, [*said["say"].split(), *said["what"].split()]), (_hook, [said["done"]])),
        strict=True,
    ):
        picture(pdf, middle, 106)
        for row, line in enumerate(lines):
            _line(pdf, line, middle, 136 + row * 9, 22 if len(lines) > 1 else 26, width=58, bold=row == 0)
    for middle in (75, 135):
        _arrow(pdf, middle, 106)


def _keys(pdf, said: dict[str, str]) -> None:
    pdf.set_draw_color(*_GREEN)
    pdf.set_line_width(1)
    pdf.line(_LEFT, 172, _LEFT + _WIDTH, 172)
    _line(pdf, said["keys"], 105, 184, 24)
    for middle, key, picture in zip(_COLUMNS, ("1", "2", "0"), (_tick, _again, _person), strict=True):
        pdf.set_fill_color(238, 236, 228)
        pdf.set_draw_color(*_INK)
        pdf.set_line_width(0.9)
        pdf.rect(middle - 24, 191, 24, 24, style="DF", round_corners=True, corner_radius=4)
        _line(pdf, key, middle - 12, 209, 52, bold=True)
        picture(pdf, middle + 13, 203)
        _line(pdf, said[f"key_{key}"], middle, 227, 26, bold=True)


def _foot(pdf, said: dict[str, str]) -> None:
    _line(pdf, said["text"], 105, 242, 19)
    _line(pdf, said["again"], 105, 251, 19)
    _line(pdf, said["promise"], 105, 262, 22, _RED, bold=True)
    pdf.set_fill_color(*_RED)
    pdf.rect(0, 271, 210, 26, style="F")
    _line(pdf, said["danger"], 105, 287, 26, (255, 255, 255), bold=True)


def _line(pdf, text: str, middle: float, base: float, size: float, colour=_INK, *, width=_WIDTH, bold=False) -> None:
    """A line around `middle` on `base` (mm), smaller than `size` (points) where it would be wider than `width`."""
    pdf.set_font("card", size=size)
    if (needed := pdf.get_string_width(text)) > width:
        pdf.set_font_size(size * width / needed)
    pdf.set_text_color(*colour)
    pdf.set_draw_color(*colour)
    pdf.text_mode = "FILL_STROKE" if bold else "FILL"  # a font of one weight is made bold by its outline
    pdf.set_line_width(pdf.font_size_pt / 85)
    pdf.text(middle - pdf.get_string_width(text) / 2, base, text)
    pdf.text_mode = "FILL"


# ---------------------------------------------------------------- pictures, around a point (mm)


def _pen(pdf, colour=_INK, width: float = 1.6) -> None:
    pdf.set_draw_color(*colour)
    pdf.set_fill_color(*colour)
    pdf.set_line_width(width)


def _phone(pdf, x: float, y: float) -> None:
    """An old people's telephone with keys, ringing."""
    _pen(pdf)
    pdf.rect(x - 9, y - 15, 18, 32, style="D", round_corners=True, corner_radius=3)
    pdf.rect(x - 6, y - 11, 12, 8, style="D")
    for row in range(3):
        for column in (-4.5, 0, 4.5):
            pdf.rect(x + column - 1.3, y + row * 4.5, 2.6, 2.6, style="F")
    _pen(pdf, _GREEN)
    for radius in (15, 20):
        pdf.arc(x - radius, y - radius, radius * 2, 150, 210, b=radius * 2)
        pdf.arc(x - radius, y - radius, radius * 2, 330, 390, b=radius * 2)


def _speech(pdf, x: float, y: float) -> None:
    """A head that speaks."""
    _pen(pdf)
    pdf.ellipse(x - 20, y - 9, 15, 15, style="D")
    pdf.arc(x - 25, y + 8, 25, 180, 360, b=20)
    _pen(pdf, _GREEN)
    pdf.rect(x - 1, y - 16, 23, 16, style="D", round_corners=True, corner_radius=4)
    pdf.polygon([(x + 2, y - 0.6), (x - 4, y + 4), (x + 8, y - 0.6)], style="F")
    for dot in (5, 10.5, 16):
        pdf.ellipse(x + dot - 1.4, y - 9.4, 2.8, 2.8, style="F")


def _hook(pdf, x: float, y: float) -> None:
    """A receiver that is put down."""
    _pen(pdf, width=1.6)
    pdf.rect(x - 17, y + 4, 34, 12, style="D", round_corners=True, corner_radius=3)
    pdf.set_line_width(5)
    pdf.arc(x - 17, y - 9, 34, 200, 340, b=16)
    pdf.rect(x - 18, y - 3, 7, 5, style="F", round_corners=True, corner_radius=1.5)
    pdf.rect(x + 11, y - 3, 7, 5, style="F", round_corners=True, corner_radius=1.5)
    _pen(pdf, _GREEN, 2)
    pdf.polyline([(x - 5, y + 9), (x - 1, y + 13), (x + 6, y + 6)])


def _arrow(pdf, x: float, y: float) -> None:
    _pen(pdf, _GREY)
    pdf.polygon([(x - 4, y - 5), (x - 4, y + 5), (x + 4, y)], style="F")


def _tick(pdf, x: float, y: float) -> None:
    _pen(pdf, _GREEN, 3.2)
    pdf.polyline([(x - 8, y), (x - 2, y + 7), (x + 9, y - 8)])


def _again(pdf, x: float, y: float) -> None:
    """An arrow that turns back."""
    _pen(pdf, _INK, 2.4)
    pdf.arc(x - 8, y - 8, 16, 0, 290)
    pdf.polygon([(x + 4.5, y - 10.5), (x + 13, y - 2.5), (x + 3.5, y + 1)], style="F")


def _person(pdf, x: float, y: float) -> None:
    _pen(pdf, _INK, 2)
    pdf.ellipse(x - 5, y - 10, 10, 10, style="DF")
    pdf.arc(x - 10, y + 2, 20, 180, 360, b=17)
    pdf.line(x - 10, y + 10.5, x + 10, y + 10.5)
