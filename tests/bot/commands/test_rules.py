"""A server's own rules: set by those who manage it, and then in force there."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import discord
import pytest
from discord.ext import commands
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle
from simcord.results import InteractionResult, ResponseMessage

from bot.commands import log_channel
from bot.commands.rules_forms import FORMS
from bot.database.models import GuildRow
from bot.rules import COMMANDS, Rules, Thing
from bot.ui import words
from tests.bot.chat import Chat, open_chat, picture
from tests.bot.wire import open_town
from tests.playground.conftest import Hand, listening

CAT = ("cat.png", picture((640, 480)))


@pytest.fixture
async def chat(tmp_path: Path) -> AsyncIterator[Chat]:
    async with open_chat(tmp_path, daily_credits=5, server_credits=50) as chat:
        yield chat


@pytest.fixture
def moderator(chat: Chat) -> MemberActor:
    """Somebody who may manage the server."""
    guild = chat.alice.guild
    may = guild.create_role("moderators", permissions=discord.Permissions(manage_guild=True))
    return guild.add_member(chat.env.create_user("mod"), roles=[may])


@pytest.fixture
def lounge(chat: Chat) -> ChannelHandle:
    return chat.alice.guild.create_text_channel("lounge")


async def opened(chat: Chat, who: MemberActor) -> ResponseMessage:
    """The panel, opened by that person."""
    shown = await who.slash(chat.channel, "dreams settings")
    assert shown.ephemeral
    assert shown.response is not None
    return shown.response


def told(panel: ResponseMessage) -> str:
    """What the panel says of the rules."""
    [card] = panel.embeds
    return "\n".join(field.value or "" for field in card.fields)


def above(panel: ResponseMessage) -> str:
    """What stands above that."""
    return panel.content


async def filled_in(
    who: MemberActor, panel: ResponseMessage, form: str, **values: Any
) -> InteractionResult:
    """That form, opened from the panel and sent."""
    shown = await who.click(panel, custom_id=f"rules:{form}")
    assert shown.modal is not None
    return await who.submit_modal(shown, values)


async def rules(chat: Chat) -> Rules:
    return await chat.bot.parts.guilds.read(chat.alice.guild.id)


async def given(chat: Chat, wanted: Rules) -> None:
    """The server has those rules."""
    await chat.bot.parts.guilds.change(chat.alice.guild.id, lambda _: wanted)


async def dreamt_privately(chat: Chat, times: int = 1) -> None:
    """Bob has so many dreams in direct messages."""
    private = chat.bob.user.dm_channel
    before = len(chat.dreams(private))
    for number in range(before + 1, before + times + 1):
        files = chat.env.backend.store_attachments(private.id, [CAT])
        await chat.bob.send_dm("!dream", attachments=files)
        await chat.until(lambda number=number: len(chat.dreams(private)) == number)  # type: ignore[misc]


async def say(chat: Chat, text: str, *files: tuple[str, bytes]) -> str:
    """What the bot answers to that by Bob in the end."""
    before = len(chat.answers())
    await chat.bob.send(chat.channel, text, attachments=files)
    waits = ("got it", "waiting", "is next", "dreaming")
    await chat.until(lambda: not any(each in chat.answers()[before].content for each in waits))
    return chat.answers()[before].content


# The panel


async def test_the_panel_shows_what_goes_where_nobody_has_decided(
    chat: Chat, moderator: MemberActor
) -> None:
    panel = await opened(chat, moderator)
    text = told(panel)
    for line in (
        "**Channels** · everywhere",
        "**Gallery** · off",
        "**Prefix** · `!`",
        "**Preset** · Classic",
        "**Switched off** · nothing",
        "**Each person a day** · 5 credits",
        "**All together a day** · 50 credits",
        "**Each person in the line** · 10 dreams",
    ):
        assert line in text
    footer = panel.embeds[0].footer.text or ""
    assert "/admin block" in footer
    assert await rules(chat) == Rules()


async def test_what_is_chosen_is_kept_and_shown_at_once(chat: Chat, moderator: MemberActor) -> None:
    panel = await opened(chat, moderator)
    await moderator.select(panel, [chat.channel], custom_id="rules:channels")
    await moderator.select(panel, ["links", "looking back"], custom_id="rules:off")
    await moderator.select(panel, ["strokes"], custom_id="rules:preset")
    await moderator.select(panel, ["de"], custom_id="rules:language")
    assert await rules(chat) == Rules(
        channels=frozenset({chat.channel.id}),
        off=frozenset({Thing.LINKS, Thing.LOOKING_BACK}),
        preset="strokes",
        locale="de",
    )
    for line in (
        f"**Channels** · <#{chat.channel.id}>",
        "**Switched off** · links and looking back",
        "**Preset** · Strokes",
        "**Language** · each person's own, or else Deutsch",
    ):
        assert line in told(panel)
    for custom_id in ("rules:off", "rules:channels"):
        await moderator.select(panel, [], custom_id=custom_id)
    for custom_id in ("rules:preset", "rules:language"):
        await moderator.select(panel, ["-"], custom_id=custom_id)
    assert await rules(chat) == Rules()


async def test_the_panel_begins_with_what_was_saved(
    chat: Chat, moderator: MemberActor, lounge: ChannelHandle
) -> None:
    panel = await opened(chat, moderator)
    assert above(panel) == ""
    await filled_in(moderator, panel, "gallery", channel=[lounge], stars="4")
    assert above(panel) == f"✅ Saved.\n**Gallery** · <#{lounge.id}>, from 4 stars"
    await moderator.select(panel, ["strokes"], custom_id="rules:preset")
    assert above(panel) == "✅ Saved.\n**Preset** · Strokes"
    await filled_in(moderator, panel, "gallery", channel=[lounge], stars="4")
    assert above(panel) == "✅ Saved. The panel says the same as before."
    await filled_in(moderator, panel, "limits", person="999")
    assert above(panel) == "✅ Saved. The panel says the same as before."
    await moderator.click(panel, label="Reset…")
    assert above(panel) == ""
    await moderator.click(panel, label="Reset it all")
    assert above(panel) == "✅ Saved.\n**Gallery** · off\n**Preset** · Classic"


def controls(panel: ResponseMessage) -> list[str]:
    """The ids of all that can be pressed or chosen from on a panel."""
    return [part["custom_id"] for row in panel.components for part in row["components"]]


def offered(panel: ResponseMessage) -> list[str]:
    """What can be switched off, as the panel has it."""
    parts = [part for row in panel.components for part in row["components"]]
    [select] = [part for part in parts if part["custom_id"] == "rules:off"]
    return [option["value"] for option in select["options"]]


async def test_only_what_the_bot_has_a_command_for_is_offered_and_refused(
    chat: Chat, moderator: MemberActor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(COMMANDS, Thing.NOISE, frozenset({"no such command"}))
    monkeypatch.setitem(COMMANDS, Thing.EXPLORE, frozenset({"presets"}))
    panel = await opened(chat, moderator)
    assert offered(panel) == ["links", "avatars", "looking back", "explore"]
    await moderator.select(panel, ["explore"], custom_id="rules:off")
    assert "moderators have switched off exploring" in await say(chat, "!presets")
    answer = await chat.bob.slash(chat.channel, "presets")
    assert answer.ephemeral
    assert answer.response is not None
    assert "moderators have switched off exploring" in answer.response.content


async def test_limits_are_filled_in_and_emptied_again(chat: Chat, moderator: MemberActor) -> None:
    panel = await opened(chat, moderator)
    await filled_in(moderator, panel, "limits", person="3", server=" 40 ", waiting="2", side="512")
    assert await rules(chat) == Rules(
        person_credits=3, server_credits=40, waiting=2, dream_size=512
    )
    for line in ("3 credits", "40 credits", "2 dreams", "512 pixels"):
        assert line in told(panel)
    shown = await moderator.click(panel, custom_id="rules:limits")
    assert shown.modal is not None
    values = [label["component"].get("value") for label in shown.modal["components"]]
    assert values == ["3", "40", "2", "512"]
    await moderator.submit_modal(shown, {})
    assert await rules(chat) == Rules()


@pytest.mark.parametrize(
    ("form", "values", "says"),
    [
        ("limits", {"person": "6"}, "“Credits of each person a day” takes a whole number from 1"),
        ("limits", {"person": "0"}, "from 1 to 5"),
        ("limits", {"server": "-1"}, "from 1 to 50"),
        ("limits", {"waiting": "ten"}, "from 1 to 10"),
        ("limits", {"person": "٣"}, "from 1 to 5"),
        ("limits", {"person": "3", "side": "63"}, "from 64 to 16384"),
        ("gallery", {"stars": "101"}, "from 0 to 100"),
        ("more", {"prefix": "ab"}, "ends in a sign"),
        ("more", {"prefix": "a b!"}, "without blanks"),
        ("more", {"prefix": "/"}, "has no `@`"),
        ("more", {"prefix": "`!"}, "ends in a sign"),
        ("more", {"prefix": "a\u202e!"}, "up to 5 characters"),
    ],
)
async def test_what_cannot_be_is_told_and_changes_nothing(
    chat: Chat, moderator: MemberActor, form: str, values: dict[str, str], says: str
) -> None:
    panel = await opened(chat, moderator)
    before = told(panel)
    answer = await filled_in(moderator, panel, form, **values)
    assert answer.ephemeral
    assert answer.response is not None
    assert says in answer.response.content
    assert answer.response.content.endswith("Nothing was changed.")
    assert await rules(chat) == Rules()
    assert told(panel) == before


async def test_a_gallery_is_a_channel_in_which_the_bot_can_write(
    chat: Chat, moderator: MemberActor, lounge: ChannelHandle
) -> None:
    panel = await opened(chat, moderator)
    await filled_in(moderator, panel, "gallery", channel=[lounge], stars="4")
    assert f"**Gallery** · <#{lounge.id}>, from 4 stars" in told(panel)
    await filled_in(moderator, panel, "gallery", channel=[lounge], stars="0")
    assert f"**Gallery** · <#{lounge.id}>, for what people share" in told(panel)
    await filled_in(moderator, panel, "gallery", stars="4")
    assert "**Gallery** · off" in told(panel)
    locked = chat.alice.guild.create_text_channel(
        "locked",
        overwrites={
            chat.alice.guild.default_role: discord.PermissionOverwrite(send_messages=False)
        },
    )
    answer = await filled_in(moderator, panel, "gallery", channel=[locked], stars="4")
    assert answer.response is not None
    assert f"I can't write in <#{locked.id}>" in answer.response.content
    assert await rules(chat) == Rules()


async def test_channels_of_words_and_of_news_are_chosen_beside_the_prefix(
    chat: Chat, moderator: MemberActor, lounge: ChannelHandle
) -> None:
    panel = await opened(chat, moderator)
    assert "**News of me** · off" in told(panel)
    assert "**Channel for moderators** · none: reports go to the server's owner" in told(panel)
    chosen = {"log": [chat.channel], "news": [lounge]}
    await filled_in(moderator, panel, "more", prefix="?", **chosen)
    assert await rules(chat) == Rules(
        prefix="?", log_channel_id=chat.channel.id, news_channel_id=lounge.id
    )
    assert f"**News of me** · <#{lounge.id}>" in told(panel)
    assert f"**Channel for moderators** · <#{chat.channel.id}>" in told(panel)


async def test_a_role_has_credits_of_its_own_where_everybody_has_fewer(
    chat: Chat, moderator: MemberActor
) -> None:
    guild = chat.alice.guild
    role = guild.create_role("boosters")
    panel = await opened(chat, moderator)
    answer = await filled_in(moderator, panel, "roles", role=[role], credits="2")
    assert answer.response is not None
    assert "Nobody gets more than 5 credits a day from me" in answer.response.content
    await filled_in(moderator, panel, "limits", person="2")
    await filled_in(moderator, panel, "roles", role=[role], credits="2")
    assert f"**Roles** · <@&{role.id}> +2" in told(panel)
    balance = chat.submission.balance
    assert (await balance(1, guild.id)).limit == 2
    assert (await balance(1, guild.id, [role.id])).limit == 4
    assert (await balance(1, None, [role.id])).limit == 5
    await filled_in(moderator, panel, "roles", role=[role], credits="0")
    assert "Roles" not in told(panel)
    everyone = await filled_in(moderator, panel, "roles", role=[guild.default_role], credits="1")
    assert everyone.response is not None
    assert "Everybody has that role" in everyone.response.content


async def test_all_rules_go_once_that_was_asked_and_confirmed(
    chat: Chat, moderator: MemberActor
) -> None:
    await given(chat, Rules(prefix="?", stars=2))
    panel = await opened(chat, moderator)
    await moderator.click(panel, label="Reset…")
    assert panel.embeds[0].title == "Back to how I am everywhere?"
    await moderator.click(panel, label="Keep it")
    assert "**Prefix** · `?`" in told(panel)
    await moderator.click(panel, label="Reset…")
    await moderator.click(panel, label="Reset it all")
    assert "**Prefix** · `!`" in told(panel)
    assert await rules(chat) == Rules()


async def test_an_old_panel_works_after_a_restart(chat: Chat, moderator: MemberActor) -> None:
    panel = await opened(chat, moderator)
    await chat.env.advance_time(3700)
    await chat.restart()
    await moderator.select(panel, [chat.channel], custom_id="rules:channels")
    await moderator.select(panel, ["links"], custom_id="rules:off")
    await moderator.select(panel, ["strokes"], custom_id="rules:preset")
    await moderator.select(panel, ["de"], custom_id="rules:language")
    await filled_in(moderator, panel, "limits", person="3")
    boosters = chat.alice.guild.create_role("boosters")
    await filled_in(moderator, panel, "roles", role=[boosters], credits="2")
    await filled_in(moderator, panel, "more", prefix="?")
    await filled_in(moderator, panel, "gallery", channel=[chat.channel], stars="4")
    assert await rules(chat) == Rules(
        channels=frozenset({chat.channel.id}),
        off=frozenset({Thing.LINKS}),
        preset="strokes",
        locale="de",
        person_credits=3,
        bonuses={boosters.id: 2},
        prefix="?",
        gallery_channel_id=chat.channel.id,
        stars=4,
    )
    assert "**Preset** · Strokes" in told(panel)
    await moderator.click(panel, custom_id="rules:reset")
    await chat.restart()
    await moderator.click(panel, custom_id="rules:show")
    await moderator.click(panel, custom_id="rules:reset")
    await chat.restart()
    await moderator.click(panel, custom_id="rules:reset-yes")
    assert await rules(chat) == Rules()


@pytest.mark.parametrize(
    ("form", "values", "then"),
    [
        ("limits", {"person": "3", "side": "512"}, Rules(person_credits=3, dream_size=512)),
        ("more", {"prefix": "?"}, Rules(prefix="?")),
        ("gallery", {"stars": "4"}, Rules()),
    ],
)
async def test_a_form_that_was_open_over_a_restart_is_read(
    chat: Chat, moderator: MemberActor, form: str, values: dict[str, str], then: Rules
) -> None:
    panel = await opened(chat, moderator)
    shown = await moderator.click(panel, custom_id=f"rules:{form}")
    await chat.restart()
    await moderator.submit_modal(shown, values)
    assert await rules(chat) == then
    assert "How I dream" in (panel.embeds[0].title or "")


async def test_what_a_form_says_is_refused_after_a_restart_as_before(
    chat: Chat, moderator: MemberActor
) -> None:
    panel = await opened(chat, moderator)
    shown = await moderator.click(panel, custom_id="rules:roles")
    await chat.restart()
    role = chat.alice.guild.create_role("boosters")
    answer = await moderator.submit_modal(shown, {"role": [role], "credits": "2"})
    assert answer.ephemeral
    assert answer.response is not None
    assert "Nobody gets more than 5 credits a day from me" in answer.response.content
    assert await rules(chat) == Rules()


async def test_nobody_else_gets_in(chat: Chat, moderator: MemberActor) -> None:
    assert not [name for name in chat.bob.available_commands(chat.channel) if "dreams" in name]
    # Whoever administers the server may offer the command to others: they are refused all the same.
    guild = chat.alice.guild
    [command] = [each for each in await chat.bot.tree.fetch_commands() if each.name == "dreams"]
    guild.set_command_permissions(command, {chat.bob: True})
    answer = await chat.bob.slash(chat.channel, "dreams settings")
    assert answer.ephemeral
    assert answer.response is not None
    assert answer.response.content == words.not_in_charge_of_server()


async def test_who_is_no_moderator_any_more_changes_nothing(
    chat: Chat, moderator: MemberActor
) -> None:
    panel, question = await opened(chat, moderator), await opened(chat, moderator)
    await moderator.click(question, custom_id="rules:reset")
    forms = [await moderator.click(panel, custom_id=f"rules:{form}") for form in FORMS]
    written = {"role": [chat.alice.guild.create_role("boosters")]}
    guild = chat.bot.get_guild(moderator.guild.id)
    assert guild is not None
    [may] = [role for role in guild.roles if role.name == "moderators"]
    await may.edit(permissions=discord.Permissions.none())
    selects: dict[str, list[Any]] = {
        "rules:channels": [chat.channel],
        "rules:off": ["links"],
        "rules:preset": ["strokes"],
        "rules:language": ["de"],
    }
    buttons = [each for each in controls(panel) if each not in selects]
    for answer in (
        *[await moderator.select(panel, chosen, custom_id=c) for c, chosen in selects.items()],
        *[await moderator.click(panel, custom_id=custom_id) for custom_id in buttons],
        *[await moderator.click(question, custom_id=c) for c in controls(question)],
        *[
            await moderator.submit_modal(form, written if what == "roles" else {})
            for what, form in zip(FORMS, forms, strict=True)
        ],
    ):
        assert answer.modal is None
        assert answer.response is not None
        assert answer.response.content == words.not_in_charge_of_server()
    assert await rules(chat) == Rules()
    assert "How I dream" in (panel.embeds[0].title or "")


async def test_typed_it_says_how_to_ask(chat: Chat) -> None:
    for text in ("!dreams", "!dreams settings"):
        assert await say(chat, text) == "Type `/dreams settings`: only you see the panel then."


# What the rules do


async def test_a_servers_prefix_takes_the_place_of_the_bots(chat: Chat) -> None:
    await given(chat, Rules(prefix="?"))
    chat.expected = (*chat.expected, commands.BadArgument)
    await chat.bob.send(chat.channel, "!help")
    assert chat.answers() == []
    await chat.bob.send(chat.channel, "?help")
    [card] = chat.answer().embeds
    assert "`?dream` with a picture" in (card.description or "")
    assert "`?help`" in await say(chat, "?mention perhaps")


async def test_a_mention_always_works_and_so_do_direct_messages(chat: Chat) -> None:
    await given(chat, Rules(prefix="?"))
    assert "seed" in await say(chat, f"{chat.me.mention} dream", CAT)
    await chat.bob.send_dm("!help")
    [card] = chat.answer(chat.bob.user.dm_channel).embeds
    assert "`!dream` with a picture" in (card.description or "")


async def test_dreams_are_kept_to_channels_and_their_threads(
    chat: Chat, lounge: ChannelHandle
) -> None:
    await given(chat, Rules(channels=frozenset({lounge.id})))
    assert await say(chat, "!dream", CAT) == f"Not in this channel: ask me in <#{lounge.id}>."
    slash = await chat.bob.slash(chat.channel, "dream", image=CAT)
    assert slash.ephemeral
    assert slash.response is not None
    assert f"<#{lounge.id}>" in slash.response.content
    for name in ("help", "quota", "history"):
        answer = await chat.bob.slash(chat.channel, name)
        assert answer.response is not None
        assert "Not in this channel" not in answer.response.content
    assert "Not in this channel" in await say(chat, "!presets")
    assert await say(chat, "!cancel") == "You have no dream that waits or runs."
    await chat.bob.send(lounge, "!dream", attachments=[CAT])
    assert "seed" in (await chat.result(lounge)).content
    place = chat.bot.get_channel(lounge.id)
    assert isinstance(place, discord.TextChannel)
    await place.create_thread(name="night", type=discord.ChannelType.public_thread)
    [thread] = lounge.threads
    await chat.bob.send(thread, "!dream", attachments=[CAT])
    assert "seed" in (await chat.result(thread)).content
    await dreamt_privately(chat)


async def test_a_refusal_names_no_channel_that_one_cannot_see(chat: Chat) -> None:
    guild = chat.alice.guild
    hidden = guild.create_text_channel(
        "secret",
        overwrites={guild.default_role: discord.PermissionOverwrite(view_channel=False)},
    )
    await given(chat, Rules(channels=frozenset({hidden.id, 1})))
    assert "none of which you can see" in await say(chat, "!dream", CAT)


async def test_a_dream_that_names_no_preset_has_the_servers(chat: Chat) -> None:
    await given(chat, Rules(preset="strokes"))
    assert "**Strokes**" in await say(chat, "!dream", CAT)
    assert "**Classic**" in await say(chat, "!dream classic", CAT)
    await given(chat, Rules(preset="gone from the catalogue"))
    assert "**Classic**" in await say(chat, "!dream", CAT)


async def test_dreams_are_no_larger_than_the_server_has_them(chat: Chat) -> None:
    await given(chat, Rules(dream_size=320))
    assert "seed" in await say(chat, "!dream", CAT)
    assert "at 320 pixels, as large as I can" in await say(chat, "!dream size=500", CAT)
    assert chat.sizes() == [(320, 240), (320, 240)]


async def test_a_person_has_fewer_credits_there_and_all_elsewhere(chat: Chat) -> None:
    await given(chat, Rules(person_credits=1))
    assert "seed" in await say(chat, "!dream", CAT)
    refusal = await say(chat, "!dream", CAT)
    assert "You've used up your 1 credit of today" in refusal
    assert refusal.endswith("That is what this server gives each person a day.")
    await dreamt_privately(chat)
    assert (await chat.submission.balance(chat.bob.id)).left == 3


async def test_what_was_used_elsewhere_counts_against_the_bots_limit_alone(chat: Chat) -> None:
    await given(chat, Rules(person_credits=4))
    await dreamt_privately(chat, 3)
    here = await chat.submission.balance(chat.bob.id, chat.alice.guild.id)
    assert (here.used, here.limit, here.left) == (3, 5, 2)


async def test_fewer_wait_in_the_line(chat: Chat) -> None:
    await given(chat, Rules(waiting=1))
    chat.pool.gate.clear()
    for _ in range(2):
        await chat.bob.send(chat.channel, "!dream", attachments=[CAT])
        await chat.until(lambda: chat.pool.seen)
    await chat.bob.send(chat.channel, "!dream", attachments=[CAT])
    await chat.until(lambda: "I keep no more than 1" in chat.answers()[-1].content)
    chat.pool.gate.set()


@pytest.mark.parametrize(
    ("off", "text", "says"),
    [
        (Thing.LINKS, "!dream https://example.com/cat.png", "pictures behind links"),
        (Thing.AVATARS, "!dream avatar", "dreams of avatars"),
        (Thing.LOOKING_BACK, "!dream", "that I look for the newest picture"),
    ],
)
async def test_what_is_switched_off_is_refused_by_name(
    chat: Chat, off: Thing, text: str, says: str
) -> None:
    await chat.alice.send(chat.channel, "look", attachments=[CAT])
    await given(chat, Rules(off=frozenset({off})))
    assert f"This server's moderators have switched off {says}" in await say(chat, text)
    await given(chat, Rules(off=frozenset(Thing) - {off}))
    assert "moderators" not in await say(chat, text)


async def test_answers_are_in_the_servers_language_unless_ones_own_is_known(chat: Chat) -> None:
    await given(chat, Rules(locale="de"))
    assert "gibt es nicht" in await say(chat, "!dream strokse", CAT)
    await chat.bot.parts.preferences.note_locale(chat.bob.id, "en-GB")
    assert "There is no preset" in await say(chat, "!dream strokse", CAT)


async def test_moderators_are_told_once_a_day_that_the_servers_credits_are_gone(
    chat: Chat, lounge: ChannelHandle
) -> None:
    await given(chat, Rules(server_credits=1, log_channel_id=lounge.id, locale="de"))
    await chat.bot.parts.preferences.note_locale(chat.bob.id, "en")
    assert "seed" in await say(chat, "!dream", CAT)
    for _ in range(2):
        assert "This server has used up its 1 credit" in await say(chat, "!dream", CAT)
    slash = await chat.bob.slash(chat.channel, "dream", image=CAT)
    assert slash.acknowledged
    await chat.settled()
    answer = chat.answer(lounge)
    assert answer.content.startswith("Dieser Server hat für heute alles verbraucht (1 Credit)")
    [(_, body)] = chat.asked("POST", f"/channels/{lounge.id}/messages")
    assert body["allowed_mentions"]["parse"] == []


async def test_a_dream_that_costs_more_than_a_day_has_is_no_news(
    chat: Chat, lounge: ChannelHandle
) -> None:
    await given(chat, Rules(server_credits=1, log_channel_id=lounge.id))
    assert "more than the 1" in await say(chat, "!dream iterations=40", CAT)
    await chat.settled()
    assert chat.answers(lounge) == []


async def test_a_log_channel_that_is_gone_troubles_nobody(chat: Chat) -> None:
    await given(chat, Rules(server_credits=1, log_channel_id=1))
    await log_channel.tell_used_up(chat.bot, chat.bot.guilds[0])
    assert await say(chat, "!help") is not None


async def test_rules_stay_when_the_bot_is_kicked(chat: Chat) -> None:
    await given(chat, Rules(prefix="?"))
    guild = chat.bot.guilds[0]
    chat.bot.dispatch("guild_remove", guild)
    await chat.settled()
    async with chat.database.transaction() as session:
        row = await session.get(GuildRow, guild.id)
    assert row is not None
    assert row.left_at is not None
    assert row.prefix == "?"


async def test_over_real_sockets_a_moderator_sets_rules_in_her_own_language(
    tmp_path: Path,
) -> None:
    async with open_town(tmp_path) as town:
        who = town.box.persons[1]
        grace = Hand(town.box.api, town.box.channel, who.token)
        await town.control("language", user=str(who.id), locale="de")
        async with listening(town.box, who.token) as gateway:
            command = await grace.command("dreams")
            settings = {"name": "settings", "type": 1, "options": []}
            chosen = {"id": command["id"], "name": "dreams", "type": 1, "options": [settings]}
            await grace.act(2, chosen)
            panel = await gateway.next("MESSAGE_CREATE")
            assert panel["embeds"][0]["title"] == "Wie ich auf diesem Server träume"
            assert panel["flags"] & 64, "others see it"
            channels = {"component_type": 8, "custom_id": "rules:channels"}
            here = str(town.box.channel)
            await grace.act(3, {**channels, "values": [here]}, message_id=panel["id"])
            panel = await gateway.next("MESSAGE_UPDATE")
            select = panel["components"][0]["components"][0]
            assert select["default_values"] == [{"id": here, "type": "channel"}]
            limits = {"component_type": 2, "custom_id": "rules:limits"}
            await grace.act(3, limits, message_id=panel["id"])
            form = await gateway.next("INTERACTION_MODAL_CREATE")
            person = {"type": 4, "custom_id": "person", "value": "3"}
            filled = [{"type": 18, "component": person}]
            form = {"id": form["id"], "custom_id": form["custom_id"], "components": filled}
            await grace.act(5, form)
            panel = await gateway.next("MESSAGE_UPDATE")
            assert "**Jede Person am Tag** · 3 Credits" in str(panel["embeds"][0]["fields"])
        await grace.client.aclose()
