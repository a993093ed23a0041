from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageFont

from bluezone import materials
from bluezone.server.chain.letters import cut, width

FONTS = Path(materials.__file__).parent / "fonts"
NAMES = ["Nguyễn Thị Ngọc Ánh", "Đặng Hữu Ước", "BN1046 · 12 F1", "Ữ Ễ Ậ", "phường Quảng Châu", "#12 (F0) – 5/8/2020"]


def test_no_label_is_wider_than_computed():
    for strong, weight in ((False, 400), (True, 600)):
        font = ImageFont.truetype(FONTS / f"be-vietnam-pro-{weight}.ttf", 1000)
        for name in NAMES:
            real, computed = font.getlength(name), width(name, 1000, strong=strong)
            assert real <= computed <= real * 1.06, name


def test_what_fits_is_not_cut():
    assert cut("Nguyễn Văn An", 12, 200) == "Nguyễn Văn An"
    assert cut("Nguyễn Văn An", 12, 60) == "Nguyễn…"


@given(st.text(max_size=60), st.floats(10, 300))
def test_what_was_cut_fits(text, most):
    short = cut(text, 12, most)
    assert width(short, 12) <= max(most, width("…", 12))
    assert text.startswith(short.removesuffix("…").rstrip()) or short == text
