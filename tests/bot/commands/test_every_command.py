"""Every command there is, typed and from Discord's menu: answered, and refused to who may not."""

from datetime import UTC, datetime
from typing import Any

import discord
import pytest
from discord import app_commands
from simcord.actors import MemberActor
from simcord.results import ResponseMessage

from bot.database.ledger import Act
from bot.rules import Rules
from tests.bot.chat import Chat, picture
from tests.bot.commands.test_buttons import dreamt, said

CAT = ("cat.png", picture())

MAKING: dict[str, dict[str, Any]] = {
    "dream": {"image": CAT},
    "noise": {},
    "imagine-class": {"name": "banana"},
    "tour": {"image": CAT},
    "explore": {"image": CAT},
    "presets": {"image": CAT},
}
"""The commands that make a picture, with what is chosen in their forms."""

TELLING: dict[str, tuple[dict[str, Any], str]] = {
    "share": ({}, "It hangs"),
    "gallery": ({}, "Classic"),
    "unshare": ({}, "gallery"),
    "stars": ({"wanted": "never"}, "only when you share them yourself"),
    "preset save": ({"name": "inked"}, "Saved"),
    "preset list": ({}, "inked"),
    "preset share": ({"name": "inked"}, "inked"),
    "preset server": ({"name": "inked"}, "inked"),
    "preset take": ({"name": "mist"}, "mist"),
    "preset delete": ({"name": "inked"}, "inked"),
    "help": ({}, "/dream"),
    "network": ({}, "googlenet"),
    "quota": ({}, "credit"),
    "queue": ({}, "The line"),
    "cancel": ({}, "You have no dream that waits or runs"),
    "history": ({}, "seed"),
    "mention": ({"choice": "off"}, "call"),
    "news": ({"choice": "on"}, "news"),
    "privacy": ({}, "72 hours"),
    "terms": ({}, "pictures that you may use"),
    "dreams settings": ({}, "How I dream"),
    "line pause": ({"reason": "tea"}, "tea"),
    "line show": ({}, "tea"),
    "line drain": ({}, "was closed"),
    "line resume": ({}, "is open"),
    "admin help": ({}, "/admin"),
    "admin grant": ({"person": "bob", "credits": 3, "reason": "thanks"}, "3 credits"),
    "admin reset": ({"person": "bob", "reason": "thanks"}, "1 credit back"),
    "admin block": ({"person": "bob", "reason": "enough"}, "can't ask me for dreams"),
    "admin unblock": ({"person": "bob", "reason": "thanks"}, "can ask me for dreams again"),
    "admin ledger": ({"person": "bob"}, "thanks"),
    "forget": ({}, "**2 pictures**"),
}
"""The others in an order in which each has something to tell, and what is in the answer."""

TYPED = {"preset list": "preset", "admin help": "admin", "line show": "line"}
"""What is typed for the commands of the menu that are called otherwise."""

FOR_OWNER = [
    name for name in TELLING if name.startswith(("admin ", "line ")) and name != "admin help"
]

OTHERWISE = {
    "dreams settings": "only you see the panel then",
    "admin ledger": "Others could read that here",
}
"""What is answered where it is typed, if that is something else."""


@pytest.fixture
async def carol(chat: Chat) -> MemberActor:
    """Whoever runs the bot, who has a dream in a place with a gallery, and Bob shares a preset."""
    guild = chat.alice.guild
    may = guild.create_role("all", permissions=discord.Permissions(administrator=True))
    chat.people["carol"] = carol = guild.add_member(chat.env.create_user("carol"), roles=[may])
    chat.bot.owner_id = carol.id
    gallery = guild.create_text_channel("gallery")
    await given(chat, Rules(gallery_channel_id=gallery.id))
    await dreamt(chat, "!dream eyes", by=chat.bob)
    for asked in ("!preset save mist", "!preset share mist"):
        await chat.bob.send(chat.channel, asked)
    await dreamt(chat, by=carol)
    return carol


async def given(chat: Chat, rules: Rules) -> None:
    await chat.bot.parts.guilds.change(chat.alice.guild.id, lambda _: rules)


async def closed(chat: Chat) -> str:
    """Dreams are for another channel; what those who ask are told."""
    lounge = chat.alice.guild.create_text_channel("lounge")
    await given(chat, Rules(channels=frozenset({lounge.id})))
    return f"Not in this channel: ask me in <#{lounge.id}>."


async def block(chat: Chat) -> None:
    act = Act(1, chat.alice.id, None, chat.bob.id, "no more", datetime.now(UTC))
    await chat.bot.parts.acts.block(act, None)


async def posted(chat: Chat) -> discord.Message:
    """A picture of Bob's."""
    return await chat.bob.send(chat.channel, "look", attachments=[CAT])


def read(message: discord.Message | ResponseMessage) -> str:
    """All that it says."""
    return message.content + "".join(str(card.to_dict()) for card in message.embeds)


def typed(chat: Chat, name: str) -> str:
    """What is typed for the command of the menu with what is chosen there."""
    options, _ = TELLING[name]
    said = [f"<@{chat.bob.id}>" if each == "bob" else str(each) for each in options.values()]
    return " ".join([f"!{TYPED.get(name, name)}", *said])


# What there is


def test_none_of_the_menu_is_left_out(chat: Chat) -> None:
    tree = chat.bot.tree
    commands = [each for each in tree.walk_commands() if isinstance(each, app_commands.Command)]
    assert {each.qualified_name for each in commands} == {*MAKING, *TELLING}
    menus = tree.get_commands(type=discord.AppCommandType.message)
    assert [each.name for each in menus] == ["Dream this"]
    assert not tree.get_commands(type=discord.AppCommandType.user)


def test_none_that_is_typed_is_left_out(chat: Chat) -> None:
    known = {TYPED.get(name, name) for name in (*MAKING, *TELLING)}
    there = {each.qualified_name for each in chat.bot.walk_commands()}
    assert there == known | {"dreams", "announce"}


# Answered


async def test_each_of_the_menu_is_answered_to_one_person(chat: Chat, carol: MemberActor) -> None:
    for name, (options, says) in TELLING.items():
        chosen = {key: chat.bob if said == "bob" else said for key, said in options.items()}
        shown = await carol.slash(chat.channel, name, **chosen)
        assert shown.ephemeral, name
        assert shown.response is not None
        assert says in read(shown.response), name


async def test_each_that_is_typed_is_answered(chat: Chat, carol: MemberActor) -> None:
    for name, (_, says) in TELLING.items():
        before = len(chat.answers())
        await carol.send(chat.channel, typed(chat, name))
        [answer] = chat.answers()[before:]
        assert OTHERWISE.get(name, says) in read(answer), name


@pytest.mark.parametrize("name", MAKING)
async def test_each_makes_its_picture(chat: Chat, name: str) -> None:
    await chat.alice.slash(chat.channel, name, **MAKING[name])
    await chat.result()


async def test_each_field_that_offers_something_does(chat: Chat, carol: MemberActor) -> None:
    await carol.send(chat.channel, "!preset save inked")
    chat.pool.gate.clear()
    await carol.send(chat.channel, "!dream", attachments=[CAT])
    await chat.until(lambda: "octave" in chat.answers()[-1].content)
    fields = [
        (command.qualified_name, field.name)
        for command in chat.bot.tree.walk_commands()
        if isinstance(command, app_commands.Command)
        for field in command.parameters
        if field.autocomplete
    ]
    assert len(fields) > 10
    for name, field in fields:
        assert await carol.autocomplete(chat.channel, name, field, ""), (name, field)
        assert not await carol.autocomplete(chat.channel, name, field, "no such thing")


# Refused


@pytest.mark.parametrize("name", MAKING)
async def test_where_dreams_are_not_asked_for_none_makes_one(chat: Chat, name: str) -> None:
    says = await closed(chat)
    shown = await chat.alice.slash(chat.channel, name, **MAKING[name])
    assert shown.ephemeral
    assert said(shown) == says
    files = [file for file in MAKING[name].values() if isinstance(file, tuple)]
    await chat.alice.send(chat.channel, f"!{name} banana", attachments=files)
    assert chat.answer().content == says


async def test_where_dreams_are_not_asked_for_the_menu_of_a_message_makes_none(chat: Chat) -> None:
    says = await closed(chat)
    shown = await chat.alice.context_menu(chat.channel, "Dream this", await posted(chat))
    assert shown.ephemeral
    assert said(shown) == says


@pytest.mark.parametrize("name", MAKING)
async def test_who_was_blocked_gets_no_picture(chat: Chat, name: str) -> None:
    await block(chat)
    await chat.alice.slash(chat.channel, name, **MAKING[name])
    assert "You can't ask me for dreams any more" in chat.answer().content
    assert not chat.dreams()


async def test_who_was_blocked_gets_none_by_the_menu_of_a_message(chat: Chat) -> None:
    await block(chat)
    await chat.alice.context_menu(chat.channel, "Dream this", await posted(chat))
    assert "You can't ask me for dreams any more" in chat.answer().content


@pytest.mark.parametrize("name", [*FOR_OWNER, "preset server"])
async def test_what_is_for_those_in_charge_is_refused_to_others(chat: Chat, name: str) -> None:
    await chat.alice.send(chat.channel, typed(chat, name))
    assert chat.answer().content.startswith("Only ")
