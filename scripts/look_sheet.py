"""Writes one page with everything that `bluezone.look` draws, and its pictures by day and by night.

Usage: `python -m scripts.look_sheet FOLDER [CHROMIUM]`; without a browser only the page is written.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path

from markupsafe import Markup

from bluezone.look import (
    GATE_COLOURS,
    GATE_PICTURES,
    LEVELS,
    SCENES,
    drawing,
    gate_colour_name,
    gate_picture,
    gate_picture_name,
    icon,
    icon_names,
    shield,
    static_folder,
)

SENTENCES = {
    "safe": "Chưa ghi nhận tiếp xúc gần nào cần chú ý.",
    "f2": "Bạn từng ở gần một người đang là F1.",
    "f1": "Bạn từng ở gần một ca bệnh đủ lâu để cần theo dõi.",
    "f0": "Bạn đã báo là ca bệnh. Cảm ơn bạn đã bảo vệ mọi người.",
    "not_protecting": "Bluezone đang không bảo vệ được bạn: Bluetooth đang tắt.",
}
SHEET = """
main { max-width: 80rem; margin: auto; padding: 1.5rem; }
.grid { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(var(--least, 22rem), 1fr)); }
.glance { padding: .75rem; border-radius: 12px; text-align: center; }
.glance .gate-picture { width: 9rem; height: 9rem; margin: auto; }
.small .gate-picture { width: 3rem; height: 3rem; }
.small .glance { padding: .5rem; }
.cell { display: flex; gap: .5rem; align-items: center; font-size: .8125rem; }
.status-card { min-height: 0; }
.sheet { position: static; display: block; margin: 0; border: 1px solid var(--line); animation: none !important; }
.bottom-bar { position: static; margin-top: 2rem; }
"""


def glances(pictures: Iterable[int]) -> Markup:
    row = Markup('<div class="glance" data-gate-colour="{}">{}{} · {}</div>')
    return Markup("").join(
        row.format(
            (colour := (3 * index + index // GATE_COLOURS) % GATE_COLOURS),
            gate_picture(index),
            gate_picture_name(index, "vi"),
            gate_colour_name(colour, "vi"),
        )
        for index in pictures
    )


def shields() -> Iterator[Markup]:
    for level in LEVELS:
        yield Markup(
            '<div class="status-card" data-level="{}">{}<h2>{}</h2>'
            '<button class="button button-main">Xem việc cần làm</button></div>'
        ).format(level, shield(level), SENTENCES[level])
    for level in LEVELS:
        yield Markup('<p class="row"><span class="chip" data-level="{}">{} {}</span></p>').format(
            level, shield(level), SENTENCES[level]
        )


def parts() -> Markup:
    return Markup(
        """
<div class="stack"><h2>Nút và thẻ</h2>
<div class="buttons"><a class="button button-main button-wide" href="#">{send} Đồng ý gửi</a>
<button class="button button-wide">Để sau</button>
<button class="button button-danger button-wide">{trash} Xóa tất cả</button>
<button class="button button-quiet button-wide">Bỏ qua</button>
<button class="button button-wide" disabled>Đang tắt</button></div>
<div class="card"><p class="figure">24 phút</p>
<p class="muted">gần người khác hôm nay · Chủ nhật 9/8, 7 giờ 30 tối</p></div>
<div class="note">{info}<div><h3>Không cần số điện thoại</h3>
<p>Bluezone không hỏi tên, không hỏi vị trí.</p></div></div>
<div class="segments"><a href="#" aria-current="true">Tiếng Việt</a><a href="#">English</a></div>
<progress value="60" max="100" aria-label="Đang gửi"></progress></div>

<div class="stack"><h2>Ô nhập</h2>
<div class="error-summary" role="alert"><h2>Mã này đã hết hạn lúc 10:15</h2><p>Chưa có gì được gửi đi.
<a href="#c">Nhập mã mới</a></p></div>
<div class="field"><label for="c">Mã xác nhận</label><p class="help">Cán bộ y tế đọc cho bạn tám chữ số.</p>
<p class="field-error">{alert} Mã này đã hết hạn.</p>
<input id="c" class="input input-code" value="1234 5678" aria-invalid="true"></div>
<div class="field"><label for="n">Ghi chú</label>
<input id="n" class="input" placeholder="Ví dụ: Ữ Ễ Ậ Ỡ Ắ"></div>
<label class="choice"><input type="checkbox" checked><span>Thứ Hai 3/8
<small>12 khóa, từ 7 giờ sáng</small></span></label>
<label class="choice"><input type="radio" name="r" checked><span>Xét nghiệm dương tính</span></label>
<label class="choice switch"><input type="checkbox" checked><span>Nhắc tôi khi Bluetooth tắt</span></label>
<label class="choice switch"><input type="checkbox"><span>Chế độ giúp người thân</span></label></div>

<div class="stack"><h2>Danh sách và biên nhận</h2>
<ul class="list card"><li><a class="list-row" href="#">{notebook}<span>Nhật ký
<small>Hôm nay, 24 phút</small></span>{right}</a></li>
<li><a class="list-row" href="#">{pin}<span>Chợ Phố Hiến
<small>Từ 8:05 đến 8:40</small></span>{right}</a></li></ul>
<div class="receipt"><h3>Sẽ rời khỏi điện thoại</h3><ul class="ticks"><li>{check}
<span>14 khóa ngày, từ 27/7 đến 9/8</span></li></ul>
<h3>Không rời khỏi điện thoại</h3><ul class="strikes"><li>{x}<span>Tên, số điện thoại</span></li><li>{x}
<span>Bạn đã gặp ai</span></li></ul></div>
<ol class="steps"><li>Ở nhà, giữ khoảng cách với người thân.</li><li>Gọi đường dây nóng 1900 9095.</li></ol>
<details class="card"><summary>Xem đúng nội dung sẽ gửi</summary><pre>{{"keys": []}}</pre></details></div>

<div class="stack"><h2>Bảng, khung nổi, thanh dưới</h2>
<div class="table-frame"><table><thead><tr><th>Xã</th><th class="number">Người dùng</th></tr></thead>
<tbody><tr><td>Phố Nối</td><td class="number">1.117</td></tr><tr><td>Bần Yên Nhân</td>
<td class="number">8.424</td></tr></tbody></table></div>
<div class="sheet stack"><h2>Xóa ngày 9/8?</h2><p class="muted">Việc này không lấy lại được.</p><div class="buttons">
<button class="button button-main">Giữ lại</button></div></div>
<nav class="bottom-bar"><a href="#" aria-current="page">{home}Trang chính</a><a href="#">{notebook}Nhật ký</a>
<a class="raised" href="#">{scan}Quét mã</a><a href="#">{bell}Thông báo
<span class="badge">2</span></a></nav></div>
"""
    ).format(
        send=icon("send"),
        trash=icon("trash"),
        info=icon("info-circle"),
        alert=icon("alert-circle"),
        notebook=icon("notebook"),
        right=icon("chevron-right"),
        pin=icon("map-pin"),
        check=icon("check"),
        x=icon("x"),
        home=icon("home"),
        scan=icon("scan"),
        bell=icon("bell"),
    )


def page(theme: str) -> str:
    cell = Markup('<span class="cell">{} {}</span>')
    return Markup(
        '<!doctype html><html lang="vi" data-theme="{theme}"><meta charset="utf-8"><title>Bluezone: look</title>'
        '<link rel="stylesheet" href="{folder}/tokens.css"><link rel="stylesheet" href="{folder}/base.css">'
        "<style>{sheet}</style><main class='stack-large'><h1>Bluezone</h1>"
        '<div class="grid">{shields}</div><div class="grid">{parts}</div><div class="grid">{scenes}</div>'
        '<div class="grid" style="--least: 10rem">{large}</div>'
        '<div class="grid small" style="--least: 6rem">{small}</div>'
        '<div class="grid" style="--least: 11rem">{icons}</div></main></html>'
    ).format(
        theme=theme,
        folder=static_folder().as_uri(),
        sheet=Markup(SHEET),
        shields=Markup("").join(shields()),
        parts=parts(),
        scenes=Markup("").join(Markup('<div class="card">{}</div>').format(drawing(scene)) for scene in SCENES),
        large=glances(range(GATE_PICTURES)),
        small=glances(reversed(range(GATE_PICTURES))),
        icons=Markup("").join(cell.format(icon(name), name) for name in icon_names()),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("browser", nargs="?")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    pages = {theme: arguments.folder / f"look-{theme}.html" for theme in ("light", "dark")}
    for theme, path in pages.items():
        path.write_text(page(theme), "utf-8")
    if arguments.browser:
        photograph(pages.values(), arguments.browser)


def photograph(pages: Iterable[Path], browser: str) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        for path in pages:
            view = chromium.new_page(viewport={"width": 1400, "height": 900})
            view.goto(path.absolute().as_uri())
            view.screenshot(path=path.with_suffix(".png"), full_page=True)
        chromium.close()


if __name__ == "__main__":
    main()
