"""When slash commands are registered with Discord."""

import json
from pathlib import Path

import discord
from discord import app_commands

from bot.commands.registration import register
from tests.bot.chat import Chat


def registrations(chat: Chat) -> int:
    return len(chat.asked("PUT", "/commands"))


def tree_of(chat: Chat) -> app_commands.CommandTree[discord.Client]:
    return chat.bot.tree


async def test_the_same_commands_are_registered_once(chat: Chat) -> None:
    kept = chat.bot.parts.settings.data / "registered-commands.json"
    assert registrations(chat) == 1
    await register(tree_of(chat), kept)
    assert registrations(chat) == 1


async def test_changed_commands_are_registered_again(chat: Chat) -> None:
    kept = chat.bot.parts.settings.data / "registered-commands.json"
    chat.bot.tree.remove_command("help")
    await register(tree_of(chat), kept)
    assert registrations(chat) == 2
    await register(tree_of(chat), kept)
    assert registrations(chat) == 2


async def test_commands_that_discord_has_lost_are_registered_again(chat: Chat) -> None:
    kept = chat.bot.parts.settings.data / "registered-commands.json"
    chat.env.inject_error("GET", "/applications/*/commands", status=404, code=10063)
    await register(tree_of(chat), kept)
    assert registrations(chat) == 1, "an error is no reason"
    chat.env.backend.commands.clear()
    await register(tree_of(chat), kept)
    assert registrations(chat) == 2


async def test_another_server_of_the_protocol_is_told_by_itself(chat: Chat, tmp_path: Path) -> None:
    kept = chat.bot.parts.settings.data / "registered-commands.json"
    known = json.loads(kept.read_text())
    [key] = known
    assert key.endswith("@https://discord.com/api/v10")
    kept.write_text(json.dumps({key.replace("discord.com", "elsewhere"): known[key]}))
    await register(tree_of(chat), kept)
    assert registrations(chat) == 2


async def test_a_refused_registration_does_not_stop_the_bot(chat: Chat) -> None:
    kept = chat.bot.parts.settings.data / "registered-commands.json"
    kept.write_text("nonsense")
    chat.env.inject_error("PUT", "/applications/*/commands", status=403, code=50001)
    await register(tree_of(chat), kept)
    assert kept.read_text() == "nonsense"
