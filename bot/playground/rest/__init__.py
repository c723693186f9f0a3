"""Discord's REST interface, one subject a module."""

from bot.playground.rest import (
    applications,
    channels,
    guilds,
    interactions,
    messages,
    reactions,
    users,
    webhooks,
)

ROUTES = [
    *users.ROUTES,
    *applications.ROUTES,
    *guilds.ROUTES,
    *channels.ROUTES,
    *messages.ROUTES,
    *reactions.ROUTES,
    *interactions.ROUTES,
    *webhooks.ROUTES,
]

__all__ = ["ROUTES"]
