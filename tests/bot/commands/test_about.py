"""What people are told about presets, their quota, and how to ask."""

import re
from pathlib import Path

import discord
import pytest
from discord.ext import commands

from dream import NetworkUnavailable, in_package, presets
from tests.bot.chat import Chat, open_chat, picture

CAT = ("cat.png", picture())

ONE_SCREEN = 1000
"""Characters that are read without scrolling."""


def alone(chat: Chat) -> None:
    """From now on there is only the network of the package."""
    for file in ("bvlc_googlenet.caffemodel", "squeezenet_v1.1.caffemodel"):
        (chat.networks / file).unlink()


async def test_presets_are_shown_with_what_to_type(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!presets")
    [card] = chat.answer().embeds
    assert card.description is not None
    for preset in presets().values():
        assert preset.text in card.description
        assert f"`{preset.name}`" in card.description
    assert "`!dream " in card.description


async def test_presets_without_their_network_are_shown_apart(chat: Chat) -> None:
    (chat.networks / "squeezenet_v1.1.caffemodel").unlink()
    await chat.alice.send(chat.channel, "!presets")
    [card] = chat.answer().embeds
    assert card.description is not None
    above, below = card.description.split("Not here yet")
    assert "`classic`" in above
    assert "`neon`" not in above
    assert "neon, eyes, spirits" in below


async def marks(chat: Chat) -> list[bool]:
    """Whether the presets that are here are marked as quick, in the catalogue's order."""
    await chat.alice.send(chat.channel, "!presets")
    [card] = chat.answers()[-1].embeds
    assert card.description is not None
    names = {f"`{name}`" for name in presets()}
    lines = [line.partition(" · ") for line in card.description.splitlines()]
    return [rest.endswith("*quick*") for name, _, rest in lines if name in names]


async def test_presets_of_our_own_network_are_marked_as_quick_where_others_are_not(
    chat: Chat,
) -> None:
    assert await marks(chat) == [in_package(each.recipe.network) for each in presets().values()]
    alone(chat)
    assert set(await marks(chat)) == {False}


async def test_the_sample_shows_only_presets_that_are_here(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!presets")
    alone(chat)
    await chat.alice.send(chat.channel, "!presets")
    shown = [message.embeds[0].image.url or "" for message in chat.answers()]
    assert [url.split("?")[0].rpartition("/")[2] for url in shown] == ["presets.jpg", "package.jpg"]


async def test_help_shows_only_what_is_here(chat: Chat) -> None:
    alone(chat)
    await chat.alice.send(chat.channel, "!help")
    [card] = chat.answer().embeds
    assert card.description is not None
    shown = re.search(r"!dream (\w+)` in another style", card.description)
    assert shown is not None
    assert in_package(presets()[shown[1]].recipe.network)


@pytest.mark.parametrize("command", ["presets", "quota", "help"])
async def test_a_slash_command_is_answered_to_the_one_who_asked(chat: Chat, command: str) -> None:
    shown = await chat.alice.slash(chat.channel, command)
    assert shown.ephemeral
    assert shown.response is not None
    assert shown.response.embeds


async def test_the_quota_tells_what_is_left_and_when_it_comes_back(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
    await chat.result()
    await chat.alice.send(chat.channel, "!quota")
    [card] = chat.answers()[1].embeds
    assert card.description is not None
    assert "**19** of 20 credits left" in card.description
    assert "1 used" in card.description
    resets = (await chat.submission.balance(chat.alice.id)).resets_at
    assert f"<t:{int(resets.timestamp())}:R>" in card.description


async def dreams(chat: Chat, number: int) -> None:
    """Wait until so many are there."""
    await chat.until(lambda: len(chat.dreams()) == number)


async def quota(chat: Chat) -> str:
    """The text of Alice's card."""
    shown = await chat.alice.slash(chat.channel, "quota")
    assert shown.response is not None
    return shown.response.embeds[0].description or ""


async def test_the_quota_tells_what_the_latest_dreams_took(chat: Chat) -> None:
    for number in range(6):
        await chat.alice.send(chat.channel, "!dream strokes", attachments=[CAT])
        await dreams(chat, number + 1)
    chat.pool.error = NetworkUnavailable("There is no network googlenet here.")
    await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
    await chat.until(lambda: "Sorry" in chat.answers()[-1].content)
    lines = (await quota(chat)).splitlines()
    at = lines.index("**Your last dreams**")
    assert re.fullmatch(
        r"\*\*Classic\*\* · 1 credit · failed, given back · <t:\d+:R>", lines[at + 1]
    )
    for line in lines[at + 2 : at + 6]:
        assert re.fullmatch(r"\*\*Strokes\*\* · 1 credit · done · <t:\d+:R>", line)
    assert len(lines) < 14


async def test_the_quota_tells_of_a_servers_limit_only_where_it_is_the_nearer_one(
    tmp_path: Path,
) -> None:
    async with open_chat(tmp_path, server_credits=20) as chat:
        assert "This server" not in await quota(chat)
        await chat.bob.send(chat.channel, "!dream", attachments=[CAT])
        await chat.until(chat.dreams)
        assert "This server has only **19** of 20 credits left today" in await quota(chat)


async def test_the_quota_tells_what_comes_on_top_and_what_is_in_the_way(
    tmp_path: Path,
) -> None:
    async with open_chat(tmp_path, daily_credits=2, role_bonus={1: 1}) as chat:
        guild = chat.alice.guild
        friends = guild.create_role("friends")
        # A role has its id only after the bot has its settings.
        bonuses = chat.bot.parts.settings.role_bonus
        assert isinstance(bonuses, dict)
        bonuses[friends.id] = 3
        friend = guild.add_member(chat.env.create_user("friend"), roles=[friends])
        chat.bot.owner_id = chat.alice.id
        await chat.alice.send(chat.channel, f"!admin grant {friend.mention} 4 a prize")
        await chat.alice.send(chat.channel, f"!admin block {friend.mention} 2 a test")
        shown = await friend.slash(chat.channel, "quota")
        assert shown.response is not None
        text = shown.response.embeds[0].description or ""
        assert "**9** of 9 credits left" in text
        assert "With 3 for your role and 4 given to you today." in text
        assert re.search(r"You can't ask me for dreams until <t:\d+:f>", text)
        await chat.alice.send(chat.channel, f"!admin unblock {friend.mention} a test")
        for number in range(3):
            await friend.send(chat.channel, "!dream", attachments=[CAT])
            await dreams(chat, number + 1)


async def test_help_shows_what_to_type(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!help")
    [card] = chat.answer().embeds
    assert card.description is not None
    assert "!dream strokes" in card.description
    assert "Dream this" in card.description
    assert "**Again**, **Deeper**, **Tweak**, **Share**" in card.description
    assert "mention" not in card.description.lower()
    assert len(card.description) < ONE_SCREEN


@pytest.mark.parametrize(
    ("topic", "tells"),
    [
        ("dreaming", ["strength=1.5", "`strokes` a style", "`!tour`"]),
        ("sharing", ["`!share`", "`!stars always`", "**Report**"]),
        ("Settings", ["`!mention off`", "`!news on`", "`/dreams settings`"]),
        ("nothing", ["`!dream` with a picture attached"]),
    ],
)
async def test_help_on_a_topic_tells_all_of_it(chat: Chat, topic: str, tells: list[str]) -> None:
    await chat.alice.send(chat.channel, f"!help {topic}")
    [card] = chat.answer().embeds
    assert card.description is not None
    assert all(each in card.description for each in tells)
    assert len(card.description) < ONE_SCREEN


async def test_help_leads_to_its_topics(chat: Chat) -> None:
    shown = await chat.alice.slash(chat.channel, "help", topic="sharing")
    assert shown.response is not None
    assert shown.response.embeds[0].title == "Galleries, stars and reports"
    await chat.alice.send(chat.channel, "!help")
    [card] = chat.answer().embeds
    for topic in ("dreaming", "sharing", "settings"):
        assert f"`!help {topic}`" in str(card.description)


async def test_without_the_intent_help_tells_what_works(tmp_path: Path) -> None:
    async with open_chat(tmp_path, message_content=False) as chat:
        await chat.alice.send(chat.channel, "!help")
        assert not chat.answers()
        assert chat.bot.user is not None
        await chat.alice.send(chat.channel, f"{chat.bot.user.mention} help")
        [card] = chat.answer().embeds
        assert card.description is not None
        assert f"@{chat.bot.user.display_name} dream strokes" in card.description
        assert "`!dream` works only in direct messages" in card.description
        assert "Mentioning me, slash commands and the message menu" in card.description


async def test_without_the_intent_a_mention_still_dreams(tmp_path: Path) -> None:
    async with open_chat(tmp_path, message_content=False) as chat:
        assert chat.bot.user is not None
        await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
        assert not chat.answers()
        text = f"{chat.bot.user.mention} dream"
        await chat.alice.send(chat.channel, text, attachments=[CAT])
        await chat.result()


async def test_an_unknown_command_is_somebody_elses(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!weather tomorrow")
    assert not chat.answers()


async def test_other_bots_are_not_answered(chat: Chat) -> None:
    robot = chat.alice.guild.add_member(chat.env.create_user("robot", bot=True))
    await robot.send(chat.channel, "!dream", attachments=[CAT])
    assert not chat.answers()


async def test_a_card_that_would_arrive_empty_names_what_is_missing(chat: Chat) -> None:
    chat.expected += (commands.BotMissingPermissions,)
    assert chat.bot.user is not None
    denied = discord.PermissionOverwrite(embed_links=False)
    channel = chat.alice.guild.create_text_channel("plain", overwrites={chat.bot.user: denied})
    await chat.alice.send(channel, "!presets")
    assert "**Embed Links**" in chat.answer(channel).content
