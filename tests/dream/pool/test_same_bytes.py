"""Same recipe, same files: same bytes, whoever is asked. All take the threads that they take alone.

The dreams are large enough for another number of threads to make other bytes.
"""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import pytest
import pytest_asyncio
from PIL import Image, ImageOps

from dream import Pool, Recipe
from dream.dreamer import Dreamer
from dream.imagination import Imagination
from dream.imaginer import Imaginer

CHOICES = {"size": 200, "octaves": 2, "iterations": 6, "jitter": 8, "seed": 4}
OURS = Recipe(network="dreamnet", layer="inception_3b/5x5_reduce", **CHOICES)  # type: ignore[arg-type]
CLASSIC = Recipe(**CHOICES)  # type: ignore[arg-type]
SCRATCH = Imagination("dreamnet", "inception_3b/output:7", size=96, steps=16, seed=4)

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool() -> AsyncIterator[Pool]:
    async with Pool(["cpu"]) as pool:
        yield pool


@pytest.fixture(scope="module")
def picture(rocket: Path) -> bytes:
    return rocket.read_bytes()


@pytest.fixture(scope="module")
def mask(picture: bytes) -> bytes:
    file = BytesIO()
    with Image.open(BytesIO(picture)) as whole:
        ImageOps.autocontrast(whole.convert("L").resize((160, 107))).save(file, "PNG")
    return file.getvalue()


async def typed(folder: Path, *arguments: object) -> bytes:
    """What the command `dream` writes."""
    output = folder / "typed.png"
    line = [*arguments, "-o", output, "--device", "cpu", "--quiet"]
    command = [sys.executable, "-m", "dream.cli", *map(str, line)]
    await asyncio.to_thread(subprocess.run, command, check=True, timeout=150)
    return output.read_bytes()


async def dreamt_as_typed(folder: Path, picture: Path, recipe: Recipe) -> bytes:
    written = folder / "recipe.json"
    written.write_text(recipe.to_json())
    return await typed(folder, "image", picture, "--recipe", written)


async def test_a_dream_is_the_same_from_the_command_the_library_and_the_pool(
    pool: Pool, rocket: Path, picture: bytes, tmp_path: Path
) -> None:
    pooled = (await pool.dream(picture, OURS)).data

    assert Dreamer("cpu").dream(picture, OURS).data == pooled
    assert await dreamt_as_typed(tmp_path, rocket, OURS) == pooled


@pytest.mark.long
async def test_a_dream_of_the_classic_is_the_same_too(
    pool: Pool, rocket: Path, picture: bytes, tmp_path: Path, weights: Path
) -> None:
    pooled = (await pool.dream(picture, CLASSIC)).data

    assert Dreamer("cpu").dream(picture, CLASSIC).data == pooled
    assert await dreamt_as_typed(tmp_path, rocket, CLASSIC) == pooled


async def test_a_dream_on_noise_with_guide_and_mask_is_the_same_too(
    pool: Pool, picture: bytes, mask: bytes, rocket: Path, tmp_path: Path
) -> None:
    recipe = OURS.with_(start="coloured 200x133", layer="inception_3b/output", size=None)

    pooled = await pool.dream(None, recipe, guide=picture, mask=mask)
    alone = Dreamer("cpu").dream(None, recipe, guide=picture, mask=mask)

    assert alone.data == pooled.data
    assert alone.recipe == pooled.recipe
    written, white = tmp_path / "recipe.json", tmp_path / "mask.png"
    written.write_text(recipe.to_json())
    white.write_bytes(mask)
    options = ["--recipe", written, "--guide", rocket, "--mask", white]
    assert await typed(tmp_path, "image", *options) == pooled.data
    assert pooled.recipe.guide is not None
    assert pooled.recipe.mask is not None


async def test_a_picture_from_scratch_is_the_same_too(pool: Pool, tmp_path: Path) -> None:
    pooled = (await pool.imagine(SCRATCH)).data
    choices = ["--network", SCRATCH.network, "--size", SCRATCH.size]
    choices += ["--steps", SCRATCH.steps, "--seed", SCRATCH.seed]

    assert Imaginer("cpu").imagine(SCRATCH).data == pooled
    assert await typed(tmp_path, "channel", SCRATCH.what, *choices) == pooled


async def test_dreams_at_once_on_one_processor_are_the_same_as_alone(
    pool: Pool, picture: bytes
) -> None:
    alone = (await pool.dream(picture, OURS)).data
    async with Pool(["cpu", "cpu"]) as crowded:
        both = await asyncio.gather(*(crowded.dream(picture, OURS) for _ in range(2)))

    assert [dream.data for dream in both] == [alone, alone]


@pytest.mark.long
async def test_instructions_that_are_chosen_for_the_command_are_the_pools_too(
    rocket: Path, picture: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATEN_CPU_CAPABILITY", "default")
    async with Pool(["cpu"]) as plain:
        pooled = (await plain.dream(picture, OURS)).data

    assert await dreamt_as_typed(tmp_path, rocket, OURS) == pooled
