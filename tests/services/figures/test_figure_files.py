"""Prices, sentences and populations are files that staff edit: a broken one is refused. Nothing in a sheet runs."""

import io
import zipfile
from decimal import Decimal

import pytest

from app.db import Base, Database
from app.files import DATA
from app.models import Village
from app.services.directory import villages
from app.services.figures import costs, week_sheet
from app.services.figures.day_counts import Amounts
from app.services.figures.spreadsheets import as_csv, as_workbook
from app.services.figures.tables import Row, Table

PRICES = "currency: 元\ncall_minute_in: 0\ncall_minute_out: 0.15\ntext_part_in: 0\ntext_part_out: 0.05\n"


def written(tmp_path, text):
    path = tmp_path / "file.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_prices_are_exact(tmp_path):
    prices = costs.read_prices(written(tmp_path, PRICES))
    assert prices.of(Amounts(minutes_in=9, minutes_out=3, parts_out=7)) == Decimal("0.80")
    assert prices.of(Amounts(minutes_out=3, parts_out=7), "minutes_out") == Decimal("0.45")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "file.yaml: needs exactly currency"),
        (PRICES.replace("0.15", "free"), "call_minute_out is a price, 0 or more, not free."),
        (PRICES.replace("0.15", "-1"), "call_minute_out is a price, 0 or more, not -1."),
        (PRICES.replace("0.15", "nan"), "call_minute_out is a price"),
        (PRICES.replace("元", "[]"), "currency is a word"),
        (PRICES + "stamps: 1\n", "needs exactly"),
    ],
)
def test_prices_that_cannot_work_are_refused(tmp_path, text, sentence):
    with pytest.raises(costs.PricesUnusable, match=sentence.replace("(", r"\(")):
        costs.read_prices(written(tmp_path, text))


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("received:", "recieved:", "needs exactly"),
        ("{count} 件，{change}", "{count} 件，{colour}", r"received cannot fill in {colour}; count, change can be."),
        ("{count} 件，{change}", "{count 件", "a brace too many or too few"),
        ("{count} 件，{change}", "{count!r}", r"received cannot fill in"),
        ("{count} 件，{change}", "{count.real}", r"received cannot fill in"),
        ("none: 这一周没有收到来电和短信。", "none: []", "none cannot fill in"),
    ],
)
def test_sentences_that_cannot_be_said_are_refused(tmp_path, before, after, sentence):
    text = (DATA / "week_sheet.yaml").read_text(encoding="utf-8")
    assert before in text
    with pytest.raises(week_sheet.WeekSheetUnusable, match=sentence):
        week_sheet.read_sentences(written(tmp_path, text.replace(before, after, 1)))


def test_the_villages_file_says_how_many_people_live_there(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/test.db")
    Base.metadata.create_all(database.engine)
    with database.session() as session:
        villages.load_villages(session, written(tmp_path, "- {name: 清水村, population: 1280}\n- {name: 石桥村}\n"))
        villages.load_villages(session, written(tmp_path, "- {name: 清水村}\n"))  # says nothing of it: stays
        assert {v.name: v.population for v in session.query(Village)} == {"清水村": 1280, "石桥村": 0}
        with pytest.raises(villages.PlacesUnusable, match="population is a number of people"):
            villages.load_villages(session, written(tmp_path, "- {name: 清水村, population: many}\n"))
    database.close()


EVIL = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1+1", "\r=1", "  =1+1", "＝1+1", '=HYPERLINK("http://x")', "http://x")


def test_no_cell_is_taken_for_a_formula_or_a_link():
    table = Table("villages", "哪个村", ("村", "件数"), [Row((word, 3)) for word in EVIL])
    lines = as_csv(table).decode("utf-8-sig").split("\r\n")
    assert lines[0] == "村,件数"
    assert not any(line.lstrip('" ').startswith(("=", "+", "-", "@", "\t", "\r", "＝")) for line in lines if line)
    with zipfile.ZipFile(io.BytesIO(as_workbook([table]))) as book:
        page = book.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in page
        assert "<hyperlink" not in page
        assert page.count('t="s"') == 2 + len(EVIL)
        assert "<v>3</v>" in page
