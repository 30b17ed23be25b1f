"""Figures as a picture: how many times its floor each one is, with the spread of its rounds."""

from collections.abc import Sequence
from pathlib import Path

from checks.bench.figures import Figure


def plot(figures: Sequence[Figure], target: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    shown = [each for each in figures if min(*each.ours, *each.floor) > 0]
    labels = [f"{each.part}: {each.what} ({each.unit})" for each in shown]
    figure, axes = pyplot.subplots(figsize=(11, 1 + 0.26 * len(shown)), layout="constrained")
    for place, each in enumerate(shown):
        times = _times(each)
        low, high, middle = min(times), max(times), each.times
        colour = {True: "tab:green", False: "tab:red", None: "tab:blue"}[each.is_reached]
        axes.plot([low, high], [place, place], color=colour, linewidth=2, solid_capstyle="round")
        axes.plot([middle], [place], "o", color=colour, markersize=5)
        if each.goal is not None and not each.is_absolute:
            axes.plot([each.goal], [place], "|", color="black", markersize=10)
    axes.axvline(1.0, color="grey", linewidth=1)
    axes.set_xscale("log")
    axes.set_yticks(range(len(shown)), labels, fontsize=7)
    axes.set_ylim(len(shown) - 0.5, -0.5)
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_xlabel(
        "times the floor measured in the same run (1 is the floor itself); black: the goal;\n"
        "green: reached, red: missed, blue: there is none"
    )
    axes.grid(axis="x", which="both", linewidth=0.3)
    figure.savefig(target, dpi=110)
    pyplot.close(figure)


def _times(figure: Figure) -> list[float]:
    pairs = zip(figure.ours, figure.floor, strict=True)
    return [floor / ours if figure.is_rate else ours / floor for ours, floor in pairs]
