"""A county's villages: cut out of the national list, and found in what callers say."""

import json
import sqlite3

import pytest
import yaml

from app.models import Caller, Case, Village
from app.services import ledger
from app.services.directory import national_list, villages
from app.services.sorting import triage
from app.services.wording import prompts
from tests.bench.places import county
from tests.make import GRANDMA, speech

TOWNS = [("511702100", "白马镇"), ("511702200", "石桥乡"), ("511703100", "别县镇")]
COMMITTEES = [
    ("511702100201", "清水村村民委员会"),
    ("511702100202", "新建村委会"),
    ("511702100001", "东门居委会"),
    ("511702100002", "南街社区居委会"),
    ("511702200201", "新建村民委员会"),
    ("511702200202", "大坪嘎查村民委员会"),
    ("511703100201", "别处村委会"),
]


def list_file(folder, kind: str):
    """A little of the national list, in one of the forms in which the package has it."""
    villages = [
        {"code": c, "name": n, "streetCode": c[:9], "areaCode": c[:6], "cityCode": c[:4], "provinceCode": c[:2]}
        for c, n in COMMITTEES
    ]
    towns = [{"code": c, "name": n, "areaCode": c[:6]} for c, n in TOWNS]
    if kind == "sqlite":
        file = folder / "data.sqlite"
        with sqlite3.connect(file) as database:
            database.execute("CREATE TABLE street (code, name)")
            database.execute("CREATE TABLE village (code, name, streetCode, areaCode)")
            database.executemany("INSERT INTO street VALUES (:code, :name)", towns)
            database.executemany("INSERT INTO village VALUES (:code, :name, :streetCode, :areaCode)", villages)
        database.close()
        return file
    for name, rows in (("villages", villages), ("streets", towns)):
        if kind == "json":
            written = json.dumps(rows, ensure_ascii=False)
        else:
            written = "\n".join(",".join(row) for row in [list(rows[0]), *(row.values() for row in rows)])
        (folder / f"{name}.{kind}").write_text(written, encoding="utf-8")
    return folder / f"villages.{kind}"


@pytest.mark.parametrize("kind", ["sqlite", "csv", "json"])
def test_a_county_is_cut_out_of_the_national_list_and_can_be_loaded(tmp_path, town, kind):
    file = tmp_path / "villages.yaml"
    assert national_list.prepare("511702", list_file(tmp_path, kind), file) == 6
    entries = {entry["code"]: entry for entry in yaml.safe_load(file.read_text(encoding="utf-8"))}
    assert {code: entry["name"] for code, entry in entries.items()} == {
        "511702100201": "清水村",
        "511702100202": "白马镇新建村",
        "511702100001": "东门社区",
        "511702100002": "南街社区",
        "511702200201": "石桥乡新建村",
        "511702200202": "大坪嘎查",
    }
    assert entries["511702200201"]["aliases"] == ["新建村", "新建"]
    assert entries["511702100201"] | {"code": ""} == {
        "name": "清水村", "aliases": ["清水"], "groups": 0, "town": "白马镇", "code": "",
    }  # fmt: skip
    with town.parts.database.session() as session:
        assert villages.load_villages(session, file) == 6
        known = session.query(Village).filter_by(name="清水村").one()
        assert (known.town, known.code) == ("白马镇", "511702100201")


def test_two_committees_of_one_name_in_one_town_stay_two(tmp_path):
    file = tmp_path / "villages.yaml"
    rows = [{"code": f"51170210020{n}", "name": "新建村委会", "streetCode": "511702100"} for n in range(3)]
    (tmp_path / "villages.json").write_text(json.dumps(rows), encoding="utf-8")
    (tmp_path / "streets.json").write_text(json.dumps([{"code": "511702100", "name": "白马镇"}]), encoding="utf-8")
    assert national_list.prepare("511702", tmp_path / "villages.json", file) == 3
    names = [entry["name"] for entry in yaml.safe_load(file.read_text(encoding="utf-8"))]
    assert len(set(names)) == 3


@pytest.mark.parametrize(
    ("county_code", "spoil", "says"),
    [
        ("5117", None, "six digits"),
        ("110101", None, "no villages of 110101"),
        ("511702", "streets", "must lie beside"),
        ("511702", "villages", "not built like"),
        ("511702", "kind", "is expected"),
    ],
)
def test_a_source_that_cannot_work_is_refused(tmp_path, county_code, spoil, says):
    source = list_file(tmp_path, "json")
    if spoil == "streets":
        (tmp_path / "streets.json").unlink()
    if spoil == "villages":
        source.write_text('[{"name": "清水村"}]', encoding="utf-8")
    if spoil == "kind":
        source = source.rename(tmp_path / "villages.xls")
    with pytest.raises(national_list.SourceUnusable, match=says):
        national_list.prepare(county_code, source, tmp_path / "villages.yaml")


@pytest.mark.parametrize("entry", ["code: '51'", "town: " + "镇" * 65])
def test_a_town_or_code_that_cannot_be_is_refused(town, tmp_path, entry):
    file = tmp_path / "villages.yaml"
    file.write_text(f"- {{name: 东山村, {entry}}}\n", encoding="utf-8")
    with pytest.raises(villages.PlacesUnusable, match="entry 1"), town.parts.database.session() as session:
        villages.load_villages(session, file)


# ------------------------------------------------------------------ in what callers say

ALIKE = [
    Village(name="白马镇新建村", aliases=["新建村", "新建"], groups=4, town="白马镇"),
    Village(name="石桥乡新建村", aliases=["新建村", "新建"], groups=4, town="石桥乡"),
    Village(name="清水村", aliases=["清水"], groups=6, town="白马镇"),
]


def test_a_name_that_two_villages_have_is_not_guessed():
    found = triage.propose(ALIKE, "我是新建村三组的，路灯坏了")
    assert (found.village, found.place, found.either) == ("", "", ("白马镇新建村", "石桥乡新建村"))


@pytest.mark.parametrize("text", ["我是石桥乡新建村三组的，路灯坏了", "石桥那边的新建村三组，路灯坏了"])
def test_the_town_that_is_named_tells_which(text):
    found = triage.propose(ALIKE, text)
    assert (found.village, found.place, found.either) == ("石桥乡新建村", "石桥乡新建村三组", ())


def test_where_the_caller_lives_tells_which():
    found = triage.propose(ALIKE, "我是新建村三组的，路灯坏了", home=ALIKE[1])
    assert (found.place, found.either) == ("石桥乡新建村三组", ())


def test_who_names_no_village_speaks_of_his_own():
    assert triage.propose(ALIKE, "三组的路灯坏了", home=ALIKE[2]).place == "清水村三组"
    assert triage.propose(ALIKE, "路灯坏了", home=ALIKE[2]).place == "清水村"
    assert triage.propose(ALIKE, "路灯坏了").place == ""


def test_who_names_another_village_is_believed():
    assert triage.propose(ALIKE, "清水村的路灯坏了", home=ALIKE[0]).place == "清水村"


@pytest.fixture
def alike(town):
    """A hotline whose towns have a 新建村 each, which calls can name."""
    with town.parts.database.session() as session:
        session.add_all([Village(name=v.name, aliases=v.aliases, groups=4, town=v.town) for v in ALIKE[:2]])
    assert all(done for _, done in prompts.render_missing(town.parts, [v.name for v in ALIKE[:2]]))
    return town


def test_a_text_that_may_mean_two_villages_is_asked_back_and_the_desk_shows_both(alike):
    [answer] = alike.text("新建村三组路灯坏了")
    assert "白马镇新建村、石桥乡新建村，是哪一个" in answer
    assert alike.cases()[0].proposal.either == ("白马镇新建村", "石桥乡新建村")
    alike.text("加 石桥乡新建村")
    [case] = alike.cases()
    assert (case.proposal.place, case.proposal.either) == ("石桥乡新建村三组", ())
    assert case.proposal.category == "路灯照明"


def test_a_caller_picks_by_key_which_of_two_villages_of_one_name_it_is(alike):
    alike.call(speech(), keys="2,1", heard="新建村三组路灯坏了")
    [case] = alike.cases()
    assert (case.proposal.village, case.proposal.place) == ("石桥乡新建村", "石桥乡新建村三组")
    assert (case.proposal.either, case.understood_right) == ((), True)
    kinds = [event.kind for event in case.events]
    assert kinds.index("place_picked") < kinds.index("confirmed")
    with alike.parts.database.reading() as session:
        assert list(ledger.breaks(session)) == []


def test_what_she_picked_holds_when_she_goes_on_speaking_later(alike):
    alike.call(speech(), keys="2,1", heard="新建村三组路灯坏了")
    [case] = alike.cases()
    with alike.parts.database.session() as session:
        found = triage.propose_for(alike.parts, session, session.get(Case, case.id), "新建村路灯坏了", confidence=1.0)
    assert found.village == "石桥乡新建村"


def test_who_presses_nothing_is_not_held_up_and_a_person_decides(alike):
    alike.call(speech(), keys="-,-,1", heard="新建村三组路灯坏了")
    [case] = alike.cases()
    assert (case.proposal.place, case.proposal.either) == ("", ("白马镇新建村", "石桥乡新建村"))


def test_who_says_no_village_on_the_phone_is_asked_once_and_the_matter_is_kept(town):
    town.recogniser.texts += ["路灯坏了三天", "清水村三组"]
    town.call(speech(), speech(), keys="1")
    [case] = town.cases()
    assert (case.proposal.place, case.proposal.category) == ("清水村三组", "路灯照明")
    assert case.understood_right is True
    assert len(case.recordings) == 2


def test_a_known_caller_hears_her_own_village_read_back(town):
    with town.parts.database.session() as session:
        home = session.query(Village).filter_by(name="石桥村").one()
        session.add(Caller(number=GRANDMA, village=home))
    town.call(speech(), keys="1", heard="我们村路灯坏了")
    [case] = town.cases()
    assert (case.proposal.place, case.understood_right) == ("石桥村", True)


def test_in_a_county_of_three_hundred_villages_each_is_found():
    villages = [Village(name=e["name"], aliases=e["aliases"], town=e["town"], groups=0) for e in county()]
    wrong = [v.name for v in villages if triage.propose(villages, f"我是{v.name}三组的，停水了").village != v.name]
    assert wrong == []
