"""What a person sees of errors that nobody expected, and what the log keeps."""

import logging
import re

import pytest

from bot.database import DatabaseAway
from bot.jobs.submit import Submission, Unsettled
from tests.bot.chat import Chat, picture

CAT = ("cat.png", picture())


class Surprise(Exception):
    """Nobody expects it."""


def logged(caplog: pytest.LogCaptureFixture) -> logging.LogRecord:
    [record] = [r for r in caplog.records if r.levelno >= logging.ERROR]
    return record


async def test_an_unexpected_error_is_logged_once_and_its_number_told(
    chat: Chat, caplog: pytest.LogCaptureFixture
) -> None:
    chat.expected += (Surprise,)
    chat.pool.probe_error = Surprise("with its secrets")
    await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
    text = chat.answer().content
    found = re.search(r"`([0-9a-f]{6})`", text)
    assert found is not None
    assert "secrets" not in text
    record = logged(caplog)
    assert found[1] in record.getMessage()
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], Surprise)


async def test_so_it_is_with_a_slash_command(chat: Chat, caplog: pytest.LogCaptureFixture) -> None:
    chat.expected += (Surprise,)
    chat.pool.probe_error = Surprise("with its secrets")
    shown = await chat.alice.slash(chat.channel, "dream", image=CAT)
    assert shown.response is not None
    assert re.search(r"`[0-9a-f]{6}`", shown.response.content)
    assert isinstance(logged(caplog).exc_info[1], Surprise)  # type: ignore[index]


async def test_after_an_unexpected_error_the_bot_goes_on(chat: Chat) -> None:
    chat.expected += (Surprise,)
    chat.pool.probe_error = Surprise("once")
    await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
    chat.pool.probe_error = None
    await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
    await chat.until(chat.dreams)


@pytest.mark.parametrize("slash", [False, True], ids=["typed", "slash"])
async def test_an_answer_that_a_job_may_own_stays_and_promises_nothing(
    chat: Chat, monkeypatch: pytest.MonkeyPatch, slash: bool
) -> None:
    async def lose(*_: object) -> None:
        raise Unsettled from DatabaseAway("gone")

    monkeypatch.setattr(Submission, "submit", lose)
    # Whoever asks a second time in an outage reads nothing more of it.
    chat.bot.parts.outages.is_news(chat.channel.id)
    if slash:
        await chat.alice.slash(chat.channel, "dream", image=CAT)
    else:
        await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
    assert "look at `/queue`" in chat.answer().content
    assert "charged" not in chat.answer().content
