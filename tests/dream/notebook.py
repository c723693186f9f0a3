"""A second, deliberately plain translation of Google's notebook, to hold the engine against.

Nothing of the engine is used here but the reader of weights. The network is run as Caffe runs
it: the layers of its deploy.prototxt one after another, on named blobs, until the one that is
asked for. https://github.com/google/deepdream/blob/master/dream.ipynb
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from scipy import ndimage
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from dream.networks.caffe import read

Array = npt.NDArray[np.float32]
MEAN: Array = np.array([104.0, 117.0, 123.0], np.float32)

_TOKEN = re.compile(r'"[^"]*"|[\w./+-]+|[{}:]|#.*')


def parse_prototxt(text: str) -> dict[str, list[Any]]:
    """Every field as a list of its values, messages as such dicts again."""
    tokens = [token for token in _TOKEN.findall(text) if not token.startswith("#")]

    def message(at: int) -> tuple[dict[str, list[Any]], int]:
        fields: dict[str, list[Any]] = {}
        while at < len(tokens) and tokens[at] != "}":
            name = tokens[at]
            at += 1
            if tokens[at] == ":":
                at += 1
            if tokens[at] == "{":
                value, at = message(at + 1)
                fields.setdefault(name, []).append(value)
            else:
                fields.setdefault(name, []).append(tokens[at].strip('"'))
            at += 1
        return fields, at

    return message(0)[0]


class CaffeNet:
    """The network of a prototxt file with the weights of a caffemodel file."""

    def __init__(self, prototxt: Path, caffemodel: Path) -> None:
        layers = parse_prototxt(prototxt.read_text())["layer"]
        self.layers = [layer for layer in layers if layer["type"] != ["Input"]]
        blobs = read(caffemodel.read_bytes())
        self.weights = {
            name: [torch.tensor(blob) for blob in of_layer] for name, of_layer in blobs.items()
        }

    def names(self) -> list[str]:
        return [layer["name"][0] for layer in self.layers]

    def forward(self, data: Tensor, end: str | None = None) -> Iterator[tuple[str, Tensor]]:
        """Names and top blobs of the layers, up to and including `end`."""
        blobs = {"data": data}
        for layer in self.layers:
            name = layer["name"][0]
            bottoms = [blobs[bottom] for bottom in layer["bottom"]]
            top = blobs[layer["top"][0]] = self._apply(layer, bottoms)
            yield name, top
            if name == end:
                return

    def _apply(self, layer: dict[str, list[Any]], bottoms: list[Tensor]) -> Tensor:
        x = bottoms[0]
        kind = layer["type"][0]
        weights = self.weights.get(layer["name"][0], [])
        if kind == "Convolution":
            param = layer["convolution_param"][0]
            stride, pad = (int(param.get(key, [d])[0]) for key, d in (("stride", 1), ("pad", 0)))
            return F.conv2d(x, weights[0], weights[1].flatten(), stride=stride, padding=pad)
        if kind == "ReLU":
            return F.relu(x)
        if kind == "Pooling":
            return _pool(x, layer["pooling_param"][0])
        if kind == "LRN":
            param = layer["lrn_param"][0]
            size, alpha, beta = (float(param[key][0]) for key in ("local_size", "alpha", "beta"))
            return F.local_response_norm(x, int(size), alpha, beta, 1.0)
        if kind == "Concat":
            return torch.cat(bottoms, 1)
        if kind == "InnerProduct":
            return F.linear(x.flatten(1), weights[0].reshape(1000, -1), weights[1].flatten())
        if kind == "Softmax":
            return x.softmax(1)
        assert kind == "Dropout", kind
        return x


def _pool(x: Tensor, param: dict[str, list[Any]]) -> Tensor:
    if param.get("global_pooling"):
        return x.mean((2, 3), keepdim=True)
    kernel, stride, pad = (
        int(param.get(key, [d])[0]) for key, d in (("kernel_size", 0), ("stride", 1), ("pad", 0))
    )
    if param["pool"] == ["AVE"]:
        return F.avg_pool2d(x, kernel, stride, pad, ceil_mode=True)
    return F.max_pool2d(x, kernel, stride, pad, ceil_mode=True)


def preprocess(rgb: npt.NDArray[Any]) -> Array:
    """3 x H x W in the order B, G, R, the mean taken off."""
    return np.ascontiguousarray(
        np.moveaxis(rgb[:, :, ::-1], 2, 0).astype(np.float32) - MEAN.reshape(3, 1, 1)
    )


def deprocess(image: Array) -> Array:
    """H x W x 3, RGB, 0 to 255."""
    return np.moveaxis(image + MEAN.reshape(3, 1, 1), 0, 2)[:, :, ::-1]


def gradient(net: CaffeNet, image: Array, end: str) -> Array:
    """Of half the sum of squares of that layer's activation, with respect to the image."""
    data = torch.from_numpy(np.ascontiguousarray(image))[None].requires_grad_()
    *_, (_, top) = net.forward(data, end)
    (found,) = torch.autograd.grad(top.square().sum() / 2, data)
    return found[0].numpy()


def objective(net: CaffeNet, image: Array, end: str) -> float:
    """Mean square activation of that layer."""
    with torch.no_grad():
        *_, (_, top) = net.forward(torch.from_numpy(np.ascontiguousarray(image))[None], end)
    return float(top.square().mean())


def make_step(
    net: CaffeNet, image: Array, end: str, step_size: float, shift: tuple[int, int]
) -> Array:
    image = np.roll(image, shift, (1, 2))
    g = gradient(net, image, end)
    image = image + step_size / np.abs(g).mean() * g
    image = np.roll(image, (-shift[0], -shift[1]), (1, 2))
    bias = MEAN.reshape(3, 1, 1)
    return np.clip(image, -bias, 255 - bias).astype(np.float32)


def deepdream(
    net: CaffeNet,
    base: Array,
    shifts: Iterator[tuple[int, int]],
    *,
    iter_n: int = 10,
    octave_n: int = 4,
    octave_scale: float = 1.4,
    end: str = "inception_4c/output",
    step_size: float = 1.5,
) -> Array:
    """The dream of a preprocessed image, preprocessed as well."""
    octaves = [base]
    for _ in range(octave_n - 1):
        ratio = 1.0 / octave_scale
        octaves.append(ndimage.zoom(octaves[-1], (1, ratio, ratio), order=1))
    detail = np.zeros_like(octaves[-1])
    for octave_base in octaves[::-1]:
        height, width = octave_base.shape[-2:]
        if detail.shape != octave_base.shape:
            was_height, was_width = detail.shape[-2:]
            detail = ndimage.zoom(
                detail, (1, 1.0 * height / was_height, 1.0 * width / was_width), order=1
            )
        image = octave_base + detail
        for _ in range(iter_n):
            image = make_step(net, image, end, step_size, next(shifts))
        detail = image - octave_base
    return image
