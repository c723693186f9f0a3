"""A judge of somebody's own, which sees small copies of pictures before they are dreamt."""

import asyncio
import io
from pathlib import Path

import pytest
from PIL import Image

from bot import gate
from bot.app import StartFailure, load_gate
from bot.gate import Gate
from bot.jobs.job import Request
from bot.settings import Settings
from bot.ui import words
from tests.bot.chat import Chat, noise, open_chat, picture

CAT = ("cat.png", picture())

OWN = """
async def look(picture):
    return "fine"

def hurried(picture):
    return "fine"
"""


def says(word: str, seen: list[bytes] | None = None) -> Gate:
    async def look(data: bytes) -> str:
        if seen is not None:
            seen.append(data)
        return word

    return look


async def asked(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!dream", attachments=[CAT])


async def test_what_is_fine_is_dreamt(tmp_path: Path) -> None:
    async with open_chat(tmp_path, gated_by=says("fine")) as chat:
        await asked(chat)
        await chat.result()


async def test_what_is_refused_is_said_and_costs_nothing(tmp_path: Path) -> None:
    async with open_chat(tmp_path, gated_by=says("refuse")) as chat:
        await asked(chat)
        await chat.until(lambda: chat.answer().content == words.kept_out())
        assert (await chat.submission.balance(chat.alice.id)).used == 0
        assert not chat.pool.seen
        assert not (chat.pictures / "inputs").exists()


@pytest.mark.parametrize("role", ["guide", "mask"])
async def test_the_pictures_beside_it_are_judged_too(tmp_path: Path, role: str) -> None:
    async def look(data: bytes) -> str:
        with Image.open(io.BytesIO(data)) as image:
            return "refuse" if image.size == (40, 30) else "fine"

    async with open_chat(tmp_path, gated_by=look) as chat:
        files = [CAT, ("second.png", picture((40, 30)))]
        await chat.alice.send(chat.channel, f"!dream {role}", attachments=files)
        await chat.until(lambda: chat.answer().content == words.kept_out())


async def test_it_sees_a_small_copy_and_never_the_file(tmp_path: Path) -> None:
    seen: list[bytes] = []
    large = noise((500, 400))
    async with open_chat(tmp_path, gated_by=says("fine", seen)) as chat:
        await chat.alice.send(chat.channel, "!dream", attachments=[("noise.png", large)])
        await chat.result()
    [copy] = seen
    assert len(copy) <= 2**16 < len(large)
    with Image.open(io.BytesIO(copy)) as image:
        assert image.format == "JPEG"


@pytest.mark.parametrize("word", ["fine", "spoiler"])
async def test_what_is_to_be_hidden_is_asked_for_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    requests: list[Request] = []
    async with open_chat(tmp_path, gated_by=says(word)) as chat:
        submit = chat.submission.submit

        async def watched(request: Request, *stood: object) -> object:
            requests.append(request)
            return await submit(request, *stood)  # type: ignore[arg-type]

        monkeypatch.setattr(chat.submission, "submit", watched)
        await asked(chat)
        await chat.result()
    assert [request.spoiler for request in requests] == [word == "spoiler"]


async def fails(_: bytes) -> str:
    raise RuntimeError("the judge is ill")


async def hangs(_: bytes) -> str:
    await asyncio.sleep(60)
    return "fine"


@pytest.mark.parametrize("judge", [fails, hangs, says("perhaps")])
async def test_a_gate_that_cannot_tell_lets_nothing_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, judge: Gate
) -> None:
    monkeypatch.setattr(gate, "PATIENCE", 0.2)
    async with open_chat(tmp_path, gated_by=judge) as chat:
        await asked(chat)
        await chat.until(lambda: chat.answer().content == words.gate_fails())
        assert not chat.pool.seen


async def test_it_is_loaded_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own_judge.py").write_text(OWN)
    monkeypatch.syspath_prepend(tmp_path)
    loaded = load_gate(Settings(gate="own_judge:look"))
    assert loaded is not None
    assert await loaded(b"") == "fine"
    assert load_gate(Settings()) is None


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("no_such_module:look", "no_such_module"),
        ("own_judge:no_such_function", "no_such_function"),
        ("own_judge:hurried", "async def"),
    ],
)
def test_one_that_cannot_be_had_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, says: str
) -> None:
    (tmp_path / "own_judge.py").write_text(OWN)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(StartFailure, match=says) as failure:
        load_gate(Settings(gate=name))
    assert str(failure.value).startswith("DREAMBOT_GATE: ")
