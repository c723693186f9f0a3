"""One picture, dreamt again and again with one choice changed: where to look, or how far to go."""

from dream.networks.registry import network
from dream.recipe import Recipe

AXES: dict[str, tuple[float, ...]] = {
    "iterations": (1, 5, 10, 20, 40),
    "octaves": (1, 2, 3, 4, 6),
    "step": (0.5, 1, 1.5, 3, 6),
}
"""What else than the layer may change, and through which values."""

STOPS = 10
"""Of a tour through the layers of a network whose registry entry names none."""

_HEADS = ("pool", "prob", "loss", "classifier", "fc", "softmax", "avg")


def recipes(recipe: Recipe, by: str) -> list[tuple[str, Recipe]]:
    """The stops of a tour, each with its label.

    Args:
        recipe: Of every stop, but for what changes.
        by: `layers`, or one of `AXES`.
    """
    if by == "layers":
        return [(layer, recipe.with_(layer=layer)) for layer in stops(recipe.network)]
    short = {"iterations": "iteration", "octaves": "octave", "step": "step"}[by]
    return [
        (
            f"{short} {value:g}" if by == "step" else f"{value} {short if value == 1 else by}",
            recipe.with_(**{by: value, "smallest": None} if by == "octaves" else {by: value}),
        )
        for value in AXES[by]
    ]


def stops(name: str) -> list[str]:
    """Layers of the network of that name that are worth a look, shallow to deep."""
    chosen = list(network(name).tour)
    if chosen:
        return chosen
    # Only then torch is needed to know them.
    from dream.networks.loading import layer_channels

    maps = [
        layer
        for layer in layer_channels(name)
        if not layer.rpartition("/")[2].startswith(_HEADS) and not layer.startswith(_HEADS)
    ]
    last = len(maps) - 1
    return list(dict.fromkeys(maps[round(last * stop / (STOPS - 1))] for stop in range(STOPS)))
