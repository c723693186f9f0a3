"""Whom a message calls, as far as it may."""

import re
from dataclasses import dataclass

from bot.playground.permissions import Permission
from bot.playground.refusals import invalid
from bot.playground.state import Channel, User, World
from bot.playground.wire import Json


@dataclass(frozen=True)
class Mentions:
    """Ids of the people and roles called, and whether everybody is."""

    users: tuple[int, ...]
    roles: tuple[int, ...]
    everyone: bool


def mentions(
    text: str,
    allowed: object,
    *,
    author: User,
    channel: Channel,
    replied: int | None,
    world: World,
) -> Mentions:
    """Find whom a text calls; `allowed` is the sender's allowed_mentions, `replied` an author."""
    rule = allowed if isinstance(allowed, dict) else None
    parse = set(rule.get("parse") or []) if rule is not None else {"users", "roles", "everyone"}
    for kind in ("users", "roles"):
        if rule and kind in parse and rule.get(kind):
            raise invalid(
                "allowed_mentions",
                "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
                f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.',
            )
    people = _found(r"<@!?(\d+)>", text, rule, "users", parse)
    called = [user for user in people if user in world.users]
    wants_reply = True if rule is None else bool(rule.get("replied_user"))
    if replied is not None and wants_reply and replied not in called:
        called.append(replied)
    roles = [r for r in _found(r"<@&(\d+)>", text, rule, "roles", parse) if r in world.roles]
    everyone = "everyone" in parse and re.search(r"@(everyone|here)\b", text) is not None
    may_call = world.may(author, channel, Permission.MENTION_EVERYONE)
    return Mentions(tuple(called), tuple(roles) if may_call else (), everyone and may_call)


def _found(pattern: str, text: str, rule: Json | None, kind: str, parse: set[str]) -> list[int]:
    ids = list(dict.fromkeys(int(number) for number in re.findall(pattern, text)))
    if kind in parse:
        return ids
    named = {str(number) for number in (rule or {}).get(kind) or []}
    return [number for number in ids if str(number) in named]
