"""Places in a county: how long finding a village takes, and how often it is the right one.

`python -m tests.bench.places [VILLAGES.yaml]` prints one JSON line. Without a file it makes a county of 300 villages in
20 towns, every twelfth name in two towns. Every village is named in a sentence: as it is written, with every character
of the name replaced by another of the same toneless sound, with sounds that dialects mix up (n/l, f/h, z/zh, -n/-ng),
and with one syllable of the name quite wrong. `right`, `wrong`, `none`, `either`: shares of the sentences.
"""

import json
import random
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

import yaml
from pypinyin import lazy_pinyin

from app.models import Village
from app.services.sorting.triage import propose
from ivr.sound import folded

_FIRST = "青石柳王李张白黄高大小上下龙马金银桃杏梅竹松新双三五东南西北清红长平安永和太福兴"
_SECOND = "水桥湾坪家岭沟塘河山坝溪井林寨坡田湖岩滩屯店营庄楼台泉峰谷洼"
_MATTERS = ("路灯坏了", "停水三天了", "路烂了没人修", "电线断了", "低保没有发")


def county(seed: int = 1) -> list[dict]:
    """A made-up county: entries of a villages file."""
    chance = random.Random(seed)
    towns = [f"{a}{b}镇" for a, b in zip(chance.sample(_FIRST, 20), chance.sample(_SECOND, 20), strict=True)]
    names = [a + b + c for a in _FIRST for b in _SECOND for c in ("", "子") if a + b + "镇" not in towns]
    entries, chosen = [], chance.sample(names, 276)
    for place, bare in enumerate(chosen):
        for town in chance.sample(towns, 2 if place % 12 == 0 else 1):
            full, short = (f"{town}{bare}村", [f"{bare}村"]) if place % 12 == 0 else (f"{bare}村", [])
            entries.append({"name": full, "aliases": [*short, bare], "town": town})
    return entries


def other_signs() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Toneless sound -> characters in everyday use, and the same by the sound that dialects leave of it."""
    same, mixed = defaultdict(list), defaultdict(list)
    for high in range(0xB0, 0xD8):  # the 3,755 everyday characters of GB 2312
        for low in range(0xA1, 0xFF):
            sign = bytes((high, low)).decode("gb2312", "ignore")
            if sign:
                sound = lazy_pinyin(sign)[0]
                same[sound].append(sign)
                mixed[folded(sound)].append(sign)
    return same, mixed


def main(path: str | None) -> dict:
    entries = yaml.safe_load(Path(path).read_text(encoding="utf-8")) if path else county()
    villages = [Village(name=e["name"], aliases=e["aliases"], town=e.get("town", ""), groups=0) for e in entries]
    shared = Counter(name for village in villages for name in {village.name, *village.aliases})
    same, mixed = other_signs()
    every = [sign for signs in same.values() for sign in signs]
    chance, found = random.Random(2), {}

    def misheard(name: str, kind: str) -> str:
        signs = list(name)
        if kind == "one_wrong":
            signs[chance.randrange(max(1, len(signs) - 1))] = chance.choice(every)
        elif kind != "written":
            table, by = (same, str) if kind == "same_sound" else (mixed, folded)
            signs = [chance.choice(table.get(by(lazy_pinyin(sign)[0])) or [sign]) for sign in signs[:-1]] + signs[-1:]
        return "".join(signs)

    spent = calls = 0
    for kind in ("written", "same_sound", "mixed_up", "one_wrong"):
        for home in (False, True):
            came = Counter()
            for village in villages:
                said = next((name for name in village.aliases if name.endswith(("村", "社区"))), village.name)
                text = f"我是{misheard(said, kind)}三组的，{chance.choice(_MATTERS)}"
                began = time.process_time()
                got = propose(villages, text, home=village if home else None)
                spent, calls = spent + time.process_time() - began, calls + 1
                right = got.village == village.name
                came["right" if right else "either" if got.either else "wrong" if got.village else "none"] += 1
            name = f"{kind}{'_home_known' if home else ''}"
            found[name] = {key: round(came[key] / len(villages), 3) for key in ("right", "wrong", "none", "either")}
    shares = sum(count > 1 for name, count in shared.items())
    return {"villages": len(villages), "shared_names": shares, "ms": round(1000 * spent / calls, 2), **found}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1] if len(sys.argv) > 1 else None), ensure_ascii=False))
