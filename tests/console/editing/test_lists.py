"""The town's lists at the desk: departments and villages are changed by forms, with a history that takes back."""

import pytest
from sqlalchemy import select

from app.models import Department, Operator, Village
from app.services.cases import lifecycle, lookup
from app.services.directory import change_history, departments, operators
from app.services.editing import documents
from app.services.search import indexing
from app.services.sorting import categories
from tests.console import make

CATEGORIES = "data/categories.yaml"


@pytest.fixture
def water(desk):
    """The id of the waterworks, beside the other departments of the example."""
    with desk.session() as session:
        departments.load_departments(session, departments.EXAMPLE, ())
        return departments.named(session, "水务站").id


@pytest.fixture
def village(desk):
    """The id of a village that was loaded from a file."""
    with desk.session() as session:
        return make.village(session).id


def row(desk, model, id):
    with desk.parts.database.reading() as session:
        return session.get(model, id)


def entries(desk, model, id=None):
    with desk.parts.database.reading() as session:
        return change_history.history(session, model, id).entries


def seen(desk, model, id) -> str:
    with desk.parts.database.reading() as session:
        return change_history.newest(session, session.get(model, id))


def send(desk, operator, id, **fields):
    """Save a village's page with other values in some fields."""
    form = {"name": "清水村", "groups": "6", "seen": seen(desk, Village, id)}
    return operator.post(f"/villages/{id}", data=form | fields)


def rename(desk, operator, id, name="水务所", phone=""):
    data = {"name": name, "phone": phone, "seen": seen(desk, Department, id)}
    return operator.post(f"/departments/{id}", data=data)


def take_back(operator, of, entry):
    return operator.post(f"/{of}/changes/{entry.id}/take-back", follow_redirects=True)


# ------------------------------------------------------------------ departments


def test_a_department_is_added_and_its_phone_is_kept_as_it_is_dialled(desk, operator):
    operator.post("/departments", data={"name": "水利站", "phone": "138 0000 0000"})
    html = operator.get("/departments").text
    assert "水利站" in html
    with desk.parts.database.reading() as session:
        made = departments.named(session, "水利站")
    assert made.phone == "+8613800000000"
    html = operator.get(f"/departments/{made.id}").text
    assert "添上了" in html
    assert make.NAME in html
    assert 'value="138 0000 0000"' in html


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"name": " "}, "部门的名字要写"),
        ({"name": "站" * 65}, "部门的名字要写"),
        ({"name": "水务站"}, "已经有“水务站”了，请换一个名字。"),
        ({"name": "水利站", "phone": "很长"}, "电话号码写得不对"),
        ({"name": "水利站", "phone": "138"}, "电话号码的位数不对"),
    ],
)
def test_a_department_that_cannot_be_is_refused_and_what_was_typed_stays(desk, operator, water, typed, sentence):
    answer = operator.post("/departments", data=typed)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'value="{typed["name"]}"' in answer.text
    assert len(entries(desk, Department)) == 23  # those of the file


def test_a_new_name_is_in_the_published_categories_at_once_and_their_history_says_why(desk, operator, water):
    text = documents.kind(CATEGORIES).shipped
    assert rename(desk, operator, water).status_code == 303
    assert {each.department for each in categories.categories() if each.name == "供水"} == {"水务所"}
    with desk.parts.database.reading() as session:
        said = documents.live(session, CATEGORIES)
        assert documents.live(session, "data/departments.yaml").number == 1
    assert said.text == text.replace("department: 水务站\n", "department: 水务所\n")
    assert (said.number, said.by, said.why) == (1, make.NAME, "“水务站”改名叫“水务所”")


def test_a_draft_of_the_categories_goes_along_with_the_new_name(desk, operator, water):
    with desk.session() as session:
        before = documents.current(session, CATEGORIES)
        documents.save(session, CATEGORIES, "小李", before.text + "# 还要改\n", seen=before.sha256)
    rename(desk, operator, water)
    with desk.parts.database.reading() as session:
        draft = documents.draft(session, CATEGORIES)
    assert draft.text.endswith("# 还要改\n")
    assert "水务站" not in draft.text
    documents.publish(desk.parts, CATEGORIES, "小李", "", seen=draft.sha256)


def test_what_named_the_old_name_is_not_published_again(desk, operator, water):
    rename(desk, operator, water)
    answer = operator.post(f"/said/back/{CATEGORIES}/0", follow_redirects=True)
    assert "归“水务站”，可是没有这个部门。" in answer.text


def test_a_rename_that_is_taken_back_takes_the_categories_back(desk, operator, water):
    rename(desk, operator, water)
    [entry, _] = entries(desk, Department, water)
    html = take_back(operator, "departments", entry).text
    assert "收回了，又和原来一样。" in html
    assert "收回以前的改动" in html
    assert row(desk, Department, water).name == "水务站"
    with desk.parts.database.reading() as session:
        assert documents.live(session, CATEGORIES).text == documents.kind(CATEGORIES).shipped
    again = take_back(operator, "departments", entry)
    assert again.status_code == 422
    assert "这一项后来又改过" in again.text


def test_a_department_with_cases_accounts_or_categories_stays_open(desk, operator, water):
    def close() -> str:
        answer = operator.post(f"/departments/{water}/close")
        assert answer.status_code == 422
        return answer.text

    with desk.session() as session:
        case = make.case(session, number="10247", channel="sms", text="停水了")
        me = session.scalars(select(Operator)).one()
        lifecycle.assign(session, case, me, session.get(Department, water))
        clerk = make.person(session, "operator", "water")
        clerk.role, clerk.department_id = "department", water
    assert "水务站还有 1 件没办结的事" in close()
    with desk.session() as session:
        me = operators.named(session, make.LOGIN)
        lifecycle.give_back(session, lookup.find(session, "10247"), me, "不归我们")
    assert "水务站还有 1 个账号能登录" in close()
    with desk.session() as session:
        operators.lock(session, operators.named(session, "water"), operators.named(session, make.LOGIN))
    said = close()
    assert "“常见的事”里的供水" in said
    assert "还归水务站，请先改归别的部门，再停用。" in said
    assert row(desk, Department, water).closed_at is None


def closed(desk, operator, name="水利站"):
    operator.post("/departments", data={"name": name})
    with desk.parts.database.reading() as session:
        id = departments.named(session, name).id
    assert operator.post(f"/departments/{id}/close").status_code == 303
    return id


def test_a_closed_department_is_offered_for_nothing_until_it_is_opened_again(desk, operator, water):
    id = closed(desk, operator)
    with desk.session() as session:
        make.case(session, number="10247", channel="sms", text="停水了")
    assert "停用中" in operator.get("/departments").text
    assert "水利站" not in operator.get("/cases/10247").text
    assert "水利站" not in operator.get("/users").text
    answer = operator.post("/cases/10247/moves/assign", data={"lead": str(id)})
    assert "水利站已经停用了" in answer.text
    person = {"login": "wang", "name": "老王", "role": "department", "department": str(id)}
    assert "水利站已经停用了" in operator.post("/users", data=person).text
    answer = operator.post("/departments", data={"name": "水利站"})
    assert "只是停用了，可以恢复派单" in answer.text
    operator.post(f"/departments/{id}/reopen")
    assert "水利站" in operator.get("/cases/10247").text
    told = [entry.data["fields"].get("open") for entry in entries(desk, Department, id)]
    assert told == [[False, True], [True, False], [None, True]]


def test_closing_is_taken_back_by_a_click_in_the_history_of_the_whole_list(desk, operator):
    id = closed(desk, operator)
    html = operator.get("/departments/history").text
    assert "停用了" in html
    [entry, _] = entries(desk, Department, id)
    assert f"/departments/changes/{entry.id}/take-back" in html
    take_back(operator, "departments", entry)
    assert row(desk, Department, id).closed_at is None


def test_a_case_that_comes_back_to_a_closed_department_is_handed_out_anew(desk, operator, water):
    id = closed(desk, operator)
    with desk.session() as session:
        me = session.scalars(select(Operator)).one()
        me.head = True
        case = make.case(session, number="10247", channel="sms", text="停水了")
        session.get(Department, id).closed_at = None
        lifecycle.assign(session, case, me, session.get(Department, id), [session.get(Department, water)])
        lifecycle.close(session, case, me, "办好了")
    operator.post(f"/departments/{id}/close")
    with desk.session() as session:
        case = lookup.find(session, "10247")
        lifecycle.reopen(session, case, session.scalars(select(Operator)).one(), "又停水了")
        assert case.state == "received"
        assert [each.ended_at is None for each in case.assignments] == [False, False]


def test_categories_that_name_a_closed_department_are_not_published(desk, operator, water):
    closed(desk, operator)
    with desk.session() as session:
        before = documents.current(session, "data/departments.yaml")
        text = before.text.replace("水务站", "水利站")
        draft = documents.save(session, "data/departments.yaml", "小李", text, seen=before.sha256)
    answer = operator.post("/said/publish/data/departments.yaml", data={"seen": draft.sha256}, follow_redirects=True)
    assert "归“水利站”，可是这个部门停用了。" in answer.text


def test_of_two_people_who_change_one_department_the_second_is_told(desk, operator, water):
    old = seen(desk, Department, water)
    rename(desk, operator, water, "水务站", "13800000000")
    answer = operator.post(f"/departments/{water}", data={"name": "水利站", "seen": old})
    assert "别人刚才也改了" in answer.text
    assert 'value="水利站"' in answer.text
    assert row(desk, Department, water).name == "水务站"


def test_what_a_command_loaded_says_so_in_the_history(desk, operator, water):
    assert "技术员用命令" in operator.get(f"/departments/{water}").text


# ------------------------------------------------------------------ villages


def test_a_village_is_changed_and_its_page_says_from_what_to_what(desk, operator, village):
    where = {
        "town": "白马镇",
        "groups": "8",
        "population": "1280",
        "dialect": "sichuan",
        "lat": "30.5",
        "lon": "104.06",
    }
    assert send(desk, operator, village, aliases="清水、老清水", **where).status_code == 303
    found = row(desk, Village, village)
    assert (found.aliases, found.groups, found.population) == (["清水", "老清水"], 8, 1280)
    assert (found.town, found.dialect, found.lat, found.lon) == ("白马镇", "sichuan", 30.5, 104.06)
    html = operator.get(f"/villages/{village}").text
    assert '<del translate="no">6</del>' in html
    assert '<ins translate="no">8</ins>' in html
    assert '<ins translate="no">四川话</ins>' in html
    send(desk, operator, village, aliases="清水、老清水", **where)  # nothing new: no entry
    [entry] = entries(desk, Village, village)
    take_back(operator, "villages", entry)
    found = row(desk, Village, village)
    assert (found.aliases, found.groups, found.town, found.lat) == ([], 6, "", None)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"name": ""}, "村名要写"),
        ({"name": "石桥村"}, "已经有“石桥村”了。"),
        ({"groups": "很多"}, "几个组请写数字，最多 99"),
        ({"groups": "100"}, "几个组请写数字，最多 99"),
        ({"groups": "²"}, "几个组请写数字"),
        ({"population": "1千"}, "人口请写数字，比如 1280。不知道就空着。"),
        ({"aliases": "清水、河"}, "别的叫法每个要有 2 到 64 个字"),
        ({"town": "镇" * 65}, "镇名请控制在 64 个字以内"),
        ({"dialect": "klingon"}, "没有“klingon”这种方言，请从列表里选。"),
        ({"lat": "30.5"}, "纬度和经度要写就两个都写"),
        ({"lat": "北", "lon": "104"}, "纬度和经度要写就两个都写"),
        ({"lat": "nan", "lon": "nan"}, "纬度和经度要写就两个都写"),
        ({"lat": "91", "lon": "104"}, "纬度和经度要写就两个都写"),
    ],
)
def test_a_village_that_cannot_be_is_refused_in_a_sentence_and_nothing_is_lost(
    desk, operator, village, typed, sentence
):
    with desk.session() as session:
        make.village(session, "石桥村")
    answer = send(desk, operator, village, **{"population": "77"} | typed)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'value="{typed.get("population", "77")}"' in answer.text
    assert row(desk, Village, village).population == 0
    added = operator.post("/villages", data={"name": "新村", "groups": "3"} | typed)
    assert added.status_code == 422
    assert sentence in added.text


def test_an_operator_says_what_people_speak_and_nothing_else(desk, operator, village):
    with desk.session() as session:
        make.person(session, "operator")
    client = desk.app.test_client()
    client.set_cookie("session", make.login_cookie(desk, "operator"))
    html = client.get(f"/villages/{village}").text
    assert 'name="groups"' not in html
    assert "删掉这个村" not in html
    assert "添一个村" not in client.get("/villages").text
    send(desk, client, village, dialect="wu", population="300", name="别的村", groups="1")
    found = row(desk, Village, village)
    assert (found.name, found.groups, found.dialect, found.population) == ("清水村", 6, "wu", 300)
    html = client.get(f"/villages/{village}").text
    assert "吴语" in html
    assert "take-back" not in html


def test_a_village_is_added_its_name_is_said_within_a_minute_and_it_is_deleted_again(desk, operator):
    answer = operator.post("/villages", data={"name": "新河村", "groups": ""}, follow_redirects=True)
    assert "新河村：添上了。" in answer.text
    assert "电话里还念不出这个村名" in answer.text
    with desk.parts.database.reading() as session:
        [made] = session.scalars(select(Village)).all()
    answer = operator.post(f"/villages/{made.id}/delete", follow_redirects=True)
    assert "新河村：删掉了。" in answer.text
    assert row(desk, Village, made.id) is None
    html = operator.get("/villages/history").text
    assert "删掉了" in html
    [gone, _] = entries(desk, Village)
    take_back(operator, "villages", gone)
    assert row(desk, Village, made.id).name == "新河村"
    [back, *_] = entries(desk, Village, made.id)
    assert "这个村不在名单里了" in take_back(operator, "villages", back).text
    assert row(desk, Village, made.id) is None


def test_a_village_with_cases_or_callers_is_not_deleted(desk, operator, village):
    with desk.session() as session:
        make.case(session, by=make.caller(session, village_id=village), village_id=village)
        make.case(session, village_id=village)
    answer = operator.post(f"/villages/{village}/delete")
    assert answer.status_code == 422
    assert "清水村有 2 件事项、1 个来电人，不能删。" in answer.text
    assert row(desk, Village, village)


def test_a_renamed_village_is_found_by_its_new_name_and_proposals_name_it(desk, operator, village):
    with desk.session() as session:
        make.case(session, number="10247", text="停水了", channel="sms", village_id=village, place="清水村二组")
        make.case(session, number="10249", text="没水", channel="sms", village_id=village, place="老井边")
        proposal = {"village": "清水村", "place": "清水村三组", "category": "供水"}
        make.case(session, number="10248", text="又停水", channel="sms", proposal=proposal)
    send(desk, operator, village, name="东河村", aliases="清水村")
    assert indexing.refresh_villages(desk.parts.database) == ["东河村"]
    assert indexing.refresh_villages(desk.parts.database) == []
    for number, place in (("10247", "东河村二组"), ("10248", "东河村三组"), ("10249", "东河村老井边")):
        assert f"/cases/{number}" in operator.get("/find?for=东河村").text
        html = operator.get(f"/cases/{number}").text
        assert place in html
        assert "清水村" not in html
    [entry, *_] = entries(desk, Village, village)
    take_back(operator, "villages", entry)
    assert "清水村二组" in operator.get("/cases/10247").text
    indexing.refresh_villages(desk.parts.database)
    assert "/cases/10247" in operator.get("/find?for=清水村").text


def test_three_hundred_villages_are_found_by_name_pinyin_and_town_and_each_page_is_small(desk, operator):
    with desk.session() as session:
        for n in range(300):
            name = f"{'东西南北中'[n % 5]}{'河坪湾坡沟岭'[n // 5 % 6]}{n}村"
            session.add(Village(name=name, aliases=[name[:-1]], groups=8, population=1200, town=f"{'甲乙丙'[n % 3]}镇"))
    html = operator.get("/villages").text
    assert len(html.encode()) < 60_000
    assert html.count("/villages/") - html.count("/villages/history") == 50
    assert "page=2" in html
    assert "东河0村" in operator.get("/villages?find=donghe0").text
    assert "东河0村" in operator.get("/villages?find=dh0").text
    assert "找到的村" in operator.get("/villages?find=丙镇").text
    assert "没有这样叫的村。" in operator.get("/villages?find=xyz").text
    assert operator.get("/villages?page=x").status_code == 404


def test_a_town_without_villages_says_what_to_do(operator):
    assert "在下面一个一个添" in operator.get("/villages").text


def test_an_entry_of_the_one_list_is_not_taken_back_as_one_of_the_other(desk, operator, water, village):
    [entry] = entries(desk, Department, water)
    assert operator.post(f"/villages/changes/{entry.id}/take-back").status_code == 404
    assert operator.post(f"/departments/changes/{village}/take-back").status_code == 404


def test_the_history_of_a_list_goes_on_page_by_page(desk, operator):
    with desk.session() as session:
        for n in range(60):
            made = make.village(session, f"村{n}号")
            change_history.note(session, None, made, None, {"name": made.name, "groups": 6})
    first, second = operator.get("/villages/history").text, operator.get("/villages/history?page=2").text
    assert (first.count("添上了"), second.count("添上了")) == (50, 10)
    assert "再往前的" in first
    assert "新一点的" in second
