"""Weights survive their file, in half precision; what is no such file is said."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from dream.errors import BadWeights
from dream.networks.dreamnet import DreamNet
from dream.networks.loading import layer_channels, load
from dream.networks.registry import network
from dream.networks.tensors import read, write
from dream.networks.weights import find


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("weights") / "mine.safetensors"
    torch.manual_seed(3)
    write(DreamNet(), made)
    return made


def of_a_precision_that_numpy_lacks() -> bytes:
    header = json.dumps({"a.weight": {"dtype": "BF16", "shape": [1], "data_offsets": [0, 2]}})
    return len(header).to_bytes(8, "little") + header.encode() + b"\0\0"


def test_what_is_written_is_read_as_it_was_but_for_half_precision(file: Path) -> None:
    torch.manual_seed(3)
    expected = DreamNet().weighted()
    layers = read(file.read_bytes())
    assert layers.keys() == expected.keys()
    for layer, both in expected.items():
        for found, tensor in zip(layers[layer], both, strict=True):
            assert found.dtype == np.float32
            np.testing.assert_array_equal(found, tensor.detach().half().float().numpy())
    assert file.stat().st_size < 2 * sum(p.numel() for p in DreamNet().parameters()) + 10_000


def test_a_network_that_was_loaded_writes_the_same_file_again(file: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.safetensors"
    write(load(network("dreamnet"), file), again)
    assert again.read_bytes() == file.read_bytes()
    assert [left.name for left in tmp_path.iterdir()] == [again.name]


def test_an_older_file_stays_where_a_newer_one_cant_be_written(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = tmp_path / file.name
    mine.write_bytes(b"older")

    def full(self: Path, target: Path) -> Path:
        raise OSError("no room")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="no room"):
        write(DreamNet(), mine)
    assert mine.read_bytes() == b"older"
    assert list(tmp_path.iterdir()) == [mine]


@pytest.mark.parametrize(
    "data", [b"", b"hello, this is no network", of_a_precision_that_numpy_lacks()]
)
def test_what_is_no_such_file_is_said(data: bytes) -> None:
    with pytest.raises(BadWeights, match="no whole safetensors file"):
        read(data)


def test_a_file_that_breaks_off_is_refused_by_name(file: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(file.read_bytes()[:-1000])
    with pytest.raises(BadWeights, match=r"broken\.safetensors can't be used as dreamnet"):
        load(network("dreamnet"), broken)


def test_a_layer_without_its_bias_is_named(file: Path, tmp_path: Path) -> None:
    data = file.read_bytes().replace(b'"conv2/3x3.bias"', b'"conv2/3x3.boas"')
    other = tmp_path / "other.safetensors"
    other.write_bytes(data)
    with pytest.raises(BadWeights, match="no weights for the layer conv2/3x3"):
        load(network("dreamnet"), other)


def test_the_packages_network_answers_to_a_picture() -> None:
    sight = load(network("dreamnet"), find(network("dreamnet")))
    picture = torch.rand(1, 3, 64, 96, generator=torch.Generator().manual_seed(1)) * 255
    layer = network("dreamnet").layer
    seen = sight.activation(picture, layer)
    assert seen.shape == (1, layer_channels("dreamnet")[layer], 4, 6)
    assert float(seen.std()) > 0
