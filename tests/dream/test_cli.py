"""The command `dream`, as people type it: a process of its own."""

import functools
import hashlib
import http.server
import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from dream import Recipe, UnknownName, in_package, presets
from dream.networks.dreamnet import DreamNet
from dream.networks.loading import check_layer
from dream.networks.registry import network
from dream.networks.tensors import write
from tests.dream.networks.caffe_models import googlenet_file

QUICK = ["--octaves", "2", "--iterations", "2", "--size", "96"]
NOTHING = {"DREAM_WEIGHTS": "", "DREAM_CACHE": "/nowhere", "DREAM_MIRROR": "http://127.0.0.1:9"}
"""Not even what others made."""


def dream(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dream.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
        env={**os.environ, **environment},
    )


@pytest.fixture(scope="module")
def photograph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pixels = np.random.default_rng(0).integers(60, 200, (60, 90, 3), dtype=np.uint8)
    file = tmp_path_factory.mktemp("photograph") / "in.png"
    Image.fromarray(pixels).resize((270, 180)).save(file)
    return file


@pytest.mark.long
def test_a_dream_made_again_from_its_own_recipe_has_the_same_bytes(
    photograph: Path, tmp_path: Path
) -> None:
    first, again = tmp_path / "a.png", tmp_path / "b.png"
    made = dream("image", photograph, "-o", first, "--network", "dreamnet", *QUICK)
    assert made.returncode == 0, made.stderr
    assert "96×64, seed " in made.stderr
    info = dream("info", first)
    assert json.loads(info.stdout)["size"] == 96
    assert Recipe.from_json(info.stdout).iterations == 2
    remade = dream("image", photograph, "-o", again, "--recipe", first)
    assert remade.returncode == 0, remade.stderr
    assert again.read_bytes() == first.read_bytes()
    (tmp_path / "recipe.json").write_text(info.stdout)
    other = tmp_path / "c.webp"
    arguments = ("--recipe", tmp_path / "recipe.json", "--seed", "7", "--quiet")
    assert dream("image", photograph, "-o", other, *arguments).stderr == ""
    with Image.open(other) as image:
        assert image.format == "WEBP"
    assert json.loads(dream("info", other).stdout)["seed"] == 7


def test_another_network_dreams_at_a_layer_of_its_own(
    photograph: Path, tmp_path: Path, weights: Path
) -> None:
    made = dream(
        *("image", photograph, "-o", tmp_path / "a.jpg", "--network", "squeezenet", *QUICK),
        DREAM_WEIGHTS=str(weights),
    )
    assert made.returncode == 0, made.stderr
    recipe = json.loads(dream("info", tmp_path / "a.jpg").stdout)
    assert (recipe["network"], recipe["layer"]) == ("squeezenet", "fire8/concat")


def test_with_nothing_installed_our_own_network_dreams_and_that_is_said(
    photograph: Path, tmp_path: Path
) -> None:
    made = dream("image", photograph, "-o", tmp_path / "a.png", *QUICK, **NOTHING)
    assert made.returncode == 0, made.stderr
    said, done = made.stderr.splitlines()
    ours = next(entry for entry in presets().values() if in_package(entry.recipe.network))
    assert f"the preset {ours.name} with dreamnet" in said
    assert "`dream fetch googlenet`" in said
    assert "96×64, seed " in done
    recipe = Recipe.from_json(dream("info", tmp_path / "a.png").stdout)
    assert (recipe.network, recipe.layer) == ("dreamnet", ours.recipe.layer)
    assert recipe.smoothing == ours.recipe.smoothing
    quiet = dream("image", photograph, "-o", tmp_path / "b.png", "-q", *QUICK, **NOTHING)
    assert (quiet.returncode, quiet.stderr) == (0, "")


def test_where_the_classic_is_here_nothing_else_is_taken_and_nothing_said(
    photograph: Path, tmp_path: Path, weights: Path
) -> None:
    there = {**NOTHING, "DREAM_WEIGHTS": str(weights)}
    made = dream("image", photograph, "-o", tmp_path / "a.png", *QUICK, **there)
    assert made.returncode == 0, made.stderr
    assert len(made.stderr.splitlines()) == 1
    assert Recipe.from_json(dream("info", tmp_path / "a.png").stdout).network == "googlenet"


def test_with_a_network_chosen_the_rest_is_the_classics_whatever_is_here(
    photograph: Path, tmp_path: Path
) -> None:
    arguments = ("--network", "dreamnet", "--seed", "3", *QUICK)
    made = dream("image", photograph, "-o", tmp_path / "a.png", *arguments, **NOTHING)
    assert made.returncode == 0, made.stderr
    recipe = Recipe.from_json(dream("info", tmp_path / "a.png").stdout)
    expected = Recipe(network="dreamnet", seed=3, octaves=2, iterations=2, size=96)
    assert recipe == expected.with_(layer=network("dreamnet").layer)


def test_the_network_in_the_package_is_listed_and_fetched_without_a_way_out() -> None:
    listed = dream("networks", **NOTHING).stdout
    assert "available: in the package" in listed.split("dreamnet: ")[1]
    fetched = dream("fetch", "dreamnet", **NOTHING)
    assert fetched.returncode == 0, fetched.stderr
    assert Path(fetched.stdout.strip().removeprefix("dreamnet: ")).is_file()


@pytest.mark.parametrize("named", [("--preset", "classic"), ("--network", "googlenet")])
def test_without_a_network_that_is_named_one_sentence_says_the_command_that_gets_it(
    photograph: Path, tmp_path: Path, named: tuple[str, str]
) -> None:
    nowhere = {**NOTHING, "DREAM_CACHE": str(tmp_path)}
    made = dream("image", photograph, "-o", tmp_path / "a.png", *named, **nowhere)
    assert made.returncode == 1
    assert "`dream fetch googlenet`" in made.stderr
    assert made.stderr.count("\n") == 1
    assert not (tmp_path / "a.png").exists()
    listed = dream("networks", **nowhere)
    assert listed.returncode == 0
    assert "not available: The network googlenet isn't on this machine" in listed.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--preset", "clasic"], "Nearest: classic"),
        (["--network", "googlnet"], "Nearest: googlenet"),
        (["--octaves", "0"], "The octaves is a whole number from 1 to 12"),
        (["--step", "nan"], "The step is a number"),
        (["--device", "cuda:99"], "There is no device cuda:99 here"),
        (["--layer", "inception_4c/outptu"], "Nearest: inception_4c/output"),
        (["--layer", "inception_4c/output:3,9000"], "there is no 9000"),
        (["--layer", "inception_4c/output and more"], "“inception_4c/output and more” can't be"),
        (["--smoothing", "2"], "The smoothing is a number from 0 to 1"),
        (["--preset", "classic", "--recipe", __file__], "exclude each other"),
        (["--recipe", __file__], "no recipe"),
    ],
)
def test_a_choice_that_cant_be_is_one_sentence(
    photograph: Path, tmp_path: Path, arguments: list[str], said: str
) -> None:
    made = dream("image", photograph, "-o", tmp_path / "a.png", *arguments, **NOTHING)
    assert made.returncode in (1, 2)
    assert said in made.stderr
    assert "Traceback" not in made.stderr
    assert not (tmp_path / "a.png").exists()


def test_a_file_that_is_no_picture_is_one_sentence(tmp_path: Path) -> None:
    made = dream("image", __file__, "-o", tmp_path / "a.png", "--network", "dreamnet")
    assert made.returncode == 1
    assert "no picture" in made.stderr
    assert "Traceback" not in made.stderr


def test_an_output_that_cant_be_is_said_before_dreaming(photograph: Path, tmp_path: Path) -> None:
    assert "takes .png, .jpg" in dream("image", photograph, "-o", tmp_path / "a.gif").stderr
    missing = tmp_path / "nothing" / "a.png"
    assert "There is no folder" in dream("image", photograph, "-o", missing).stderr


def weights_of_ones_own(folder: Path, seed: int) -> Path:
    """Random ones for our own network's architecture."""
    torch.manual_seed(seed)
    file = folder / f"mine{seed}.safetensors"
    write(DreamNet(), file)
    return file


@pytest.mark.long
def test_weights_of_ones_own_dream_and_dream_again_wherever_they_lie(
    photograph: Path, tmp_path: Path
) -> None:
    mine, other = (weights_of_ones_own(tmp_path, seed) for seed in (1, 2))
    a, b, c = (tmp_path / f"{name}.png" for name in "abc")
    with_mine = ("--weights", mine, "--architecture", "dreamnet")
    made = dream("image", photograph, "-o", a, *with_mine, *QUICK, **NOTHING)
    assert made.returncode == 0, made.stderr
    recipe = Recipe.from_json(dream("info", a).stdout)
    assert recipe.network == f"dreamnet@{hashlib.sha256(mine.read_bytes()).hexdigest()[:12]}"
    assert recipe.layer == network("dreamnet").layer
    assert str(tmp_path) not in recipe.to_json()

    lost = dream("image", photograph, "-o", b, "--recipe", a, **NOTHING)
    assert lost.returncode == 1
    assert f"begins with {recipe.network[-12:]}: give it with --weights FILE" in lost.stderr
    wrong = dream("image", photograph, "-o", b, "--recipe", a, "--weights", other, **NOTHING)
    assert wrong.returncode == 2
    assert "This dream was made with other weights" in wrong.stderr
    moved = mine.rename(tmp_path / "moved.safetensors")
    remade = dream("image", photograph, "-o", b, "--recipe", a, "--weights", moved, **NOTHING)
    assert remade.returncode == 0, remade.stderr
    assert b.read_bytes() == a.read_bytes()
    there = {**NOTHING, "DREAM_WEIGHTS": str(tmp_path)}
    found = dream("image", photograph, "-o", c, "--recipe", a, **there)
    assert found.returncode == 0, found.stderr
    assert c.read_bytes() == a.read_bytes()


@pytest.mark.long
def test_a_picture_from_scratch_made_again_from_what_it_tells_has_the_same_bytes(
    tmp_path: Path,
) -> None:
    first, again = tmp_path / "a.png", tmp_path / "b.png"
    arguments = ("channel", "inception_3b/output:7", "--network", "dreamnet", "--size", "64")
    made = dream(*arguments, "--steps", "8", "-o", first)
    assert made.returncode == 0, made.stderr
    assert "64×64, seed " in made.stderr
    told = json.loads(dream("info", first).stdout)
    assert (told["what"], told["size"], told["steps"]) == ("inception_3b/output:7", 64, 8)
    remade = dream(
        *("channel", told["what"], "--network", told["network"], "--size", told["size"]),
        *("--steps", told["steps"], "--seed", told["seed"], "-q", "-o", again),
    )
    assert (remade.returncode, remade.stderr) == (0, "")
    assert again.read_bytes() == first.read_bytes()
    dreamt = dream("image", first, "--recipe", first, "-o", tmp_path / "c.png")
    assert dreamt.returncode == 1
    assert "was made from scratch" in dreamt.stderr


def test_a_class_is_imagined_by_its_name(tmp_path: Path, weights: Path) -> None:
    made = dream(
        *("class", "Banana", "--network", "squeezenet", "--size", "64", "--steps", "8"),
        *("-o", tmp_path / "a.jpg"),
        DREAM_WEIGHTS=str(weights),
    )
    assert made.returncode == 0, made.stderr
    assert json.loads(dream("info", tmp_path / "a.jpg").stdout)["what"] == "class:banana"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--weights", "FILE"], "--weights needs --architecture NAME"),
        (["--architecture", "dreamnet"], "give both"),
        (["--weights", "FILE", "--architecture", "dreamnt"], "Nearest: dreamnet"),
        (
            ["--weights", "FILE", "--architecture", "dreamnet", "--network", "dreamnet"],
            "exclude each other",
        ),
        (
            ["--weights", "FILE", "--architecture", "squeezenet"],
            "mine1.safetensors can't be used as squeezenet@",
        ),
    ],
)
def test_weights_of_ones_own_that_cant_be_used_are_one_sentence(
    photograph: Path, tmp_path: Path, arguments: list[str], said: str
) -> None:
    mine = str(weights_of_ones_own(tmp_path, 1))
    given = [mine if argument == "FILE" else argument for argument in arguments]
    made = dream("image", photograph, "-o", tmp_path / "a.png", *given, **NOTHING)
    assert made.returncode in (1, 2)
    assert said in made.stderr
    assert "Traceback" not in made.stderr
    assert not (tmp_path / "a.png").exists()


def test_all_networks_are_listed_torchvisions_if_asked_for() -> None:
    short = dream("networks", **NOTHING).stdout
    assert "torchvision:resnet50" not in short
    assert "torchvision:NAME: 68 classifiers" in short
    assert "`dream networks --all`" in short
    assert short.count("checksum: none is published") == 2
    full = dream("networks", "--all", **NOTHING).stdout
    assert "torchvision:resnet50: 103 MB, `dream fetch torchvision:resnet50` gets it" in full
    assert "torchvision:vit_b_16: not to be dreamt with, it cuts" in full


def test_classes_are_listed_by_number() -> None:
    assert dream("classes", "googlenet").stdout.splitlines()[954] == "954 banana"
    refused = dream("classes", "dreamnet")
    assert refused.returncode == 1
    assert "dreamnet has no classes" in refused.stderr


def test_a_network_without_a_published_checksum_is_fetched_and_that_is_said(
    tmp_path: Path,
) -> None:
    served = tmp_path / "served"
    served.mkdir()
    (served / "googlenet_places365.caffemodel").write_bytes(googlenet_file(365, seed=1))
    handler = functools.partial(Quiet, directory=str(served))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        environment = {
            "DREAM_WEIGHTS": "",
            "DREAM_CACHE": str(tmp_path / "cache"),
            "DREAM_MIRROR": f"http://127.0.0.1:{server.server_port}",
        }
        fetched = dream("fetch", "places365", **environment)
        server.shutdown()
    assert fetched.returncode == 0, fetched.stderr
    where, said = fetched.stdout.splitlines()
    assert where == f"places365: {tmp_path / 'cache' / 'googlenet_places365.caffemodel'}"
    assert "Its makers publish no checksum" in said
    again = dream("fetch", "places365", **{**environment, "DREAM_MIRROR": "http://127.0.0.1:9"})
    assert again.stdout == fetched.stdout


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A folder on a server that says nothing of it."""

    def log_message(self, format: str, *args: object) -> None:
        """Silence."""


@pytest.mark.parametrize("name", ["places205", "inception5h", "torchvision:resnet18"])
def test_a_network_that_cant_be_fetched_is_one_sentence(tmp_path: Path, name: str) -> None:
    nowhere = {**NOTHING, "DREAM_CACHE": str(tmp_path)}
    fetched = dream("fetch", name, **nowhere)
    assert fetched.returncode == 1
    assert f"The network {name} isn't on this machine" in fetched.stderr
    assert "can't be reached" in fetched.stderr
    assert fetched.stderr.count("\n") == 1


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "layer", "nearest"),
    [
        ("inception5h", "mixed4c_3x3", "mixed4c_3x3"),
        ("torchvision:resnet18", "layer3.1.relu_1", "layer3.1.relu_1"),
        ("places365", "inception_4c/output", "inception_4c/output"),
    ],
)
def test_layers_of_all_networks_are_listed_and_the_nearest_said(
    photograph: Path, tmp_path: Path, name: str, layer: str, nearest: str
) -> None:
    assert layer in dream("layers", name).stdout.splitlines()
    with pytest.raises(UnknownName, match=rf"{re.escape(nearest)}.*`dream layers {name}` lists"):
        check_layer(name, f"{layer}x")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["class", "bananna"], "Nearest: banana"),
        (["class", "banana", "--network", "dreamnet"], "dreamnet has no classes"),
        (["class", "banana", "--network", "googlnet"], "Nearest: googlenet"),
        (["class", "banana"], "`dream fetch googlenet`"),
        (["class", "banana", "--size", "8"], "The size is a whole number from 64 to 1024"),
        (["class", "banana", "--steps", "1"], "The steps is a whole number"),
        (["class", ""], "The class has no name"),
        (["channel", "inception_4c/output"], "one channel"),
        (["channel", "inception_4c/output:9999"], "there is no 9999"),
        (["channel", "inception_4c/outptu:1"], "Nearest: inception_4c/output"),
    ],
)
def test_what_cant_be_imagined_is_one_sentence(
    tmp_path: Path, arguments: list[str], said: str
) -> None:
    made = dream(*arguments, "-o", tmp_path / "a.png", **NOTHING)
    assert made.returncode == 1
    assert said in made.stderr
    assert made.stderr.count("\n") == 1
    assert not (tmp_path / "a.png").exists()


def test_presets_and_layers_are_listed() -> None:
    listed = dream("presets").stdout
    for name, preset in presets().items():
        assert name in listed
        assert preset.text in listed
    assert "inception_4c/output" in dream("layers", "googlenet").stdout.splitlines()


def test_what_is_not_the_published_file_is_refused_and_not_kept(
    tmp_path: Path, mirror: str
) -> None:
    environment = {
        "DREAM_WEIGHTS": "",
        "DREAM_CACHE": str(tmp_path / "cache"),
        "DREAM_MIRROR": mirror,
    }
    fetched = dream("fetch", "squeezenet", **environment)
    assert fetched.returncode == 1
    assert "is not the published squeezenet_v1.1.caffemodel" in fetched.stderr
    assert list((tmp_path / "cache").iterdir()) == []
