"""What is said (说什么): the words as a script, the lists and rules as forms; drafts, trials, publishing, history."""

import json
from functools import partial
from itertools import pairwise

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user

from app.console.editing.rows import CHOICES, entries, entries_by_name, row_fields
from app.console.editing.script_words import BRACES, PARTS, in_signs, pieces_to_hear, script_page
from app.console.shell.blueprints import console, parts
from app.errors import Refused
from app.services.editing import documents, forms, proving
from app.services.editing.catalogue import kind, kinds
from app.services.editing.form_layouts import SHAPES
from app.services.editing.said import Said
from app.services.wording import prompts
from app.services.wording.document_kinds import FILES, WORDS, words_name

PRACTICE_CALLER = "+8619900007006"  # whose calls hear the draft that is tried (data/practice_callers.yaml)


@console.get("/said")
def said():
    """Every document: what holds, since when, whether there is a draft."""
    with parts().database.reading() as session:
        live, drafts = documents.all_live(session), documents.drafts(session)
        aside = documents.set_aside(parts(), session)
    groups = {group: [k for k in kinds().values() if k.group == group] for group in (WORDS, FILES, "dialects")}
    return render_template(
        "console/editing/index.html", groups=groups, live=live, drafts=drafts, aside=aside, page_of=page_of
    )


@console.get("/said/script/<dialect>")
def said_script(dialect: str):
    """The words of a dialect as a script. `part`: on the phone, by text, when we ring, the rest."""
    name = _known(words_name(dialect))
    return _script(name, request.args.get("part", ""))


@console.post("/said/script/<dialect>/<step>")
def say_otherwise(dialect: str, step: str):
    """Keep other words for a step in the draft."""
    name, part = _known(words_name(dialect)), request.form.get("part", "")
    if step not in {s for flow in parts().flows.values() for s in flow.steps}:
        abort(404)
    typed = {field: request.form.get(field, "") for field in ("voice", "again", "sms") if field in request.form}
    fields = {field: in_signs(text) for field, text in typed.items()}
    try:
        with parts().database.session() as session:
            documents.save_step(session, name, current_user.name, step, fields, seen=_seen())
    except Refused as refused:
        return _script(name, part, step=step, typed=typed, problem=str(refused)), 422
    flash("记在草稿里了，还没有发布。")
    return redirect(url_for("console.said_script", dialect=dialect, part=part or None, _anchor=f"step-{step}"), 303)


@console.get("/said/text/<path:name>")
def said_text(name: str):
    """A document as its text, to be edited."""
    return _text(_known(name))


@console.post("/said/text/<path:name>")
def write_text(name: str):
    """Keep a draft of a document."""
    _known(name)
    typed = request.form.get("text", "").replace("\r\n", "\n")
    try:
        with parts().database.session() as session:
            documents.save(session, name, current_user.name, typed, seen=request.form.get("seen", ""))
    except Refused as refused:
        return _text(name, typed=typed, problem=str(refused)), 422
    try:
        with parts().database.reading() as session:
            draft = documents.current(session, name)
        proving.prove(parts(), draft)
    except Refused as refused:
        return _text(name, problem=f"存成草稿了，但是还不能发布。{refused}"), 422
    flash("记在草稿里了，还没有发布。")
    return redirect(page_of(name), 303)


@console.post("/said/publish/<path:name>")
def publish(name: str):
    """Make the draft what holds, or say in one sentence why not."""
    return _done(
        name,
        lambda: documents.publish(
            parts(), name, current_user.name, request.form.get("why", ""), seen=request.form.get("seen", "")
        ),
        "发布了，新打来的电话就用新的。正在说的电话还用原来的。"
        if name.startswith(WORDS)
        else "发布了，马上就用新的。",
    )


@console.post("/said/discard/<path:name>")
def discard(name: str):
    """Throw the draft away."""

    def throw() -> None:
        with parts().database.session() as session:
            documents.discard(session, name)

    return _done(name, throw, "草稿不要了，还是现在用的这一版。")


@console.get("/said/history/<path:name>")
def said_history(name: str):
    """Every version of a document, with what each changed."""
    _known(name)
    with parts().database.reading() as session:
        versions, draft = documents.history(session, name), documents.draft(session, name)
    changes = [documents.difference(older.text, newer.text) for newer, older in pairwise(versions)]
    told = (
        [forms.changes(name, older.text, newer.text) for newer, older in pairwise(versions)] if name in SHAPES else []
    )
    return render_template(
        "console/editing/history.html", kind=kind(name), versions=versions, changes=[*changes, []], draft=draft,
        told=[*(told or [[]] * len(changes)), []], page=page_of(name),
    )  # fmt: skip


@console.post("/said/back/<path:name>/<int:number>")
def go_back(name: str, number: int):
    """Publish an older version again."""
    try:
        return _done(
            name,
            lambda: documents.go_back(parts(), name, number, current_user.name),
            "改回去了，新打来的电话就这样说。",
        )
    except KeyError:
        abort(404)


@console.post("/said/try/<path:name>")
def try_out(name: str):
    """Have the practice phone hear the draft, and go there."""
    try:
        documents.try_out(parts(), _known(name), PRACTICE_CALLER, current_user.name)
    except Refused as refused:
        flash(str(refused), "problem")
        return redirect(page_of(name), 303)
    return redirect(url_for("practice.phone", caller=PRACTICE_CALLER), 303)


@console.post("/said/listen")
def listen():
    """Words of the form as a caller will hear them: a WAV file, or 422 and the sentence that says why not."""
    dialect = request.form.get("dialect", "mandarin")
    name = _known(words_name(dialect))
    try:
        with parts().database.reading() as session:
            sounds = documents.current(session, name).sounds
        said = pieces_to_hear(request.form.get("text", ""), parts().settings)
        return Response(prompts.hear(parts(), said, sounds, slow="slow" in request.form), mimetype="audio/wav")
    except Refused as refused:
        return Response(str(refused), 422, mimetype="text/plain")


def page_of(name: str) -> str:
    """The page on which a document is edited."""
    of = kind(name)
    if of.group == WORDS:
        return url_for("console.said_script", dialect=of.key, part=request.form.get("part") or None)
    return url_for("console.said_form" if name in SHAPES else "console.said_text", name=name)


def _script(name: str, part: str, *, step: str = "", typed=None, problem: str = "") -> str:
    part = part if part in PARTS else next(iter(PARTS))
    with parts().database.reading() as session:
        current, live = documents.current(session, name), documents.live(session, name)
        return render_template(
            "console/editing/script.html",
            kind=kind(name), current=current, live=live, parts=PARTS, part=part, wrong=step,
            editing=step or request.args.get("edit", ""), typed=typed or {},
            problem=problem, changes=_changes(live, current),
            lines=script_page(parts(), session, current, live, part), braces=BRACES,
        )  # fmt: skip


def _text(name: str, *, typed: str | None = None, problem: str = "") -> str:
    with parts().database.reading() as session:
        current, live = documents.current(session, name), documents.live(session, name)
        versions = documents.history(session, name) if row_fields(name) else []
    overtaken = typed is not None and request.form.get("seen") != current.sha256 and typed != current.text
    return render_template(
        "console/editing/text.html",
        kind=kind(name), current=current, live=live, typed=typed, problem=problem, changes=_changes(live, current),
        rows=entries(current.text) if row_fields(name) and typed is None else [], fields=row_fields(name),
        form=name in SHAPES, choices=CHOICES, last=documents.last_changes(versions, partial(entries_by_name, name)),
        other=documents.difference(typed, current.text) if overtaken else [],
    )  # fmt: skip


def _changes(live: Said, current: Said) -> list[tuple[str, str]]:
    return documents.difference(live.text, current.text) if current.number is None else []


def _done(name: str, do, told: str):
    _known(name)
    try:
        do()
        flash(told)
    except Refused as refused:
        flash(str(refused), "problem")
    return redirect(page_of(name), 303)


def _known(name: str) -> str:
    return name if kind(name) else abort(404)


def _seen() -> dict[str, list[str]]:
    try:
        seen = json.loads(request.form.get("seen", "{}"))
    except ValueError:
        abort(400)
    return {str(k): [str(t) for t in v] for k, v in seen.items()} if isinstance(seen, dict) else abort(400)
