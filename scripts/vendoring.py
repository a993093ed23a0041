"""Makes what `bluezone.look`, `bluezone.materials` and the browser tests take from others; started by `scripts/vendor`.

Packages come from npm and, those named in `FROM_PYPI`, from PyPI.

With `--update` the versions asked for below are fetched anew and written to the lock; without it a package whose
checksum differs from the lock is refused.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import io
import json
import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fontTools import subset  # type: ignore[import-not-found]
from fontTools.feaLib.builder import addOpenTypeFeaturesFromString  # type: ignore[import-not-found]
from fontTools.merge import Merger  # type: ignore[import-not-found]
from fontTools.ttLib import TTFont  # type: ignore[import-not-found]

LOOK = Path(__file__).parents[1] / "src" / "bluezone" / "look"
MATERIALS = LOOK.with_name("materials")
E2E = Path(__file__).parents[1] / "tests" / "e2e"
FONT, ICONS, QR, AXE = "@fontsource/be-vietnam-pro", "@tabler/icons", "qr", "axe-core"
PRINT_FONT, OFFICIAL_FONT = "@expo-google-fonts/be-vietnam-pro", "rinoh-typeface-texgyretermes"
VERSIONS = {
    FONT: "5.3.0", ICONS: "3.51.0", QR: "0.7.0", AXE: "4.14.1", PRINT_FONT: "0.4.1", OFFICIAL_FONT: "0.1.1",
}  # fmt: skip
LICENSES = {
    FONT: "OFL-1.1", ICONS: "MIT", QR: "MIT OR Apache-2.0", AXE: "MPL-2.0",
    PRINT_FONT: "OFL-1.1", OFFICIAL_FONT: "LPPL-1.3c",  # the GUST Font License is an instance of it
}  # fmt: skip
FROM_PYPI = {OFFICIAL_FONT}
PLACES = (
    (LOOK / "vendor.lock.json", LOOK / "static", (FONT, ICONS, QR)),
    (MATERIALS / "vendor.lock.json", MATERIALS / "fonts", (PRINT_FONT, OFFICIAL_FONT)),
    (E2E / "vendor.lock.json", E2E / "vendor", (AXE,)),
)
"""Lock, folder and packages of each place that keeps something of others."""

WEIGHTS = (400, 600, 700)
LETTERS = "".join(map(chr, range(0x20, 0x7F))) + "".join(map(chr, range(0x1EA0, 0x1EFA))) + (
    "ÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝàáâãèéêìíòóôõùúýĂăĐđĨĩŨũƠơƯưÄäÇçËëÏïÑñÖöÜüß"
    "\u00a0«»°±²³·×÷©®§–—‘’“”„•…‹›₫€−½¼¾™"
)  # fmt: skip
"""Vietnamese and what stands in names and sentences around it."""
FIGURE_WIDTH = {400: 690, 600: 700, 700: 704}
"""The advance of a tabular figure, thousandths of an em: the font's own widths differ, its widest figure sets this."""

ICON_NAMES = Path(__file__).with_name("vendor-icons.txt").read_text("utf-8").split()


class Package:
    """One package, unpacked in memory after its checksum was compared."""

    def __init__(self, name: str, folder: Path, expected: str | None) -> None:
        self.name, self.version = name, VERSIONS[name]
        data = (from_pypi if name in FROM_PYPI else from_npm)(name, self.version, folder).read_bytes()
        self.integrity = "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode()
        if expected is not None and self.integrity != expected:
            raise SystemExit(
                f"{name} {self.version} is not the package that the lock names; run scripts/vendor --update."
            )
        self._archive = data

    def read(self, *paths: str) -> list[bytes]:
        with tarfile.open(fileobj=io.BytesIO(self._archive), mode="r:gz") as files:
            top = files.getnames()[0].split("/")[0]
            return [member.read() if (member := files.extractfile(f"{top}/{path}")) else b"" for path in paths]


def from_npm(name: str, version: str, folder: Path) -> Path:
    packed = subprocess.run(
        ["npm", "pack", "--silent", f"{name}@{version}"], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.split()[-1]
    return folder / packed


def from_pypi(name: str, version: str, folder: Path) -> Path:
    """The source archive: pip asks it for its metadata, of the rest nothing runs."""
    wanted = ["--no-deps", "--no-binary", name, f"{name}=={version}"]
    pip = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "-d", str(folder)]
    subprocess.run([*pip, *wanted], check=True)
    return folder / f"{name}-{version}.tar.gz"


def vietnamese_font(package: Package, weight: int, folder: Path) -> bytes:
    """The Latin and Vietnamese parts joined, cut to `LETTERS`, with tabular figures added: WOFF2."""
    parts, drawn = [], 0
    for part in ("latin", "vietnamese"):
        (packed,) = package.read(f"files/be-vietnam-pro-{part}-{weight}-normal.woff2")
        font = TTFont(io.BytesIO(packed))
        font.flavor = None
        drawn = font["head"].created
        cut(font, font.getBestCmap().keys())  # the hinting of two files cannot be joined
        path = folder / f"{part}-{weight}.ttf"
        font.save(path)
        parts.append(str(path))
    font = Merger().merge(parts)
    cut(font, set(map(ord, LETTERS)) & font.getBestCmap().keys())
    add_tabular_figures(font, FIGURE_WIDTH[weight])
    font.recalcTimestamp = False
    font["head"].created = font["head"].modified = drawn  # the same bytes whenever this runs
    font.flavor = "woff2"
    written = io.BytesIO()
    font.save(written)
    return written.getvalue()


def printers_font(package: Package, weight: int) -> bytes:
    """All its letters, without the hints for screens, with tabular figures added: TTF."""
    name = {400: "400Regular", 600: "600SemiBold", 700: "700Bold"}[weight]
    (data,) = package.read(f"{name}/BeVietnamPro_{name}.ttf")
    font = TTFont(io.BytesIO(data), recalcTimestamp=False)
    cut(font, font.getBestCmap().keys())
    add_tabular_figures(font, FIGURE_WIDTH[weight])
    written = io.BytesIO()
    font.save(written)
    return written.getvalue()


def letters_of(fonts: list[bytes]) -> bytes:
    """The characters that every one of these fonts draws: a range of code points a line, both ends meant."""
    points = sorted(set.intersection(*(set(TTFont(io.BytesIO(font)).getBestCmap()) for font in fonts)))
    starts = [point for point in points if point - 1 not in set(points)]
    ends = [point for point in points if point + 1 not in set(points)]
    return "".join(f"{start:04X} {end:04X}\n" for start, end in zip(starts, ends, strict=True)).encode()


def cut(font: Any, letters: Any) -> None:
    options = subset.Options(hinting=False, layout_features=["kern", "tnum"], name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14])
    options.notdef_outline = True
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=letters)
    cutter.subset(font)


def add_tabular_figures(font: Any, width: int) -> None:
    names = [font.getBestCmap()[ord(figure)] for figure in "0123456789"]
    glyphs, metrics = font["glyf"], font["hmtx"]
    for name in names:
        glyph = glyphs[name]
        advance, bearing = metrics[name]
        shift = (width - advance) // 2
        moved = type(glyph)()
        moved.__dict__.update(glyph.__dict__)
        moved.coordinates = glyph.coordinates.copy()
        moved.coordinates.translate((shift, 0))
        glyphs[f"{name}.tnum"] = moved
        moved.recalcBounds(glyphs)
        metrics[f"{name}.tnum"] = (width, bearing + shift)
    rules = "\n".join(f"sub {name} by {name}.tnum;" for name in names)
    addOpenTypeFeaturesFromString(
        font, f"languagesystem DFLT dflt; languagesystem latn dflt; feature tnum {{ {rules} }} tnum;", tables=["GSUB"]
    )


def sprite(package: Package) -> bytes:
    names = sorted(ICON_NAMES)
    lines = ['<svg xmlns="http://www.w3.org/2000/svg">']
    for name, drawing in zip(names, package.read(*(f"icons/outline/{name}.svg" for name in names)), strict=True):
        shapes = re.findall(r"<(?:path|circle|line|rect|polyline) (?!stroke=\"none\")[^>]*/>", drawing.decode())
        lines.append(f'<symbol id="{name}" viewBox="0 0 24 24">{"".join(shapes).replace(" />", "/>")}</symbol>')
    return "\n".join([*lines, "</svg>", ""]).encode()


def licence(package: Package, path: str) -> bytes:
    """The text as it came, without blanks at the ends of lines."""
    (text,) = package.read(path)
    return "\n".join(line.rstrip() for line in text.decode().strip().splitlines()).encode() + b"\n"


def files_of(package: Package, folder: Path) -> Iterator[tuple[str, bytes]]:
    if package.name == FONT:
        for weight in WEIGHTS:
            yield f"fonts/be-vietnam-pro-{weight}.woff2", vietnamese_font(package, weight, folder)
        yield "fonts/LICENSE.txt", licence(package, "LICENSE")
    elif package.name == ICONS:
        yield "icons/tabler.svg", sprite(package)
        yield "icons/LICENSE.txt", licence(package, "LICENSE")
    elif package.name == PRINT_FONT:
        fonts = [printers_font(package, weight) for weight in WEIGHTS]
        yield from zip((f"be-vietnam-pro-{weight}.ttf" for weight in WEIGHTS), fonts, strict=True)
        yield "be-vietnam-pro-letters.txt", letters_of(fonts)
        yield "be-vietnam-pro-LICENSE.txt", licence(package, "LICENSE_FONT")
    elif package.name == OFFICIAL_FONT:
        styles = [f"texgyretermes-{style}.otf" for style in ("regular", "italic", "bold", "bolditalic")]
        fonts = package.read(*(f"rinoh_typeface_texgyretermes/{name}" for name in styles))
        yield from zip(styles, fonts, strict=True)
        yield "texgyretermes-letters.txt", letters_of(fonts)
        yield "texgyretermes-LICENSE.txt", licence(package, "rinoh_typeface_texgyretermes/GUST-FONT-LICENSE.txt")
        yield "texgyretermes-README.txt", licence(package, "rinoh_typeface_texgyretermes/README-TeX-Gyre-Termes.txt")
    elif package.name == AXE:
        yield from zip(("axe.min.js",), package.read("axe.min.js"), strict=True)
        yield "LICENSE.txt", licence(package, "LICENSE")
        yield "LICENSE-3RD-PARTY.txt", licence(package, "LICENSE-3RD-PARTY.txt")
    else:
        names = ("decode.js", "index.js")
        yield from zip((f"qr/{name}" for name in names), package.read(*names), strict=True)
        yield "qr/LICENSE.txt", licence(package, "LICENSE-MIT")


def bring(folder: Path, lock: Path, target: Path, names: tuple[str, ...], *, update: bool) -> None:
    """Fetch these packages into `target` and write what they are to the lock."""
    known = {} if update else {one["name"]: one["integrity"] for one in json.loads(lock.read_text("utf-8"))["packages"]}
    locked = []
    for name in names:
        package = Package(name, folder, known.get(name))
        sums = {}
        for path, data in files_of(package, folder):
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            (target / path).write_bytes(data)
            sums[path] = hashlib.sha256(data).hexdigest()
        locked.append(
            {
                "name": name,
                "version": package.version,
                "license": LICENSES[name],
                "integrity": package.integrity,
                "files": sums,
            }
        )
    lock.write_text(json.dumps({"packages": locked}, indent=2, ensure_ascii=False) + "\n", "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where packages are unpacked")
    parser.add_argument("--update", action="store_true", help="accept other checksums and write them to the lock")
    arguments = parser.parse_args()
    for lock, target, names in PLACES:
        bring(arguments.folder, lock, target, names, update=arguments.update)


if __name__ == "__main__":
    main()
