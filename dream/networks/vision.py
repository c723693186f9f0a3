"""The one place that imports torchvision, so that it works beside a CPU-only torch.

PyPI's torchvision is built for CUDA. Its compiled operators don't load beside a torch without
CUDA, and its import then stops where it describes `nms` and `qnms`, two operators of object
detectors. We use its classifiers alone, so it is enough that the two have a schema.
"""

import contextlib
from types import ModuleType

import torch


def torchvision() -> ModuleType:
    """The imported package."""
    if torch.version.cuda is None and torch.version.hip is None:
        for operator in ("nms", "qnms"):
            # Defined already where this ran before, or where torchvision is a CPU build.
            with contextlib.suppress(RuntimeError):
                torch.library.define(
                    f"torchvision::{operator}",
                    "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
                )
    import torchvision as package

    return package  # type: ignore[no-any-return]
