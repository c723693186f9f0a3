"""Tells Discord of the slash commands when they have changed, not at every start."""

import asyncio
import hashlib
import json
import logging
from pathlib import Path
from typing import Any

import discord
from discord import app_commands

Command = app_commands.Command[Any, ..., Any] | app_commands.Group

log = logging.getLogger(__name__)


async def register(tree: app_commands.CommandTree[discord.Client], kept: Path) -> None:
    """Register the commands unless the same ones were registered before.

    Args:
        tree: With all commands added; its client is logged in.
        kept: File that remembers what was registered, by application and by server of Discord's
            protocol. It may be lost: then everything is registered once more.
    """
    ours = [await _told(command, tree) for command in tree.get_commands()]
    digest = hashlib.sha256(json.dumps(ours, sort_keys=True).encode()).hexdigest()
    key = f"{tree.client.application_id}@{discord.http.Route.BASE}"
    registered = await asyncio.to_thread(_read, kept)
    try:
        if registered.get(key) == digest and await _has(tree):
            return
        await tree.sync()
    except discord.HTTPException as error:
        # Typed commands work without; the next start tries again.
        log.warning("slash commands were not registered: %s", error)
        return
    log.info("slash commands registered")
    await asyncio.to_thread(_write, kept, {**registered, key: digest})


async def _told(
    command: Command | app_commands.ContextMenu, tree: app_commands.CommandTree[discord.Client]
) -> dict[str, Any]:
    """What Discord is told of a command, in every language."""
    if tree.translator is None:
        return command.to_dict(tree)
    return await command.get_translated_payload(tree, tree.translator)


async def _has(tree: app_commands.CommandTree[discord.Client]) -> bool:
    """Whether all commands are still there: somebody else may have removed them."""
    there = {(command.name, command.type) for command in await tree.fetch_commands()}
    slash = discord.AppCommandType.chat_input
    ours = {(command.name, getattr(command, "type", slash)) for command in tree.get_commands()}
    return ours == there


def _read(kept: Path) -> dict[str, str]:
    try:
        registered = json.loads(kept.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return registered if isinstance(registered, dict) else {}


def _write(kept: Path, registered: dict[str, str]) -> None:
    try:
        partial = kept.with_suffix(".partial")
        partial.write_text(json.dumps(registered, indent=1), "utf-8")
        partial.replace(kept)
    except OSError as error:
        log.warning("%s can't be written: %s", kept, error)
