"""Where Discord's menu offers a command, and whether somebody asks where the bot is no member.

Whoever has installed the bot for themselves takes it along: to servers that never had it, and into
conversations with others. There it can do nothing but answer them.
"""

from typing import Any, TypeVar

import discord
from discord import app_commands

T = TypeVar("T")


def everywhere(command: T) -> T:
    """Offer a command on servers, in direct messages, and to those who take the bot along."""
    installed = app_commands.allowed_installs(guilds=True, users=True)
    return installed(
        app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)(command)
    )


def offer_to_servers_alone(tree: app_commands.CommandTree[Any]) -> None:
    """Take no command along: the bot's owner hasn't switched that on, and Discord refuses commands
    for what an application isn't."""
    for command in tree.get_commands():
        command.allowed_installs = app_commands.AppInstallationType(guild=True, user=False)
        if command.allowed_contexts is not None:
            contexts = command.allowed_contexts
            command.allowed_contexts = app_commands.AppCommandContext(
                guild=contexts.guild, dm_channel=contexts.dm_channel, private_channel=False
            )


def is_visit(interaction: discord.Interaction[Any]) -> bool:
    """Whether the bot is no member where that happens, so that it can only answer, and for a
    quarter of an hour."""
    if interaction.guild_id is None:
        return interaction.context.private_channel
    return interaction.client.get_guild(interaction.guild_id) is None
