"""Finding: by a case's number, a telephone number or its last digits, or a village."""

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user

from app.console.blueprints import console, parts
from app.services import desk, finding
from app.services.department_view import PHONE, where_seen


@console.get("/find")
def find():
    """Straight to the case of this number, or the list of what was found; `after` is where a further page begins."""
    wanted, after = request.args.get("for", "")[:64], desk.Place.read(request.args.get("after", ""))
    with parts().database.reading() as session:
        seen, number = desk.seen_by(current_user.department_id), where_seen(PHONE, current_user.department_id)
        found = finding.find(session, wanted, parts().settings.region, after, *seen, by_number=number)
        if found and found.case:
            return redirect(url_for("console.case", number=found.case.number))
        if found:
            return render_template(
                "console/found.html", found=found, page=found.page, wanted=wanted, further=bool(after)
            )
    flash(_NOTHING.format(wanted) if wanted.strip() else "请写编号、电话号码（或者最后四位）或村名。", "problem")
    return redirect(url_for("console.cases"))


_NOTHING = "没有找到“{}”。请写事项的编号、电话号码（或者最后四位）或村名。"
