# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The plot of a run, as SVG.

    bench/run plot RUN.json RUN.svg

One group of bars for each model, batch and number of threads; a bar is an
engine's speed, the best peer being 1. The colours are readable on white and on
black, and text takes the page's side by `prefers-color-scheme`.
"""

import json
import pathlib
import sys
from xml.sax.saxutils import escape

import report

# Okabe and Ito's colours, told apart by all kinds of colour vision; the first
# is Vitrail's.
_COLORS = "#e69f00 #56b4e9 #009e73 #cc79a7 #0072b2 #d55e00 #999999".split()
_STYLE = """<style>
text { font: 13px sans-serif; fill: #222 }
line { stroke: #888 }
@media (prefers-color-scheme: dark) { text { fill: #ddd } }
</style>"""
_LABELS, _WIDTH, _BAR, _GAP, _TOP = 300, 560, 16, 18, 46


def speeds(rows):
    """By case, in the order of the rows: pairs of a row and its speed.

    The best of the engines other than Vitrail is 1; a row that failed has None.
    """
    cases = {}
    for row in rows:
        cases.setdefault(report.case_of(row), []).append(row)
    result = {}
    for case, members in cases.items():
        peers = [
            report.median(row)
            for row in members
            if "failure" not in row and row["engine"] != "vitrail"
        ]
        result[case] = [
            (row, min(peers) / report.median(row))
            if peers and "failure" not in row
            else (row, None)
            for row in members
        ]
    return result


def _text(x, y, text, anchor="start"):
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">'
        f"{escape(text)}</text>"
    )


def _draw_bar(y, row, value, scale, color):
    if "failure" in row:
        return [_text(_LABELS, y + 13, f"{row['title']}: no result")]
    median = report.median(row)
    if value is None:
        text = f"{row['title']}: {median:.1f} ms, no peer"
        return [_text(_LABELS, y + 13, text)]
    width = value * scale
    return [
        f'<rect x="{_LABELS}" y="{y}" width="{width:.1f}" '
        f'height="{_BAR - 2}" fill="{color}"/>',
        _text(_LABELS + width + 5, y + 12, f"{value:.2f}  ({median:.1f} ms)"),
    ]


def _draw_legend(titles, colors):
    parts, x = [], 10
    for engine, title in titles.items():
        parts.append(
            f'<rect x="{x}" y="12" width="12" height="12" '
            f'fill="{colors[engine]}"/>'
        )
        parts.append(_text(x + 17, 23, title))
        x += 44 + 8 * len(title)
    return parts


def draw(rows):
    """The text of an SVG file."""
    cases = speeds(rows)
    titles = {row["engine"]: row["title"] for row in rows}
    colors = {e: _COLORS[i % len(_COLORS)] for i, e in enumerate(titles)}
    values = [v for bars in cases.values() for _, v in bars if v is not None]
    scale = _WIDTH / max([1.0, *values])
    parts, y = [], _TOP
    for (model, batch, threads), bars in cases.items():
        detail = f"batch {batch}, {threads} thread{'s' * (threads != 1)}"
        parts.append(_text(_LABELS - 8, y + 13, model, "end"))
        parts.append(_text(_LABELS - 8, y + 30, detail, "end"))
        for row, value in bars:
            parts += _draw_bar(y, row, value, scale, colors[row["engine"]])
            y += _BAR
        y += max(0, 2 - len(bars)) * _BAR + _GAP
    one = _LABELS + scale
    line = (
        f'<line x1="{one:.1f}" x2="{one:.1f}" y1="{_TOP - 6}" y2="{y}" '
        'stroke-dasharray="4 3"/>'
    )
    size = f'width="{_LABELS + _WIDTH + 130}" height="{y + 10}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size}>'
    legend = _draw_legend(titles, colors)
    return "\n".join([head, _STYLE, *legend, line, *parts, "</svg>"]) + "\n"


def main():
    source, target = (pathlib.Path(path) for path in sys.argv[1:])
    target.write_text(draw(json.loads(source.read_text())["rows"]))


if __name__ == "__main__":
    main()
