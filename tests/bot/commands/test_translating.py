"""What Discord's own menu is told of the commands, in every language."""

from collections.abc import Iterator
from typing import Any

from tests.bot.chat import Chat

LONGEST = 100
"""Characters of a description, in each language."""


def registered(chat: Chat) -> list[dict[str, Any]]:
    [(_, body)] = chat.asked("PUT", "/commands")
    return list(body)  # type: ignore[arg-type]


def parts(command: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The command, what is below it, and its options."""
    yield command
    for each in command.get("options", ()):
        yield from parts(each)


async def test_descriptions_are_there_in_german_and_short_enough(chat: Chat) -> None:
    for command in registered(chat):
        for part in parts(command):
            description = part.get("description", "")
            # The library puts a mere dot where nothing is said.
            if len(description) > 1:
                german = part["description_localizations"]["de"]
                assert german != description
                assert len(german) <= LONGEST


async def test_what_people_type_is_called_the_same_everywhere(chat: Chat) -> None:
    by_name = {command["name"]: command for command in registered(chat)}
    for command in by_name.values():
        for part in parts(command):
            if part.get("type") != 3 or "options" in part:
                continue
            assert part is command or not part.get("name_localizations")
    assert by_name["Dream this"]["name_localizations"] == {"de": "Davon träumen"}
    assert not by_name["dream"].get("name_localizations")
    [choice] = by_name["mention"]["options"]
    assert [each["name_localizations"] for each in choice["choices"]] == [
        {"de": "an"},
        {"de": "aus"},
    ]
