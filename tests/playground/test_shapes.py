"""Bodies that hold what they can't: refused in Discord's words, whatever it is."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from bot.playground import DiscordBox
from tests.playground.conftest import Hand, Json, People, order

JUNK: list[Any] = [None, 5, 1e999, True, "x", "²", "\ud800", [], [5], [None], {}, {"type": []}]
MESSAGE: Json = {
    "content": "x",
    "nonce": "1",
    "flags": 0,
    "message_reference": {"message_id": "1", "channel_id": "1", "fail_if_not_exists": False},
    "allowed_mentions": {"parse": ["users"], "roles": []},
    "attachments": [{"id": "0", "filename": "a", "description": "d"}],
    "embeds": [
        {
            "type": "rich",
            "title": "t",
            "fields": [{"name": "n", "value": "v"}],
            "image": {"url": "https://a"},
        }
    ],
    "components": [
        {
            "type": 1,
            "components": [
                {"type": 3, "custom_id": "a", "options": [{"label": "a", "value": "a"}]}
            ],
        }
    ],
}
LAYOUT: Json = {
    "flags": 1 << 15,
    "components": [
        {
            "type": 17,
            "components": [
                {
                    "type": 9,
                    "components": [{"type": 10, "content": "x"}],
                    "accessory": {"type": 11, "media": {"url": "https://a"}},
                },
                {"type": 12, "items": [{"media": {"url": "https://a"}}]},
            ],
        }
    ],
}


def spoilt(whole: Any) -> Iterator[Any]:
    """The whole with each of its parts in turn replaced by each thing that it can't be."""
    yield from JUNK
    parts = whole.items() if isinstance(whole, dict) else enumerate(whole)
    for key, part in parts if isinstance(whole, dict | list) else ():
        for other in spoilt(part) if isinstance(part, dict | list) else JUNK:
            changed = copy.copy(whole)
            changed[key] = other
            yield changed


@pytest.mark.parametrize("good", [MESSAGE, LAYOUT])
async def test_whatever_a_body_holds_is_taken_or_refused_and_nothing_breaks(
    box: DiscordBox, people: People, good: Json
) -> None:
    await order(box, do="limits", on=False)
    path, kinds = f"{people.bot.channel}/messages", {"Content-Type": "application/json"}
    for body in spoilt(good):
        data = json.dumps(body).encode()
        answer = await people.bot.ask("POST", path, content=data, headers=kinds)
        assert answer.status_code in (200, 400), (body, answer.text)
        assert "code" in answer.json() or "id" in answer.json()


async def test_json_that_is_too_deep_is_refused(ada: Hand) -> None:
    for body in (b"[" * 100_000, b'{"data":' * 200 + b"{}" + b"}" * 200):
        kinds = {"Content-Type": "application/json"}
        answer = await ada.ask("POST", f"{ada.channel}/messages", content=body, headers=kinds)
        assert answer.status_code == 400
