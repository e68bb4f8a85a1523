"""What leaders look at: the figures of a week, the cases behind each, tables to take along, one page to print."""

from datetime import date

from flask import Flask, Response, abort, redirect, render_template, request, url_for
from flask_login import current_user

from app.console.figures import charts
from app.console.shell.blueprints import console, parts
from app.services.desk import case_queries
from app.services.figures import drill_down, tables
from app.services.figures.costs import prices
from app.services.figures.day_counts import DAY
from app.services.figures.unheard import unheard
from app.services.figures.week import Week, figures
from app.services.figures.week_sheet import told

_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@console.get("/figures")
def overview():
    """What came in a week, what is late, what rises, who is not heard from, what it cost."""
    with parts().database.reading() as session:
        shown = figures(session, _week())
        return render_template(
            "console/figures/figures.html",
            shown=shown,
            silent=unheard(session, shown),
            prices=prices(),
            tables=_tables(),
        )


@console.get("/figures/table/<name>")
def figure_table(name: str):
    """One table in full."""
    with parts().database.reading() as session:
        shown = figures(session, _week())
        table = tables.table(session, name, shown) or abort(404)
        return render_template("console/figures/table.html", shown=shown, table=table, tables=_tables())


@console.get("/figures/table/<name>.csv")
def figure_csv(name: str):
    """One table as CSV."""
    from app.services.figures.spreadsheets import as_csv

    with parts().database.reading() as session:
        shown = figures(session, _week())
        table = tables.table(session, name, shown) or abort(404)
        return _file(as_csv(table), "text/csv; charset=utf-8", f"{shown.week}-{name}.csv")


@console.get("/figures/tables.xlsx")
def figure_workbook():
    """Every table as a workbook."""
    from app.services.figures.spreadsheets import as_workbook

    with parts().database.reading() as session:
        shown = figures(session, _week())
        return _file(as_workbook(tables.tables(session, shown)), _WORKBOOK, f"{shown.week}.xlsx")


@console.get("/figures/cases")
def figure_cases_page():
    """The cases behind a figure; `after` is where a further page begins."""
    asked = request.args.to_dict()
    after = case_queries.Place.read(asked.pop("after", ""))
    with parts().database.reading() as session:
        try:
            found = drill_down.find(session, asked, after, *case_queries.seen_by(current_user.department_id))
        except drill_down.NotAsked:
            abort(404)
        return render_template("console/figures/drill_down.html", found=found, asked=asked, further=after is not None)


@console.get("/figures/week")
def newest_sheet():
    """The sheet of the newest week that is over."""
    return redirect(url_for("console.week_sheet", week=Week.this().later(-1)))


@console.get("/figures/week/<week>")
def week_sheet(week: str):
    """One week on one page of paper."""
    with parts().database.reading() as session:
        shown = figures(session, Week.read(week) or abort(404))
        silent = unheard(session, shown)
        return render_template("console/figures/week_sheet.html", shown=shown, silent=silent, told=told(shown, silent))


def _week() -> Week:
    """The week that is asked for, else this one."""
    written = request.args.get("week", "")
    return (Week.read(written) or abort(404)) if written else Week.this()


def _tables() -> list[tuple[str, str]]:
    return tables.names()


def _file(content: bytes, kind: str, name: str) -> Response:
    return Response(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


# ---------------------------------------------------------------------------------------------- how it is written


def init_app(app: Flask) -> None:
    """Give the templates these words, and what charts are drawn with."""
    charts.init_app(app)
    words = (week_days, days_told, week_name, month_day, difference, more_or_less)
    app.jinja_env.filters.update({word.__name__: word for word in words})


def week_days(week: Week) -> str:
    """The days of a week: 2026年11月16日到22日."""
    return drill_down.told_days(week.monday, week.later(1).monday - DAY)


def week_name(week: Week) -> str:
    """A week by its number: 2026年第47周."""
    year, number = str(week).split("-W")
    return f"{year}年第{int(number)}周"


def days_told(first: date, last: date) -> str:
    """From a day to another: 2026年11月16日到22日."""
    return drill_down.told_days(first, last)


def month_day(day: date) -> str:
    """A day within a chart: 11/16."""
    return f"{day.month}/{day.day}"


def difference(now: int, before: int, is_over: bool = True) -> str:
    """How a number differs from the week before's, or from the same part of it: 比上周同期多 18 件."""
    then = "上周" if is_over else "上周同期"
    return f"和{then}一样多" if now == before else f"比{then}{more_or_less(now, before)} 件"


def more_or_less(now: int, before: int) -> str:
    """多 18, 少 3, 一样."""
    return "一样" if now == before else f"{'多' if now > before else '少'} {abs(now - before)}"
