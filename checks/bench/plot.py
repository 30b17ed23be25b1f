"""Figures as a picture: how many times its floor each one is, part by part, with the spread of its rounds."""

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from checks.bench.figures import Figure

#: Inches: the width of a page, and the height of a row.
_WIDTH, _ROW = 9.0, 0.2
_COLOURS = {True: "tab:green", False: "tab:red", None: "tab:blue"}
_LEGEND = {True: "goal reached", False: "goal missed", None: "no goal"}


def plot(figures: Sequence[Figure], target: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot
    from matplotlib.lines import Line2D

    shown = [each for each in figures if min(*each.ours, *each.floor) > 0]
    parts = [(part, list(each)) for part, each in itertools.groupby(shown, key=lambda each: each.part)]
    heights = [len(each) + 1 for _, each in parts]
    figure, grid = pyplot.subplots(
        len(parts),
        1,
        sharex=True,
        squeeze=False,
        height_ratios=heights,
        figsize=(_WIDTH, 1.2 + _ROW * sum(heights)),
        layout="constrained",
    )
    for axes, (part, mine) in zip(grid[:, 0], parts, strict=True):
        _draw(axes, part, mine)
    grid[-1, 0].set_xlabel("times the floor measured in the same run; 1 is the floor itself")
    handles = [
        *(Line2D([], [], color=_COLOURS[each], marker="o", markersize=4, label=text) for each, text in _LEGEND.items()),
        Line2D([], [], color="black", marker="|", linestyle="", markersize=8, label="goal"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), fontsize=8, frameon=False)
    figure.savefig(target, dpi=110)
    pyplot.close(figure)


def _draw(axes: Any, part: str, mine: Sequence[Figure]) -> None:
    for place, each in enumerate(mine):
        times = _times(each)
        colour = _COLOURS[each.is_reached]
        axes.plot([min(times), max(times)], [place, place], color=colour, linewidth=2, solid_capstyle="round")
        axes.plot([each.times], [place], "o", color=colour, markersize=4)
        if each.goal is not None and not each.is_absolute:
            axes.plot([each.goal], [place], "|", color="black", markersize=9)
    axes.axvline(1.0, color="grey", linewidth=1)
    axes.set_xscale("log")
    axes.set_title(part, loc="left", fontsize=9, fontweight="bold", pad=2)
    axes.set_yticks(range(len(mine)), [f"{each.what} ({each.unit})" for each in mine], fontsize=7)
    axes.set_ylim(len(mine) - 0.5, -0.5)
    axes.xaxis.set_major_formatter("{x:g}")
    axes.tick_params(axis="x", labelsize=7)
    axes.grid(axis="x", which="both", linewidth=0.3)


def _times(figure: Figure) -> list[float]:
    pairs = zip(figure.ours, figure.floor, strict=True)
    return [floor / ours if figure.is_rate else ours / floor for ours, floor in pairs]
