"""Google's graph: its reader picks what is a layer, and our architecture computes what it says."""

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dream.errors import BadWeights
from dream.networks.architecture import Architecture
from dream.networks.frozen_graph import read
from dream.networks.loading import layer_channels, load
from dream.networks.registry import network
from tests.dream.networks.graphs import MIXED, Graph, Node, tensor, written
from tests.dream.networks.messages import field

UNLISTED = ("input", "avgpool0/reshape", "output2")


@pytest.fixture(scope="module")
def graph() -> Graph:
    return Graph(seed=1)


@pytest.fixture(scope="module")
def file(graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("weights") / "tensorflow_inception_graph.pb"
    made.write_bytes(graph.file())
    return made


@pytest.fixture(scope="module")
def sight(file: Path) -> Architecture:
    return load(network("inception5h"), file)


@pytest.mark.parametrize("size", [(224, 224), (97, 130), (96, 131), (161, 99)])
def test_every_layer_is_the_graphs_in_name_and_in_value(
    graph: Graph, sight: Architecture, size: tuple[int, int]
) -> None:
    picture = 255 * torch.rand(1, 3, *size, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        expected = graph.computed(picture - 117)
        found = dict(sight.layers(picture - sight.mean))
    listed = [name for name in expected if name not in UNLISTED and "/" not in name]
    assert list(found) == listed
    for layer, activation in found.items():
        wanted = expected[layer].reshape(activation.shape)
        assert float((activation - wanted).norm()) <= 2e-4 * float(wanted.norm()), layer


def test_the_normalisations_numbers_are_the_files(file: Path, tmp_path: Path) -> None:
    other = Graph(seed=1, normalisation={"depth_radius": 2, "alpha": 3e-4, "beta": 0.75})
    changed = tmp_path / "other.pb"
    changed.write_bytes(other.file())
    sight = load(network("inception5h"), changed)
    picture = torch.rand(1, 3, 64, 64) * 255
    with torch.no_grad():
        expected = other.computed(picture - 117)["localresponsenorm1"]
        found = sight.activation(picture, "localresponsenorm1")
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-3)


def test_layers_have_the_published_widths() -> None:
    channels = layer_channels("inception5h")
    assert channels["conv2d0_pre_relu"] == channels["localresponsenorm0"] == 64
    assert channels["mixed4a"] == 508
    assert channels["mixed4c_3x3_bottleneck_pre_relu"] == 128
    assert channels["mixed5a_5x5_bottleneck"] == 48
    assert channels["softmax2"] == 1008
    assert sum(name in channels for name in MIXED) == 9


def test_a_middle_layer_says_how_the_picture_should_change(sight: Architecture) -> None:
    picture = (torch.rand(1, 3, 75, 98) * 255).requires_grad_()
    seen = sight.activation(picture, network("inception5h").layer)
    (gradient,) = torch.autograd.grad(seen, picture, seen.detach())
    assert gradient.isfinite().all()
    assert float(gradient.abs().mean()) > 0


def test_only_layers_with_weights_are_read(graph: Graph) -> None:
    found = read(graph.file())
    kinds = {node.name: node.op for node in graph.nodes}
    assert {kinds[name] for name in found} == {"BiasAdd", "LRN"}
    weight, bias = found["conv2d0_pre_relu"]
    constant = next(node for node in graph.nodes if node.name == "conv2d0_w").attributes["value"]
    np.testing.assert_array_equal(weight, constant.transpose(3, 2, 0, 1))
    assert bias.shape == (64,)
    np.testing.assert_allclose(found["localresponsenorm0"][0], [5, 2, 1e-4, 0.5])


def small(*, one_by_one: bool = False, behind: bool = False) -> bytes:
    """A layer of a graph: written in the other ways in which one may be."""
    weight = np.arange(6, dtype=np.float32).reshape(1, 1, 2, 3)
    bias = np.ones(3, np.float32)
    constants = b""
    for name, values in (("w", weight), ("b", bias)):
        attribute = field(1, b"value") + field(2, field(8, tensor(values, one_by_one=one_by_one)))
        node = field(1, name.encode()) + field(2, b"Const") + field(5, attribute)
        constants += field(1, node)
    names = ["w", "b"]
    nodes: list[Node] = []
    if behind:
        nodes = [Node(f"{name}/read", "Identity", [name]) for name in names]
        names = [f"{name}/read:0" for name in names]
    nodes += [Node("c", "Conv2D", ["x", names[0]]), Node("layer", "Add", ["c", names[1]])]
    return constants + b"".join(field(1, written(node)) for node in nodes)


@pytest.mark.parametrize("one_by_one", [True, False])
@pytest.mark.parametrize("behind", [True, False])
def test_a_layer_is_read_however_it_waswritten(one_by_one: bool, behind: bool) -> None:
    found = read(small(one_by_one=one_by_one, behind=behind))
    assert list(found) == ["layer"]
    assert found["layer"][0].shape == (3, 2, 1, 1)
    np.testing.assert_array_equal(found["layer"][0][:, :, 0, 0], [[0, 3], [1, 4], [2, 5]])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04 a zip",
        small()[:-1],
        field(1, written(Node("x", "Placeholder"))),
        small(behind=True) + field(1, written(Node("w", "Identity", ["w/read"]))),
    ],
)
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(BadWeights, match=r"no (whole|frozen) TensorFlow graph"):
        read(data)


WHOLE = small(behind=True)


@given(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=4))
def test_a_damaged_file_is_read_or_refused(at: int, damage: bytes) -> None:
    with suppress(BadWeights):
        read(WHOLE[:at] + damage + WHOLE[at + len(damage) :])
