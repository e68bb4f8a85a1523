"""Finding: by a case's number, a telephone number or its last digits, a place, words as written or as they sound."""

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user

from app.console.shell.blueprints import console, parts
from app.services.desk import case_queries
from app.services.search import finding

_LONGEST = 64


@console.get("/find")
def find():
    """Straight to the case of this number, or the list of what was found; `after` is where a further page begins.

    `words=written` leaves out what only sounds alike.
    """
    typed, after = request.args.get("for", "")[:_LONGEST], request.args.get("after", "")
    as_written = request.args.get("words") == "written"
    with parts().database.reading() as session:
        found = finding.find(
            session,
            typed,
            parts().settings.region,
            int(after) if after.isdecimal() and len(after) < _LONGEST // 4 else None,
            department_id=current_user.department_id,
            as_written=as_written,
        )
        if found.case:
            return redirect(url_for("console.case", number=found.case.number))
        if found.broken:
            flash("查找现在用不了，正在自己修，请过几分钟再找。编号还可以查。", "problem")
            return redirect(url_for("console.cases"))
        if found.unusable:
            flash("请至少写两个字，或者电话号码的最后四位。", "problem")
            return redirect(url_for("console.cases"))
        return render_template(
            "console/desk/search.html",
            found=found,
            not_sent=case_queries.not_sent(session, [hit.case.id for hit in found.hits]),
            wanted=typed.strip(),
            further=bool(after),
            as_written=as_written,
            counted=finding.COUNTED,
        )
