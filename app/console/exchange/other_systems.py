"""Other systems, as the desk sees them: what could not be told to them, and what is public of a case."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user

from app.console.cases.page import case_page
from app.console.shell.blueprints import console, parts
from app.errors import Refused
from app.models import Operator
from app.services.cases import lookup
from app.services.exchange import publications, webhooks


@console.get("/exchange")
def exchange():
    """Which systems are told of events, and what they did not take."""
    with parts().database.reading() as session:
        hooks, standing = webhooks.every(session), webhooks.standing(session)
        failed, count = webhooks.failed(session), webhooks.untold(session)
        return render_template(
            "console/exchange/other_systems.html", hooks=hooks, standing=standing, failed=failed, count=count
        )


@console.post("/exchange/again")
def tell_again():
    """Try again what failed for good."""
    with parts().database.session() as session:
        count = webhooks.again(session)
    flash(f"正在再送 {count} 条，过一会儿看结果。" if count else "没有要再送的。")
    return redirect(url_for("console.exchange"), 303)


@console.post("/exchange/seen")
def let_be():
    """Somebody knows of it and lets it be."""
    with parts().database.session() as session:
        webhooks.seen(session)
    flash("知道了，不再提醒。")
    return redirect(url_for("console.exchange"), 303)


@console.post("/cases/<number>/publication")
def make_public(number: str):
    """Make a case public in these words, or (`withdraw`) private again."""
    try:
        with parts().database.session() as session:
            case = lookup.find(session, number) or abort(404)
            operator = session.get_one(Operator, current_user.id)
            if "withdraw" in request.form:
                publications.withdraw(session, case, operator)
            else:
                publications.publish(session, case, operator, request.form.get("public", ""))
    except Refused as refused:
        with parts().database.reading() as session:
            return case_page(session, number, {"publication": str(refused)}), 422
    flash("撤回了，外面看不到了。" if "withdraw" in request.form else "公开了。")
    return redirect(url_for("console.case", number=number, _anchor="publication"), 303)
