"""The town's lists and their history, on each kind of database: what commands and imports change, rules, sounds."""

import pytest
import yaml

from app import schema
from app.db import Database
from app.errors import Refused
from app.models import Department, Village
from app.service import create_app
from app.services.directory import change_history, departments, operators, villages
from app.services.editing import department_edits, village_edits
from app.services.editing.yaml_text import with_name
from app.services.wording import prompts
from app.settings import Settings


@pytest.fixture
def session(database_url):
    database = Database(database_url)
    schema.upgrade(database)
    with database.session() as session:
        operators.add_operator(session, "desk", "值班员", "long enough", role="admin")
        yield session
    database.close()


def who(session):
    return operators.named(session, "desk")


def loaded(session, tmp_path, written: str) -> None:
    file = tmp_path / "villages.yaml"
    file.write_text(written, encoding="utf-8")
    villages.load_villages(session, file)


def told(session, model, row=None) -> list[tuple]:
    found = change_history.history(session, model, row.id if row else None).entries
    return [(entry.kind, entry.by, entry.data["name"]) for entry in found]


def test_what_a_file_of_villages_changes_is_in_the_history_and_what_it_leaves_is_not(session, tmp_path):
    loaded(session, tmp_path, "- {name: 清水村, groups: 6, population: 1280}\n- {name: 石桥村}\n")
    loaded(session, tmp_path, "- {name: 清水村, groups: 7}\n- {name: 石桥村}\n")
    village = villages.named(session, "清水村")
    newest, first = change_history.history(session, Village, village.id).entries
    assert (newest.by, newest.by_id, newest.data["fields"]) == ("", None, {"groups": [6, 7]})
    assert first.data["fields"]["population"] == [None, 1280]
    assert len(told(session, Village)) == 3


def test_what_a_file_of_departments_changes_is_in_the_history(session, tmp_path):
    departments.load_departments(session, departments.EXAMPLE, ())
    file = tmp_path / "departments.yaml"
    text = departments.EXAMPLE.read_text(encoding="utf-8")
    file.write_text(text.replace("- name: 水务站", '- {name: 水务站, phone: "+8613800000000"}'), encoding="utf-8")
    departments.load_departments(session, file, ())
    water = departments.named(session, "水务站")
    [changed, _] = change_history.history(session, Department, water.id).entries
    assert changed.data["fields"] == {"phone": ["", "+8613800000000"]}


def test_a_take_back_of_a_take_back_is_the_change_again(session):
    village = village_edits.add(session, who(session), {"name": "清水村", "groups": "6"})
    village_edits.change(session, village, who(session), {"groups": 8, "town": "白马镇"})
    for groups in (6, 8, 6):
        newest = change_history.history(session, Village, village.id).entries[0]
        assert village_edits.take_back(session, newest, who(session)) is village
        assert (village.groups, village.town) == (groups, "白马镇" if groups == 8 else "")
    assert len(told(session, Village, village)) == 5


def test_what_was_changed_again_since_is_not_taken_back(session):
    village = village_edits.add(session, who(session), {"name": "清水村"})
    village_edits.change(session, village, who(session), {"groups": 8})
    [changed, added] = change_history.history(session, Village, village.id).entries
    village_edits.change(session, village, who(session), {"groups": 9})
    for entry in (changed, added):
        with pytest.raises(Refused, match="后来又改过"):
            village_edits.take_back(session, entry, who(session))
    assert village.groups == 9


def test_a_deleted_village_comes_back_under_its_own_id_unless_its_name_is_taken(session):
    village = village_edits.add(
        session, who(session), {"name": "清水村", "aliases": ["清水"], "lat": 30.5, "lon": 104.0}
    )
    id = village.id
    village_edits.delete(session, village, who(session))
    gone = change_history.history(session, Village, id).entries[0]
    other = village_edits.add(session, who(session), {"name": "清水村"})
    with pytest.raises(Refused, match="已经有“清水村”了"):
        village_edits.take_back(session, gone, who(session))
    village_edits.delete(session, other, who(session))
    back = village_edits.take_back(session, gone, who(session))
    assert (back.id, back.aliases, back.lat) == (id, ["清水"], 30.5)
    with pytest.raises(Refused, match="后来又改过"):
        village_edits.take_back(session, gone, who(session))


def test_a_department_that_was_added_by_mistake_is_closed_by_taking_back(session):
    made = department_edits.add(session, who(session), "水利站", "", "CN")
    [added] = change_history.history(session, Department, made.id).entries
    department_edits.take_back(session, added, who(session))
    assert made.closed_at is not None
    [closed, _] = change_history.history(session, Department, made.id).entries
    department_edits.take_back(session, closed, who(session))
    assert made.closed_at is None
    assert made in departments.offered(session)


def test_an_old_file_of_departments_is_refused_after_a_rename(database_url, tmp_path):
    database = Database(database_url)
    schema.upgrade(database)
    with database.session() as session:
        operators.add_operator(session, "desk", "值班员", "long enough", role="admin")
        departments.load_departments(session, departments.EXAMPLE, ())
        department_edits.change(session, departments.named(session, "水务站"), who(session), "水务所", "", "CN")
    app = create_app(Settings(_env_file=None, data=tmp_path, database_url=database_url))
    result = app.test_cli_runner().invoke(args=["departments", "load", str(departments.EXAMPLE)])
    assert result.exit_code == 1
    assert "水务所 is missing; a category names it" in result.output
    with database.reading() as session:
        assert departments.named(session, "水务站") is None
    database.close()
    app.extensions["xiangyin"].database.close()


def test_the_sound_of_a_new_name_and_of_new_groups_is_made_by_the_worker(town):
    with town.parts.database.session() as session:
        operators.add_operator(session, "desk", "值班员", "long enough", role="admin")
        village = village_edits.add(session, who(session), {"name": "新河村", "groups": 9})
    spoken = ["新河村", "新河村九组"]
    assert not any(prompts.can_say(town.parts, text) for text in spoken)
    town.queue.render()
    assert all(prompts.can_say(town.parts, text) for text in spoken)
    assert village.name == "新河村"


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("- name: 水务站\n  department: 水务站 # 站\n", "- name: 水务站\n  department: 水务所 # 站\n"),
        ("- {name: 水, department: 水务站}\n", "- {name: 水, department: 水务所}\n"),
        ('- department: "水务站"\n  name: 水\n', "- department: 水务所\n  name: 水\n"),
        ("- department: 水务站二\n", "- department: 水务站二\n"),
        ("# department: 水务站\n", "# department: 水务站\n"),
    ],
)
def test_a_value_is_exchanged_where_its_key_says_so_and_nothing_else_of_the_text(text, becomes):
    assert with_name(text, "水务站", "水务所", key="department") == becomes


def test_a_name_that_yaml_would_misread_is_written_so_that_it_is_read_as_it_is():
    for name in ("yes", "12", "水务: 站", "#1", "a, b]", "‘“"):
        text = with_name("- {department: 水务站, name: 水}\n- department: 水务站\n", "水务站", name)
        assert [each["department"] for each in yaml.safe_load(text)] == [name, name]
