"""Past a stage the quick way one comes out where the long way leads."""

from typing import Any

import pytest
import torch

from dream.networks.architecture import Stage, StagedArchitecture
from dream.networks.dreamnet import DreamNet
from dream.networks.googlenet import GoogLeNet
from dream.networks.squeezenet import SqueezeNet

STAGED = [DreamNet, GoogLeNet, SqueezeNet]


@pytest.fixture(params=STAGED)
def architecture(request: pytest.FixtureRequest) -> StagedArchitecture:
    torch.manual_seed(0)
    built: StagedArchitecture = request.param()
    return built.eval().requires_grad_(False)


def test_every_stage_leads_both_ways_to_the_same_place(architecture: StagedArchitecture) -> None:
    x = torch.randn(1, 3, 75, 94).requires_grad_()
    for stage in architecture.stages:
        walked = list(stage.layers(x))
        assert tuple(name for name, _ in walked) == stage.names
        quick, long = stage(x), walked[-1][1]
        torch.testing.assert_close(quick, long)
        weight = torch.randn(quick.shape)
        torch.testing.assert_close(
            torch.autograd.grad(quick, x, weight), torch.autograd.grad(long, x, weight)
        )
        x = long.detach().requires_grad_()


def test_only_stages_that_a_layer_is_wanted_from_are_walked(
    architecture: StagedArchitecture, monkeypatch: pytest.MonkeyPatch
) -> None:
    stages = architecture.stages
    walked: list[Stage] = []
    for stage in stages:
        layers = stage.layers

        def watched(x: Any, stage: Stage = stage, layers: Any = layers) -> Any:
            walked.append(stage)
            return layers(x)

        monkeypatch.setattr(stage, "layers", watched)
    wanted = [stages[3].names[0], stages[4].names[-1]]
    found = architecture.activations(torch.rand(1, 3, 64, 64), wanted)
    assert list(found) == wanted
    assert set(walked) <= {stages[3]}


def test_a_layer_that_isnt_there_is_missed(architecture: StagedArchitecture) -> None:
    with pytest.raises(KeyError, match="nothing/of/that/name"):
        architecture.activations(torch.rand(1, 3, 64, 64), ["nothing/of/that/name"])
