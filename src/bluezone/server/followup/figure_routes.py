"""The figures' page, and the same as a text table."""

from __future__ import annotations

import csv
import io
from typing import Any

import sqlalchemy as sa
from litestar import Response, get

from bluezone.server.accounts.access import Account, Action
from bluezone.server.accounts.console import Console, ConsoleParameter
from bluezone.server.accounts.frame import Panel
from bluezone.server.casework.service import day_text
from bluezone.server.followup import words
from bluezone.server.followup.figures import Figures, Indicator, Share, Shares
from bluezone.server.followup.list_routes import FollowUpParameter, read_chosen
from bluezone.server.followup.service import FollowUp
from bluezone.server.language import translations
from bluezone.server.pages import language_of

FIGURES = {"may": Action.SEE_FIGURES}


@get("/follow-up/figures", opt=FIGURES)
async def figures_page(console: ConsoleParameter, follow_up: FollowUpParameter) -> Response[bytes]:
    figures = await _figures(console, follow_up)
    return console.page("followup/figures.html", panel=figures_shown(figures, follow_up))


@get("/follow-up/figures/csv", opt=FIGURES)
async def figures_csv(console: ConsoleParameter, follow_up: FollowUpParameter) -> Response[bytes]:
    """One line a unit and indicator, with both days; what is hidden is left empty."""
    figures = await _figures(console, follow_up)
    say = translations(language_of(console.request)).gettext
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([say(title) for title in words.COLUMNS])
    every = [(None, figures.today, figures.yesterday), *((one.unit, one.today, one.yesterday) for one in figures.parts)]
    for unit, today, yesterday in every:
        code = "" if unit is None else unit.code
        title = say(words.TOGETHER) if unit is None else unit.title
        for one in Indicator:
            writer.writerow(
                [
                    figures.day.isoformat(),
                    code,
                    title,
                    say(words.INDICATORS[one]),
                    *_cells(today[one]),
                    *_cells(yesterday[one]),
                ]
            )
    return Response(
        text.getvalue().encode("utf-8-sig"),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="follow-up-{figures.day.isoformat()}.csv"'},
    )


def figures_shown(figures: Figures, follow_up: FollowUp) -> dict[str, Any]:
    """What the templates of figures use."""
    return {
        "figures": figures,
        "shown_parts": [part for part in figures.parts if any(map(_counts, (part.today, part.yesterday)))],
        "indicators": list(Indicator),
        "indicator_names": words.INDICATORS,
        "definitions": words.DEFINITIONS,
        "day_text": day_text,
        "today": follow_up.ground.today(),
    }


def overview(follow_up: FollowUp) -> Panel:
    """Today's figures on the console's first page."""

    def read(connection: sa.Connection, account: Account) -> dict[str, Any]:
        return figures_shown(follow_up.figures_of(connection, account, follow_up.ground.today()), follow_up)

    return Panel("followup/overview.html", read, Action.SEE_FIGURES)


async def _figures(console: Console, follow_up: FollowUp) -> Figures:
    chosen = read_chosen(console.request.query_params, follow_up.ground.today())
    return await follow_up.figures(console.account, chosen.day)


def _counts(shares: Shares) -> bool:
    return any(share.denominator or share.hidden for share in shares.values())


def _cells(share: Share) -> list[str]:
    return ["", ""] if share.hidden else [str(share.numerator), str(share.denominator)]


handlers = [figures_page, figures_csv]
