"""A dream that somebody minds is told to its server's moderators, who can delete it."""

from dataclasses import replace

import discord
import pytest
from simcord.builders import ChannelHandle

from tests.bot.chat import Chat, picture
from tests.bot.commands.test_buttons import dreamt, said

CAT = ("cat.png", picture())


@pytest.fixture
async def office(chat: Chat) -> ChannelHandle:
    """Where the moderators want to be told."""
    office = chat.alice.guild.create_text_channel("office")
    await chat.bot.parts.guilds.change(
        chat.alice.guild.id, lambda rules: replace(rules, log_channel_id=office.id)
    )
    return office


async def report(chat: Chat, dream: discord.Message, reason: str = "") -> str:
    """What Bob is told when he reports it."""
    form = await chat.bob.click(dream, label="Report")
    return said(await chat.bob.submit_modal(form, {"reason": reason}))


async def test_moderators_are_told_who_reports_what_and_why(
    chat: Chat, office: ChannelHandle
) -> None:
    dream = await dreamt(chat)
    assert "Thank you" in await report(chat, dream, "it has\\nteeth @everyone `x`")
    [told] = chat.answers(office)
    assert told.content.startswith(f"🚩 <@{chat.bob.id}> reports a dream of <@{chat.alice.id}>")
    assert dream.jump_url in told.content
    assert "@everyone" in told.content
    [(_, posted)] = chat.asked("POST", f"/channels/{office.id}/messages")
    assert posted["allowed_mentions"] == {"parse": []}


async def test_one_person_reports_a_dream_once(chat: Chat, office: ChannelHandle) -> None:
    dream = await dreamt(chat)
    await report(chat, dream)
    await chat.restart()
    assert "already" in await report(chat, dream)
    assert len(chat.answers(office)) == 1


async def test_a_moderator_deletes_it_from_where_they_are_told(
    chat: Chat, office: ChannelHandle
) -> None:
    await report(chat, await dreamt(chat))
    [told] = chat.answers(office)
    assert "isn't yours to delete" in said(await chat.bob.click(told, label="Delete"))
    role = chat.alice.guild.create_role(
        "moderators", permissions=discord.Permissions(manage_messages=True)
    )
    moderator = chat.alice.guild.add_member(chat.env.create_user("carol"), roles=[role])
    asked = await moderator.click(told, label="Delete")
    assert asked.response is not None
    await moderator.click(asked.response, label="Delete")
    assert chat.dreams() == []
    assert chat.answers(office) == []


async def test_without_a_channel_for_that_the_servers_owner_is_told(chat: Chat) -> None:
    dream = await dreamt(chat)
    assert "Thank you" in await report(chat, dream, "teeth")
    owner = chat.env.backend.get_guild(chat.alice.guild.id).owner_id
    [(_, opened)] = chat.asked("POST", "/users/@me/channels")
    assert int(opened["recipient_id"]) == owner


async def test_a_servers_owner_deletes_it_from_where_they_are_told(chat: Chat) -> None:
    guild = chat.bot.get_guild(chat.alice.guild.id)
    assert guild is not None
    guild.owner_id = chat.bob.id
    dream = await dreamt(chat)
    carol = chat.alice.guild.add_member(chat.env.create_user("carol"))
    form = await carol.click(dream, label="Report")
    await carol.submit_modal(form, {"reason": ""})
    private = chat.bob.user.dm_channel
    [told] = chat.answers(private)
    assert dream.jump_url in told.content
    asked = await chat.bob.user.click(told, label="Delete")
    assert asked.response is not None
    await chat.bob.user.click(asked.response, label="Delete")
    assert chat.dreams() == []
    assert chat.answers(private) == []


async def test_who_owns_the_server_no_more_deletes_nothing_there(chat: Chat) -> None:
    guild = chat.bot.get_guild(chat.alice.guild.id)
    assert guild is not None
    owner, guild.owner_id = guild.owner_id, chat.bob.id
    dream = await dreamt(chat)
    await report(chat, dream)
    [told] = chat.answers(chat.bob.user.dm_channel)
    guild.owner_id = owner
    assert "isn't yours to delete" in said(await chat.bob.user.click(told, label="Delete"))
    assert chat.dreams() == [dream]


async def test_whom_nobody_hears_may_report_again(chat: Chat, office: ChannelHandle) -> None:
    dream = await dreamt(chat)
    chat.env.inject_error("POST", f"/channels/{office.id}/*", status=403, code=50013, times=1)
    assert "I can't reach the moderators" in await report(chat, dream)
    assert "Thank you" in await report(chat, dream)


async def test_in_direct_messages_there_is_nobody_to_tell(chat: Chat) -> None:
    private = chat.alice.user.dm_channel
    files = chat.env.backend.store_attachments(private.id, [CAT])
    await chat.alice.send_dm("!dream", attachments=files)
    await chat.until(lambda: chat.dreams(private))
    told = await chat.alice.user.click(chat.dreams(private)[0], label="Report")
    assert "no moderators here" in said(told)
