"""Networks see what the ones their weights were trained in saw."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from dream.errors import BadWeights, RecipeError, UnknownName
from dream.networks import caffe
from dream.networks.loading import _READERS, check_layer, layer_channels, load
from dream.networks.registry import network, networks
from dream.networks.weights import find
from dream.presets import preset, presets
from dream.terms import Term, parse
from tests.dream.notebook import CaffeNet, preprocess

FILES = {"googlenet": "bvlc_googlenet", "squeezenet": "squeezenet_v1.1"}
SIDES = {"googlenet": 224, "squeezenet": 227}
LAST = {"dreamnet": "inception_4c/output", "inception5h": "softmax2"}
UNLISTED = {"pool5/drop_7x7_s1", "drop9"}
"""Dropout does nothing but in training."""


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("photo", ["cat", "coffee", "osprey", "otters"])
def test_a_network_classifies_as_the_original_did(
    weights: Path, photos: Path, name: str, photo: str
) -> None:
    top5 = json.loads((weights / "expected.json").read_text())["top5"][FILES[name]]
    sight = load(network(name), weights / network(name).weights.file)
    with Image.open(photos / f"{photo}.jpg") as picture:
        pixels = _cropped(picture.convert("RGB"), SIDES[name])
    with torch.no_grad():
        found = sight.activation(pixels, "prob").flatten()
    for index, _, probability in top5[f"photos/{photo}.jpg"]:
        assert float(found[index]) == pytest.approx(probability, abs=2e-3)


def _cropped(picture: Image.Image, side: int) -> torch.Tensor:
    width, height = picture.size
    scale = 256 / min(width, height)
    resized = picture.resize(
        (round(width * scale), round(height * scale)), Image.Resampling.BICUBIC
    )
    left, top = ((length - side) // 2 for length in resized.size)
    crop = np.asarray(resized)[top : top + side, left : left + side]
    return torch.from_numpy(crop.copy()).permute(2, 0, 1)[None].float()


@pytest.mark.parametrize("name", FILES)
def test_every_layer_is_caffes_in_name_and_in_value(weights: Path, name: str) -> None:
    plain = CaffeNet(weights / f"{FILES[name]}.prototxt", weights / f"{FILES[name]}.caffemodel")
    sight = load(network(name), weights / network(name).weights.file)
    side = SIDES[name]
    rgb = np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8)
    with torch.no_grad():
        expected = dict(plain.forward(torch.from_numpy(preprocess(rgb))[None]))
        pixels = torch.from_numpy(rgb.copy()).permute(2, 0, 1)[None].float()
        found = dict(sight.layers(pixels - sight.mean))
    assert list(found) == [layer for layer in expected if layer not in UNLISTED]
    for layer, activation in found.items():
        difference = (activation.flatten() - expected[layer].flatten()).norm()
        assert difference <= 1e-4 * expected[layer].norm(), layer


@pytest.mark.parametrize("name", networks())
def test_layers_are_listed_without_weights(name: str) -> None:
    layers = list(layer_channels(name))
    assert len(layers) == network(name).layers > 60
    assert layers[-1] == LAST.get(name, "prob")
    assert network(name).layer in layers


@pytest.mark.parametrize("name", networks())
def test_every_layers_name_is_how_it_is_written(name: str) -> None:
    for layer in layer_channels(name):
        assert parse(layer) == (Term(layer),)
        check_layer(name, layer)


def test_a_misspelt_layer_gets_the_nearest_names() -> None:
    with pytest.raises(UnknownName, match=r"inception_4c/output.*dream layers googlenet"):
        check_layer("googlenet", "inception_4c/outptu")


def test_each_layer_of_a_sum_is_looked_for() -> None:
    check_layer("googlenet", "inception_4a/output + 0.5*inception_4c/output:0,511")
    with pytest.raises(UnknownName, match=r"“inception_4c/outptu”.*inception_4c/output"):
        check_layer("googlenet", "inception_4a/output + 2*inception_4c/outptu:7")


def test_a_channel_that_isnt_there_is_said_with_how_many_there_are() -> None:
    with pytest.raises(RecipeError, match=r"has 512 channels, 0 to 511; there is no 512\."):
        check_layer("googlenet", "inception_4a/output + inception_4c/output:5,508-512")


def test_a_misspelt_network_gets_the_nearest_names() -> None:
    with pytest.raises(UnknownName, match="Nearest: googlenet"):
        network("googlnet")


def test_the_wrong_networks_file_is_refused_by_name(weights: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "mine.caffemodel"
    wrong.write_bytes((weights / "squeezenet_v1.1.caffemodel").read_bytes())
    with pytest.raises(BadWeights, match=r"mine\.caffemodel can't be used as googlenet: it has no"):
        load(network("googlenet"), wrong)


def test_weights_that_arent_numbers_are_refused(
    weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = weights / "squeezenet_v1.1.caffemodel"
    blobs = caffe.read(file.read_bytes())
    blobs["fire5/expand3x3"][0] = blobs["fire5/expand3x3"][0].copy()
    blobs["fire5/expand3x3"][0][0, 0, 0, 0] = np.nan
    monkeypatch.setitem(_READERS, file.suffix, lambda data: blobs)
    with pytest.raises(BadWeights, match="fire5/expand3x3 holds values that aren't numbers"):
        load(network("squeezenet"), file)


def test_weights_of_another_shape_are_refused(
    weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = weights / "squeezenet_v1.1.caffemodel"
    blobs = caffe.read(file.read_bytes())
    blobs["conv1"][0] = blobs["conv1"][0][:, :, :, :2]
    monkeypatch.setitem(_READERS, file.suffix, lambda data: blobs)
    with pytest.raises(BadWeights, match="conv1 is 64×3×3×2 in it, not 64×3×3×3"):
        load(network("squeezenet"), file)


def test_weights_are_read_by_the_suffix_of_their_file(tmp_path: Path) -> None:
    strange = tmp_path / "dreamnet.pickle"
    strange.write_bytes(find(network("dreamnet")).read_bytes())
    with pytest.raises(BadWeights, match=r"from \.caffemodel, \.safetensors, \.pth, \.pb files"):
        load(network("dreamnet"), strange)


@pytest.mark.parametrize("name", presets())
def test_a_preset_dreams_at_a_layer_that_there_is(name: str) -> None:
    recipe = preset(name).recipe
    check_layer(recipe.network, recipe.layer)
