"""Every network that is taken from torchvision sees what torchvision's own model sees."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from dream.errors import BadWeights, RecipeError, UnknownName
from dream.memory import release_memory
from dream.networks import torchvision_networks as table
from dream.networks.loading import check_layer, layer_channels, load
from dream.networks.registry import network, torchvision_networks, unsupported
from dream.networks.torchvision_model import TorchvisionModel
from dream.networks.vision import torchvision
from dream.terms import Term, parse

QUICK = (
    "convnext_tiny",
    "densenet121",
    "efficientnet_b0",
    "googlenet",
    "inception_v3",
    "mnasnet0_5",
    "mobilenet_v3_small",
    "regnet_y_400mf",
    "resnet18",
    "shufflenet_v2_x0_5",
    "squeezenet1_1",
)
"""One of each family whose smallest isn't large."""

NAMES = [
    pytest.param(name, marks=() if name in QUICK else pytest.mark.long) for name in table.FILES
]

pytestmark = pytest.mark.filterwarnings("ignore:NOTE. The nodes obtained by tracing:UserWarning")


def random_model(name: str) -> nn.Module:
    """Torchvision's own model with random weights, batch norms included, as it classifies."""
    torch.manual_seed(1)
    theirs = name in ("googlenet", "inception_v3")
    options = {"init_weights": False, "transform_input": True} if theirs else {}
    model = torchvision().models.get_model(name, weights=None, **options)
    assert isinstance(model, nn.Module)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            for part in (module.weight, module.running_var):
                assert part is not None
                nn.init.uniform_(part, 0.5, 1.5)
            for part in (module.bias, module.running_mean):
                assert part is not None
                nn.init.normal_(part, 0, 0.1)
    return model.eval().requires_grad_(False)


def preprocessed(name: str, picture: Tensor) -> Tensor:
    """As torchvision says that its weights want it."""
    wanted = torchvision().models.get_model_weights(name).DEFAULT.transforms()
    mean = torch.tensor(wanted.mean)[None, :, None, None]
    deviation = torch.tensor(wanted.std)[None, :, None, None]
    return (picture / 255 - mean) / deviation


def seen(model: nn.Module, layer: str, picture: Tensor) -> Tensor:
    """What torchvision's own feature extraction says of a layer."""
    from torchvision.models.feature_extraction import create_feature_extractor

    found = create_feature_extractor(model, [layer])(picture)[layer]
    assert isinstance(found, Tensor)
    return found


def assert_near(found: Tensor, wanted: Tensor, layer: str) -> None:
    assert found.flatten().shape == wanted.flatten().shape, layer
    assert wanted.isfinite().all(), layer
    difference = (found.detach().flatten() - wanted.detach().flatten()).norm()
    assert float(difference) <= 1e-3 * float(wanted.detach().norm()), layer


@pytest.fixture(autouse=True)
def released() -> Iterator[None]:
    """The largest of them has billions of bytes, which the other tests don't need to live with."""
    yield
    release_memory(2**30)


@pytest.mark.parametrize("name", NAMES)
def test_a_network_is_what_torchvision_has_and_can_be_dreamt_with(
    name: str, tmp_path: Path
) -> None:
    of = network(f"torchvision:{name}")
    model = random_model(name)
    file = tmp_path / of.weights.file
    torch.save(model.state_dict(), file)
    sight = load(of, file)
    file.unlink()  # all of them together are 15 GB
    picture = 255 * torch.rand(1, 3, 96, 120)
    picture.requires_grad_()
    found = dict(sight.layers(picture - sight.mean))
    last = next(reversed(found))

    with torch.no_grad():
        given = preprocessed(name, picture)
        assert_near(found[last], model(given), last)
        assert_near(found[of.layer], seen(model, of.layer, given), of.layer)

    assert {layer: each.shape[1] for layer, each in found.items()} == layer_channels(of.name)
    for layer, activation in found.items():
        assert activation.dim() == 4, layer
        assert activation.requires_grad, layer
        assert activation.isfinite().all(), layer
        assert parse(layer) == (Term(layer),)
    seeds = [each.detach() / (1 + each.detach().norm()) for each in found.values()]
    (gradient,) = torch.autograd.grad(list(found.values()), picture, seeds)
    assert gradient.isfinite().all()

    alone = sight.activation(picture, of.layer)
    assert_near(alone, found[of.layer], of.layer)
    (gradient,) = torch.autograd.grad(alone, picture, alone.detach())
    assert gradient.isfinite().all()
    assert float(gradient.abs().mean()) > 0


def test_the_table_is_torchvisions_own() -> None:
    models = torchvision().models
    there = models.list_models(module=models)
    assert sorted([*table.FILES, *table.UNSUPPORTED]) == sorted(there)
    for name, of in torchvision_networks().items():
        best = models.get_model_weights(name.removeprefix("torchvision:")).DEFAULT
        assert of.weights.address == best.url
        assert of.weights.megabytes == pytest.approx(best.meta["_file_size"] * 1.048576, abs=1)
        assert of.classes == len(best.meta["categories"])
        assert of.layer in table.FILES[name.removeprefix("torchvision:")]


@pytest.mark.parametrize("name", ["resnet18", "googlenet", "densenet121", "mobilenet_v2"])
def test_layers_are_nodes_of_torchvisions_own_graph_in_their_order(name: str) -> None:
    from torchvision.models.feature_extraction import get_graph_node_names

    _, nodes = get_graph_node_names(random_model(name))
    listed = list(layer_channels(f"torchvision:{name}"))
    assert [node for node in nodes if node in listed] == listed
    assert not any("dropout" in layer or layer == "flatten" for layer in listed)


def test_nothing_that_a_layer_doesnt_need_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    with torch.device("meta"):
        sight = TorchvisionModel("googlenet")
        ran: list[Any] = []
        compute = sight._value

        def noted(node: Any, values: Any) -> Any:
            ran.append(node)
            return compute(node, values)

        monkeypatch.setattr(sight, "_value", noted)
        sight.activation(torch.empty(1, 3, 96, 96), "inception3a.branch2.1.relu")
    names = [sight._names[node] for node in ran]
    assert names[-1] == "inception3a.branch2.1.relu"
    assert not any("branch1" in name or "branch3" in name for name in names)


@pytest.mark.parametrize("name", ["alexnet", "densenet121", "efficientnet_v2_s", "inception_v3"])
def test_a_picture_as_small_as_an_octave_may_be_is_seen(name: str) -> None:
    with torch.device("meta"):
        seen = TorchvisionModel(name).activation(
            torch.empty(1, 3, 32, 40), network(f"torchvision:{name}").layer
        )
    assert min(seen.shape) > 0


def test_a_norm_and_its_convolution_are_one_layer() -> None:
    listed = layer_channels("torchvision:resnet18")
    assert "layer1.0.bn1" in listed
    assert "layer1.0.conv1" not in listed
    with pytest.raises(UnknownName, match=r"Nearest: layer1\.0\..*dream layers torchvision:resnet"):
        check_layer("torchvision:resnet18", "layer1.0.conv1")


def test_a_layer_that_isnt_there_is_a_key_error() -> None:
    with torch.device("meta"), pytest.raises(KeyError, match="nowhere"):
        TorchvisionModel("resnet18").activation(torch.empty(1, 3, 96, 96), "nowhere")


def test_a_network_without_its_prefix_is_found_by_the_nearest_names() -> None:
    with pytest.raises(UnknownName, match=r"Nearest: torchvision:vgg16.*dream networks --all"):
        network("vgg16")


@pytest.mark.parametrize("name", sorted(unsupported()))
def test_a_network_that_cant_be_dreamt_with_says_why(name: str) -> None:
    with pytest.raises(RecipeError, match=f"{name} can't be dreamt with: it"):
        network(name)


def test_a_file_with_more_than_tensors_runs_nothing_and_is_refused(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> Any:
            return Path.touch, (tmp_path / "sprung",)

    file = tmp_path / "trap.pth"
    torch.save({"conv1.weight": Trap()}, file)
    with pytest.raises(BadWeights, match=r"no whole PyTorch file, or holds more than tensors"):
        load(network("torchvision:resnet18"), file)
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("data", [b"", b"hello", b"PK\x03\x04 broken", b"\x80\x02}q\x00."])
def test_any_other_file_is_refused(data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "other.pth"
    file.write_bytes(data)
    with pytest.raises(BadWeights, match=r"other\.pth can't be used as torchvision:resnet18"):
        load(network("torchvision:resnet18"), file)


def test_a_checkpoint_of_a_training_on_several_devices_is_read(tmp_path: Path) -> None:
    model = random_model("resnet18")
    state = {f"module.{name}": tensor for name, tensor in model.state_dict().items()}
    torch.save({"epoch": 90, "state_dict": state}, tmp_path / "mine.pth")
    sight = load(network("torchvision:resnet18"), tmp_path / "mine.pth")
    picture = 255 * torch.rand(1, 3, 96, 96)
    assert_near(sight.activation(picture, "fc"), model(preprocessed("resnet18", picture)), "fc")


def test_densenets_older_names_are_read(tmp_path: Path) -> None:
    model = random_model("densenet121")
    older = {
        name.replace("norm1.", "norm.1.").replace("conv2.", "conv.2."): tensor
        for name, tensor in model.state_dict().items()
    }
    assert "features.denseblock1.denselayer1.norm.1.weight" in older
    torch.save(older, tmp_path / "older.pth")
    sight = load(network("torchvision:densenet121"), tmp_path / "older.pth")
    picture = 255 * torch.rand(1, 3, 96, 96)
    wanted = model(preprocessed("densenet121", picture))
    assert_near(sight.activation(picture, "classifier"), wanted, "classifier")


def test_another_networks_file_is_refused_by_layer(tmp_path: Path) -> None:
    torch.save(random_model("resnet18").state_dict(), tmp_path / "other.pth")
    with pytest.raises(BadWeights, match=r"it has no weights for the layer layer1\.2\.conv1"):
        load(network("torchvision:resnet34"), tmp_path / "other.pth")
