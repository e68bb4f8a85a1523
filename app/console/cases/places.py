"""The town's places to choose from: by name, by sound or by the first letters of their pinyin, on a list or a map."""

from flask import jsonify
from pypinyin import Style, lazy_pinyin

from app.console.shell.blueprints import console, parts
from app.models import Village
from app.services.desk import case_queries


@console.get("/places")
def places_to_choose():
    """JSON: `town`, and `villages`: each with its id, name, number of groups, what it is found by, and where it lies.

    `at`: [x, y] on a map that is 100 wide, east to the right and north above; empty where that is not known.
    """
    with parts().database.reading() as session:
        villages = case_queries.villages(session)
    where = _on_map(villages)
    return jsonify(
        town=parts().settings.town,
        villages=[
            {"id": str(v.id), "name": v.name, "groups": v.groups, "keys": _keys(v), "at": where.get(v.id, ())}
            for v in villages
        ],
    )


def _keys(village: Village) -> list[str]:
    """What a village is found by: its names, their pinyin, the first letters of it (qsc)."""
    keys = []
    for name in (village.name, *village.aliases):
        keys += [name, "".join(lazy_pinyin(name)), "".join(lazy_pinyin(name, style=Style.FIRST_LETTER))]
    return list(dict.fromkeys(keys))


def is_called(village: Village, wanted: str) -> bool:
    """Whether a village, or its town, goes by something like this: a name, its pinyin or first letters."""
    wanted = wanted.casefold()
    return wanted in village.town or any(wanted in key for key in _keys(village))


def _on_map(villages: list[Village]) -> dict:
    """Where each village lies on a square map of 100; nothing where fewer than two are known."""
    known = [v for v in villages if v.lat is not None]
    if len(known) < 2:
        return {}
    (west, east), (south, north) = ((min(all_), max(all_)) for all_ in ([v.lon for v in known], [v.lat for v in known]))
    wide = max((east - west) * _NARROWER, north - south) or 1
    return {
        v.id: (
            round(50 + ((v.lon - (west + east) / 2) * _NARROWER) / wide * 80, 1),
            round(50 - (v.lat - (south + north) / 2) / wide * 80, 1),
        )
        for v in known
    }


_NARROWER = 0.85  # a degree of longitude beside one of latitude, in the middle of the country: good enough for a sketch
