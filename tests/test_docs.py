"""That the pages in docs/ are true: what they print runs, and what they show is there."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from PIL import Image

from dream.cli import main as dream_command
from dream.cli.choosing import chosen_recipe
from dream.networks.loading import check_layer

ROOT = Path(__file__).parent.parent
PAGES = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md"]
PICTURES = ROOT / "docs" / "pictures"

YOURS = {"mine.caffemodel"}
"""Files in commands that only the reader has."""

SMALL = 40_000
"""Bytes of a page's picture of one dream; one of several may have as many again for each three."""

_NO_CHOICES = {"picture", "output", "guide", "mask", "device", "threads", "by", "columns", "width"}
"""Parameters of commands that are no part of a recipe."""

_BLOCK = re.compile(r"(<!-- run -->\n)?```(python|sh)\n(.*?)```", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """What a page prints in a block of its own.

    Attributes:
        page: Where.
        number: Which one of that language on the page, from 1.
        language: `python` or `sh`.
        text: What stands in it.
        marked: Whether the page says that tests are to run it.
    """

    page: Path
    number: int
    language: str
    text: str
    marked: bool

    def __str__(self) -> str:
        return f"{self.page.stem}-{self.language}-{self.number}"


def blocks(language: str) -> Iterator[Block]:
    for page in PAGES:
        found = [each for each in _BLOCK.findall(page.read_text()) if each[1] == language]
        for number, (mark, _, text) in enumerate(found, 1):
            yield Block(page, number, language, text, bool(mark))


def commands(text: str) -> Iterator[list[str]]:
    """The words of each `dream` command."""
    for line in text.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        if words[:1] == ["dream"]:
            yield words[1:]


PYTHON = list(blocks("python"))
SHELL = list(blocks("sh"))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A folder that looks like the project's to whoever follows a page."""
    there = tmp_path / "docs" / "pictures"
    there.mkdir(parents=True)
    for name in ("rocket.jpg", "cat.jpg", "flower.jpg"):
        shutil.copy(PICTURES / name, there)
    (tmp_path / "bot" / "ui" / "pictures").mkdir(parents=True)
    (tmp_path / "out").mkdir()
    return tmp_path


@pytest.mark.parametrize("block", PYTHON, ids=str)
def test_what_the_pages_say_in_python_runs(
    block: Block, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(copy)
    monkeypatch.delenv("DREAM_WEIGHTS", raising=False)
    exec(compile(block.text, str(block), "exec"), {"__name__": "__main__"})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_on_a_page_is_one(
    page: Path, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(copy)
    for name in YOURS:
        Path(name).touch()
    for block in SHELL:
        if block.page != page:
            continue
        _write_masks(block.text)
        for words in commands(block.text):
            _check(words)


@pytest.mark.parametrize("block", [block for block in SHELL if block.marked], ids=str)
def test_marked_commands_do_what_they_say(
    block: Block, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(copy)
    monkeypatch.delenv("DREAM_WEIGHTS", raising=False)
    for words in commands(block.text):
        said = CliRunner().invoke(dream_command, words)
        assert said.exit_code == 0, said.output
        for target in _outputs(words):
            with Image.open(target) as picture:
                assert min(picture.size) > 60


@pytest.mark.long
@pytest.mark.timeout(900)
def test_the_readmes_commands_run_from_top_to_bottom_as_printed(copy: Path, weights: Path) -> None:
    """The first ones with nothing but our own network, those after them with the classic's."""
    ours, fetched = (
        block.text for block in SHELL if block.page.stem == "README" and [*commands(block.text)]
    )
    kept = {name: value for name, value in os.environ.items() if name != "DREAM_WEIGHTS"}
    kept["PATH"] = f"{Path(sys.executable).parent}:{kept['PATH']}"
    kept["DREAM_CACHE"] = str(copy / "cache")
    _run(ours, copy, kept)
    _run(fetched, copy, {**kept, "DREAM_WEIGHTS": str(weights)})
    for words in commands(ours + fetched):
        for target in _outputs(words):
            with Image.open(copy / target) as picture:
                assert min(picture.size) > 60
    out = copy / "out"
    assert (out / "again.png").read_bytes() == (out / "dream.png").read_bytes()
    assert {path.name for path in copy.iterdir()} <= {"docs", "bot", "out", "cache"}


def test_what_is_dreamt_lies_in_a_folder_that_git_ignores() -> None:
    assert "/out/" in (ROOT / ".gitignore").read_text().splitlines()
    for block in SHELL:
        for words in commands(block.text):
            for target in _outputs(words):
                assert target.parent in (Path("out"), Path("bot/ui/pictures")), (block, target)


def test_some_commands_are_run() -> None:
    assert {words[0] for b in SHELL if b.marked for words in commands(b.text)} >= {
        "image",
        "info",
        "sheet",
        "tour",
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_links_to_is_there(page: Path) -> None:
    for target in _links(page):
        assert target.exists(), target


def test_every_picture_is_shown_or_dreamt_on() -> None:
    words = " ".join(page.read_text() for page in PAGES)
    shown = {target for page in PAGES for target in _links(page)}
    for picture in PICTURES.iterdir():
        assert picture in shown or f"docs/pictures/{picture.name}" in words, picture


def test_every_picture_of_the_pages_stands_below_its_commands() -> None:
    below = re.compile(
        r"^dream [^`]*```\n\n!\[[^\]]+\]\(pictures/((?:engine|tutorial)-[^)]+)\)", re.M
    )
    drawn = {name for page in PAGES for name in below.findall(page.read_text())}
    assert drawn == {picture.name for picture in _drawn()}


def test_the_pages_pictures_are_small() -> None:
    drawn = _drawn()
    for picture in drawn:
        with Image.open(picture) as opened:
            pixels = opened.width * opened.height
        assert picture.stat().st_size < max(SMALL, pixels / 3), picture
    assert sum(picture.stat().st_size for picture in drawn) < 1_500_000


def _drawn() -> list[Path]:
    return [*PICTURES.glob("engine-*"), *PICTURES.glob("tutorial-*")]


def _check(words: list[str]) -> None:
    """It parses, its files are there, and what it wants can be dreamt; it isn't run."""
    name, *arguments = words
    command = dream_command.commands[name]
    if "--help" in arguments:
        return
    context = command.make_context(f"dream {name}", list(arguments))
    if name in ("image", "tour"):
        _check_dream(context)
    for target in _outputs(words):
        shutil.copy(PICTURES / "rocket.jpg", target)


def _check_dream(context: click.Context) -> None:
    choices = {name: context.params[name] for name in context.params if name not in _NO_CHOICES}
    if choices["recipe_file"] is not None or choices["weights"] is not None:
        return
    if choices["network"] is None:
        # What a page doesn't say is the classic, whether its network is here or not.
        choices["preset_name"] = choices["preset_name"] or "classic"
    recipe = chosen_recipe(**choices)
    check_layer(recipe.network, recipe.layer)
    recipe.dream_size(None if context.params["picture"] is None else (640, 427))


def _run(text: str, folder: Path, environment: dict[str, str]) -> None:
    """What a page prints, by the shell, as whoever follows it runs it."""
    done = subprocess.run(
        ["bash", "-ec", text],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def _outputs(words: list[str]) -> list[Path]:
    return [Path(after) for word, after in pairwise(words) if word == "-o"]


def _write_masks(text: str) -> None:
    """The lines of Python between the commands are short; they are run."""
    for line in text.splitlines():
        if line.startswith("python -c"):
            subprocess.run([sys.executable, *shlex.split(line)[1:]], check=True)


def _links(page: Path) -> set[Path]:
    targets = (part.split(")")[0].split("#")[0] for part in page.read_text().split("](")[1:])
    return {
        (page.parent / target).resolve() for target in targets if target and "://" not in target
    }
