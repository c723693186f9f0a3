"""The devices that can dream."""

import torch

from dream.errors import RecipeError


def available() -> list[str]:
    """Every accelerator there is, by the names people use; where there is none, the CPU."""
    if torch.cuda.is_available():
        return [f"cuda:{index}" for index in range(torch.cuda.device_count())]
    return ["mps"] if torch.backends.mps.is_available() else ["cpu"]


def device(name: str = "auto") -> torch.device:
    """The device of that name: `auto` (the first there is), `cpu`, `cuda`, `cuda:N` or `mps`.

    Raises:
        RecipeError: There is no such device here.
    """
    there = list(dict.fromkeys([*available(), "cpu"]))
    if name == "auto":
        return torch.device(there[0])
    wanted = "cuda:0" if name == "cuda" else name
    if wanted not in there:
        raise RecipeError(f"There is no device {name[:40]} here; there is: {', '.join(there)}.")
    return torch.device(wanted)
