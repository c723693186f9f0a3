"""DeepDream: a network is shown a picture and asked for more of whatever it sees in it.

Importing this does not import torch: recipes, presets, pictures and the pool of worker
processes are for programs that leave the dreaming to others.
"""

from dream.errors import (
    BadWeights,
    BrokenPicture,
    Cancelled,
    DreamError,
    NetworkUnavailable,
    NotAPicture,
    PictureError,
    PictureTooLarge,
    PoolClosed,
    PoolError,
    RecipeError,
    TookTooLong,
    UnknownName,
    UnreadFormat,
    WorkerDied,
)
from dream.imagination import Imagination
from dream.library import dream
from dream.networks.weights import available, in_package
from dream.outcome import Dream, Format, Imagined, Output, Progress, suffix
from dream.pictures import Limits, Probe
from dream.pool import Pool
from dream.presets import Preset, default_preset, preset, presets
from dream.recipe import Recipe, random_seed
from dream.starts import Size

__all__ = [
    "BadWeights",
    "BrokenPicture",
    "Cancelled",
    "Dream",
    "DreamError",
    "Format",
    "Imagination",
    "Imagined",
    "Limits",
    "NetworkUnavailable",
    "NotAPicture",
    "Output",
    "PictureError",
    "PictureTooLarge",
    "Pool",
    "PoolClosed",
    "PoolError",
    "Preset",
    "Probe",
    "Progress",
    "Recipe",
    "RecipeError",
    "Size",
    "TookTooLong",
    "UnknownName",
    "UnreadFormat",
    "WorkerDied",
    "available",
    "default_preset",
    "dream",
    "in_package",
    "preset",
    "presets",
    "random_seed",
    "suffix",
]
