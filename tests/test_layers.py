"""Who may import whom: the contracts of pyproject.toml, kept by the code and broken by what they forbid."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("app", "ivr", "speech_models")
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]

# One import for each contract, in its order, that it must refuse.
FORBIDDEN = {
    "ivr/planted.py": "import speech_models.transcript",
    "speech_models/planted.py": "import ivr.turn",
    "app/models/planted.py": "import app.services.cases.decisions",
    "app/services/planted.py": "import flask",
    "app/telephone/planted.py": "import app.carriers.twilio",
    "app/services/directory/planted.py": "import app.services.cases.decisions",
    "app/telephone/fallback.py": "import flask",
    "app/console/shell/planted.py": "import app.console.cases.page",
    "app/services/wording/planted.py": "import app.services.figures.week",
}


def lint(folder: Path) -> subprocess.CompletedProcess:
    """import-linter on the packages in this folder."""
    command = [Path(sys.executable).parent / "lint-imports", "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)


def test_every_contract_is_kept():
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr
    assert f"Contracts: {len(CONTRACTS)} kept, 0 broken." in result.stdout


def test_every_contract_refuses_what_it_forbids(tmp_path):
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=_all_but_python)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for path, line in FORBIDDEN.items():
        (tmp_path / path).write_text(line + "\n", encoding="utf-8")
    result = lint(tmp_path)
    assert result.returncode == 1
    assert f"Contracts: 0 kept, {len(CONTRACTS)} broken." in result.stdout


def _all_but_python(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if not (Path(folder, name).is_dir() or name.endswith(".py")) or name == "weights"]


def test_the_tour_shows_the_domains_in_the_order_that_the_contract_holds():
    page = (ROOT / "docs/tour.md").read_text(encoding="utf-8")
    table = page.split("| `app/services/` | What it is about |\n|---|---|\n")[1].split("\n\n")[0]
    shown = [set(re.findall(r"`(\w+)`", row.split("|")[1])) for row in table.splitlines()]
    held = next(each["layers"] for each in CONTRACTS if each.get("containers") == ["app.services"])
    assert shown == [set(re.findall(r"\w+", layer)) for layer in held]
