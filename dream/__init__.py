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
    NoWorkers,
    PictureError,
    PictureTooLarge,
    PoolClosed,
    PoolError,
    RecipeError,
    TookTooLong,
    TooMuchMemory,
    UnknownName,
    UnreadFormat,
    WorkerDied,
)
from dream.imagination import Imagination, is_imagination
from dream.library import dream
from dream.networks.classes import class_index, class_names
from dream.networks.registry import Network, network
from dream.networks.registry import networks as known_networks
from dream.networks.weights import available, in_package
from dream.outcome import Dream, Format, Imagined, Output, Progress, Sheet, suffix
from dream.pictures import Limits, Probe
from dream.pool import Pool, conceal
from dream.presets import Preset, default_preset, preset, presets
from dream.recipe import Recipe, random_seed
from dream.series import Series, is_series
from dream.starts import Size
from dream.tour import recipes as tour

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
    "Network",
    "NetworkUnavailable",
    "NoWorkers",
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
    "Series",
    "Sheet",
    "Size",
    "TooMuchMemory",
    "TookTooLong",
    "UnknownName",
    "UnreadFormat",
    "WorkerDied",
    "available",
    "class_index",
    "class_names",
    "conceal",
    "default_preset",
    "dream",
    "in_package",
    "is_imagination",
    "is_series",
    "known_networks",
    "network",
    "preset",
    "presets",
    "random_seed",
    "suffix",
    "tour",
]
