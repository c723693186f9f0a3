"""Presets that people save: kept, dreamt with, shared, taken over, given to servers, refused."""

import json
from dataclasses import replace
from pathlib import Path

import discord
import pytest
from discord.ext import commands
from simcord.actors import MemberActor
from simcord.results import InteractionResult

from bot.commands import wishing
from bot.database import DatabaseAway, retention
from bot.database.ledger import Act
from bot.presets import Presets
from dream import Recipe, preset
from tests.bot.chat import Chat, open_chat, picture
from tests.bot.commands.test_buttons import (
    another,
    dreamt,
    filled,
    form,
    job_of,
    press,
    pressed,
    said,
    tweaked,
)

CAT = ("cat.png", picture())
DOG = ("dog.png", picture((40, 30)))


async def says(
    chat: Chat, typed: str, *, by: MemberActor | None = None, to: discord.Message | None = None
) -> str:
    """The bot's answer to a command."""
    await (by or chat.alice).send(chat.channel, typed, reply_to=to)
    last = chat.answers()[-1]
    return last.content or str(last.embeds[0].description)


async def saved(chat: Chat, name: str, asked: str = "!dream eyes strength=0.5 seed=7") -> str:
    """Alice saves a dream of hers: the answer."""
    await dreamt(chat, asked)
    return await says(chat, f"!preset save {name}")


async def opened(chat: Chat, result: discord.Message, by: MemberActor) -> InteractionResult:
    """The form under a dream's recipe."""
    recipe = await press(chat, "Recipe", result, by)
    assert recipe.response is not None
    shown = await by.click(recipe.response, label="Save as a preset")
    assert shown.modal is not None
    return shown


async def block(chat: Chat, who: MemberActor) -> None:
    now = discord.utils.utcnow()
    act = Act(1, who.id, chat.alice.guild.id, chat.bob.id, "enough", now)
    await chat.bot.parts.acts.block(act, None)


def person(chat: Chat, name: str, *, manages: bool = False) -> MemberActor:
    guild = chat.alice.guild
    roles = []
    if manages:
        may = discord.Permissions(manage_guild=True)
        roles.append(guild.create_role(f"{name}s", permissions=may))
    chat.people[name] = guild.add_member(chat.env.create_user(name), roles=roles)
    return chat.people[name]


async def offered(chat: Chat, command: str, option: str, typed: str = "") -> list[str]:
    shown = await chat.alice.autocomplete(chat.channel, command, option, typed)
    assert all(len(choice["name"]) <= 100 for choice in shown)
    return [choice["value"] for choice in shown]


# Saving


async def test_the_newest_dream_is_saved_and_dreamt_with_by_its_name(chat: Chat) -> None:
    told = await saved(chat, "Night  Fur")
    assert told == "Saved. `!dream night-fur` dreams with it from now on."
    result = await dreamt(chat, "!dream NIGHT-fur seed=9 size=40")
    first, second = chat.pool.seen
    assert second == first.with_(seed=9, size=40)
    assert result.content.startswith("✦ **night-fur** · seed `9`")
    assert result.attachments[0].filename == "dream-night-fur-9.png"
    assert "night-fur" in str(result.attachments[0].description)


async def test_by_a_reply_that_dream_is_saved_whosever_it_is(chat: Chat) -> None:
    theirs = await dreamt(chat, "!dream strokes", by=chat.bob)
    await dreamt(chat, "!dream eyes")
    assert "Saved" in await says(chat, "!preset save inked", to=theirs)
    await dreamt(chat, "!dream inked")
    assert chat.pool.seen[-1].layer == preset("strokes").recipe.layer


async def test_anybody_saves_by_the_button_also_over_a_restart(chat: Chat) -> None:
    result = await dreamt(chat, "!dream strokes strength=0.5")
    shown = await opened(chat, result, chat.bob)
    await chat.restart()
    told = await chat.bob.submit_modal(shown, {"name": "inked"})
    assert told.ephemeral
    assert "`!dream inked`" in said(told)
    await dreamt(chat, "!dream inked", by=chat.bob)
    assert chat.pool.seen[-1].strength == 0.5
    assert "no preset called" in await says(chat, "!dream inked")


async def test_a_dream_that_is_forgotten_meanwhile_has_nothing_to_save(chat: Chat) -> None:
    result = await dreamt(chat)
    shown = await opened(chat, result, chat.alice)
    job = await job_of(chat, result)
    async with chat.database.transaction() as session:
        await retention.remove(session, [job.id])
    told = await chat.alice.submit_modal(shown, {"name": "inked"})
    assert "I know nothing of that dream any more" in said(told)


async def test_what_is_of_one_picture_is_not_kept_and_that_is_said(chat: Chat) -> None:
    await dreamt(chat, "!dream eyes guide mask size=32", CAT, DOG, DOG)
    told = await says(chat, "!preset save masked")
    assert "Without the guide" in told
    assert "Without the mask" in told
    await dreamt(chat, "!dream masked")
    recipe = chat.pool.seen[-1]
    assert (recipe.guide, recipe.mask, recipe.size) == (None, None, None)


async def test_what_came_of_noise_is_dreamt_on_pictures_and_on_noise(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!noise eyes seed=3")
    await another(chat, set())
    assert "Saved" in await says(chat, "!preset save mist")
    await dreamt(chat, "!dream mist")
    assert chat.pool.seen[-1].start == "picture"
    before = {each.id for each in chat.dreams()}
    await chat.alice.send(chat.channel, "!noise mist")
    made = await another(chat, before)
    assert "mist" in made.content
    assert chat.pool.seen[-1].layer == preset("eyes").recipe.layer


async def test_a_sheet_is_no_preset(chat: Chat) -> None:
    sheet = await dreamt(chat, "!explore")
    assert "only a dream has" in await says(chat, "!preset save four", to=sheet)
    assert "I found no dream of yours to save" in await says(chat, "!preset save four")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("eyes", "means something"),
        ("EYES", "means something"),
        ("guide", "means something"),
        ("avatar", "means something"),
        ("layers", "means something"),
        ("a/b", "one word of letters"),
        ("<@123>", "one word of letters"),
        ("**bold**", "one word of letters"),
        ("-fur", "one word of letters"),
        ("\x00", "one word of letters"),
    ],
)
async def test_what_can_not_be_a_name_is_refused(chat: Chat, name: str, why: str) -> None:
    result = await dreamt(chat)
    shown = await opened(chat, result, chat.alice)
    assert why in said(await chat.alice.submit_modal(shown, {"name": name}))
    assert await offered(chat, "preset delete", "name") == []


async def test_a_name_has_an_end(chat: Chat) -> None:
    assert "with up to 32 characters" in await saved(chat, "x" * 33)
    assert "Saved" in await says(chat, f"!preset save {'x' * 32}")


async def test_letters_of_any_language_make_a_name(chat: Chat) -> None:
    assert "`!dream süße-2`" in await saved(chat, "SÜßE-2")
    result = await dreamt(chat, "!dream süße-2")
    assert "**süße-2**" in result.content


async def test_a_name_is_taken_but_by_the_same_recipe(chat: Chat) -> None:
    await saved(chat, "fog")
    assert "Saved" in await says(chat, "!preset save FOG")
    assert "You have another preset called `fog`" in await saved(chat, "fog", "!dream strokes")


async def test_there_is_room_for_so_many(tmp_path: Path) -> None:
    async with open_chat(tmp_path, saved_presets=2) as chat:
        await saved(chat, "one")
        assert "Saved" in await says(chat, "!preset save two")
        assert "You have 2 presets, as many as" in await says(chat, "!preset save three")
        assert "is deleted" in await says(chat, "!preset delete one")
        assert "Saved" in await says(chat, "!preset save three")


async def test_who_may_not_dream_may_not_save_or_share(chat: Chat) -> None:
    await saved(chat, "fog")
    shown = await opened(chat, chat.dreams()[0], chat.alice)
    await block(chat, chat.alice)
    for typed in ("!preset save two", "!preset share fog", "!preset take fog"):
        assert "since you can't dream here" in await says(chat, typed)
    told = await chat.alice.submit_modal(shown, {"name": "two"})
    assert "since you can't dream here" in said(told)
    assert "is deleted" in await says(chat, "!preset delete fog"), "what is theirs they may delete"


async def test_without_a_dream_one_learns_how(chat: Chat) -> None:
    assert "reply to one with `!preset save`" in await says(chat, "!preset save fog")
    words = await chat.alice.send(chat.channel, "words")
    assert "isn't a finished dream" in await says(chat, "!preset save fog", to=words)


# Dreaming with them


async def test_ones_own_are_offered_first_then_the_servers_then_the_catalogue(chat: Chat) -> None:
    mod = person(chat, "mod", manages=True)
    await dreamt(chat, by=mod)
    await says(chat, "!preset save zebra", by=mod)
    await says(chat, "!preset server zebra", by=mod)
    await saved(chat, "yarn")
    for command in ("dream", "noise", "tour", "explore"):
        assert (await offered(chat, command, "preset"))[:3] == ["yarn", "zebra", "classic"]
    assert await offered(chat, "dream", "preset", "ZEB") == ["zebra"]
    assert "fire6/concat" in await offered_layers(chat, "yarn")


async def offered_layers(chat: Chat, name: str) -> list[str]:
    shown = await chat.alice.autocomplete(
        chat.channel, "dream", "layer", "fire", preset=name, image=CAT
    )
    return [choice["value"] for choice in shown]


async def test_ones_own_goes_before_the_servers_of_that_name(chat: Chat) -> None:
    mod = person(chat, "mod", manages=True)
    await dreamt(chat, "!dream strokes", by=chat.bob)
    theirs = chat.dreams()[-1]
    await says(chat, "!preset save fog", by=mod, to=theirs)
    await says(chat, "!preset server fog", by=mod)
    await dreamt(chat, "!dream fog")
    assert chat.pool.seen[-1].layer == preset("strokes").recipe.layer
    await saved(chat, "fog")
    await dreamt(chat, "!dream fog")
    assert chat.pool.seen[-1].layer == preset("eyes").recipe.layer
    await dreamt(chat, "!dream fog", by=chat.bob)
    assert chat.pool.seen[-1].layer == preset("strokes").recipe.layer


async def test_slash_commands_know_it_and_others_do_not(chat: Chat) -> None:
    await saved(chat, "fog")
    before = {each.id for each in chat.dreams()}
    await chat.alice.slash(chat.channel, "dream", image=CAT, preset="fog")
    assert "**fog**" in (await another(chat, before)).content
    told = await chat.bob.slash(chat.channel, "dream", image=CAT, preset="fog")
    assert "There is no preset called “fog”" in said(told)


async def test_a_misspelt_name_of_ones_own_is_suggested(chat: Chat) -> None:
    await saved(chat, "midnight")
    assert "Nearest: midnight" in await says(chat, "!dream midnihgt")
    assert "midnight" not in await says(chat, "!dream midnihgt", by=chat.bob)


async def test_one_whose_network_is_missing_is_refused_by_name(chat: Chat) -> None:
    await saved(chat, "fog")
    (chat.networks / "squeezenet_v1.1.caffemodel").unlink()
    assert "**fog** needs the network squeezenet" in await says(chat, "!dream fog")


async def test_while_the_database_is_slow_the_catalogue_is_offered(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise DatabaseAway("as if")

    chat.expected += (DatabaseAway,)
    monkeypatch.setattr(Presets, "styles", away)
    assert (await offered(chat, "dream", "preset"))[0] == "classic"
    assert await offered(chat, "preset delete", "name") == []
    told = await chat.alice.slash(chat.channel, "dream", image=CAT, preset="eyes")
    assert "few minutes" in said(told)
    monkeypatch.setattr(wishing, "LOOK_SECONDS", 0.0)
    told = await chat.alice.slash(chat.channel, "dream", image=CAT, preset="eyes")
    assert "few minutes" in said(told)


# What is under a dream of one


async def test_buttons_go_on_with_its_recipe_after_it_was_deleted_and_after_a_restart(
    chat: Chat,
) -> None:
    await saved(chat, "fog")
    result = await dreamt(chat, "!dream fog seed=8")
    await says(chat, "!preset delete fog")
    await chat.restart()
    for label in ("Again", "Deeper", "Stronger"):
        made = await pressed(chat, label, result)
        assert "**fog**" in made.content
        assert chat.pool.seen[-1].layer == preset("eyes").recipe.layer
    assert "fog" in await says(chat, "!history")
    child = await tweaked(chat, result, iterations="3")
    assert "**fog**" in child.content
    assert chat.pool.seen[-1].iterations == 3
    assert "no preset called" in await says(chat, "!dream fog")


async def test_the_recipe_names_it_to_those_who_have_it_and_else_what_comes_nearest(
    chat: Chat,
) -> None:
    await saved(chat, "fog")
    result = await dreamt(chat, "!dream fog seed=8")
    own = await press(chat, "Recipe", result)
    assert "```!dream fog seed=8```" in said(own)
    assert "comes close" not in said(own)
    theirs = await press(chat, "Recipe", result, chat.bob)
    assert "```!dream eyes strength=0.5 seed=8```" in said(theirs)
    assert "comes close" not in said(theirs)
    assert own.response is not None
    [file] = own.response.attachments
    data = chat.env.backend.cdn.get(file.url)
    assert data is not None
    assert Recipe(**{k: v for k, v in json.loads(data).items() if k != "version"}).seed == 8


async def test_the_form_takes_its_name_and_empties_to_its_choices(chat: Chat) -> None:
    await saved(chat, "fog")
    result = await dreamt(chat, "!dream strokes seed=5")
    await tweaked(chat, result, preset="Fog")
    assert chat.pool.seen[-1].with_(seed=7) == chat.pool.seen[0]
    changed = await dreamt(chat, "!dream fog strength=1.5")
    await tweaked(chat, changed, strength="")
    assert chat.pool.seen[-1].strength == 0.5
    shown = await form(chat, result)
    told = await chat.alice.submit_modal(shown, filled(shown) | {"preset": "fgo"})
    assert "Nearest: fog" in said(told)


async def test_sheets_are_made_of_it(chat: Chat) -> None:
    await saved(chat, "fog")
    sheet = await dreamt(chat, "!explore fog")
    assert "fog" in sheet.content
    assert chat.pool.sheets[-1].stops[0][1].strength == 0.5
    made = await pressed(chat, "1 large", sheet)
    assert "**fog**" in made.content


# Sharing


async def test_what_is_shared_is_listed_with_its_owner_and_copied(chat: Chat) -> None:
    await saved(chat, "fog")
    assert "Nobody shares a preset called `fog`" in await says(
        chat, "!preset take fog", by=chat.bob
    )
    assert "Everybody can see `fog`" in await says(chat, "!preset share fog")
    listed = await says(chat, "!preset list", by=chat.bob)
    assert f"`fog` · <@{chat.alice.id}>" in listed
    assert "You have none yet" in listed
    [body] = [body for _, body in chat.asked("POST", "/messages") if body.get("embeds")]
    assert body.get("allowed_mentions", {"parse": []})["parse"] == []
    assert "`fog` is yours too now" in await says(chat, "!preset take FOG", by=chat.bob)
    await dreamt(chat, "!dream fog", by=chat.bob)
    assert chat.pool.seen[-1].strength == 0.5
    assert "yours alone" in await says(chat, "!preset share fog off")
    carol = person(chat, "carol")
    assert "Nobody shares" in await says(chat, "!preset take fog", by=carol)
    assert "`fog`" in await says(chat, "!preset list", by=chat.bob), "the copy stays"


async def test_of_several_with_one_name_one_says_whose(chat: Chat) -> None:
    carol = person(chat, "carol")
    await saved(chat, "fog")
    theirs = await dreamt(chat, "!dream strokes", by=chat.bob)
    await says(chat, "!preset save fog", by=chat.bob, to=theirs)
    for who in (chat.alice, chat.bob):
        await says(chat, "!preset share fog", by=who)
    told = await says(chat, "!preset take fog", by=carol)
    assert f"<@{chat.alice.id}>" in told
    assert f"<@{chat.bob.id}>" in told
    shown = await carol.autocomplete(chat.channel, "preset take", "name", "F")
    assert [choice["value"] for choice in shown] == ["fog"]
    assert "yours too" in await says(chat, f"!preset take fog <@{chat.bob.id}>", by=carol)
    await dreamt(chat, "!dream fog", by=carol)
    assert chat.pool.seen[-1].layer == preset("strokes").recipe.layer
    await says(chat, "!preset delete fog", by=carol)
    told_privately = await carol.slash(
        chat.channel, "preset take", name="fog", person=chat.alice.user
    )
    assert told_privately.ephemeral
    assert "yours too" in said(told_privately)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("!preset delete fog", "You have no preset called `fog`"),
        ("!preset share fog", "You have no preset called `fog`"),
        ("!preset delete @everyone`**x**", "no preset called `@everyone´**x**`"),
        ("!preset share fog perhaps", "I didn't understand that"),
        ("!preset save", "I didn't understand that"),
        ("!preset server fog", "manage"),
        ("!preset server fog off", "manage"),
    ],
)
async def test_what_is_not_ones_own_is_refused(chat: Chat, typed: str, why: str) -> None:
    chat.expected += (commands.UserInputError,)
    await saved(chat, "fog")
    assert why in await says(chat, typed, by=chat.bob)
    assert await offered(chat, "preset delete", "name") == ["fog"]


# Servers


async def test_the_form_works_where_dreams_may_not_be_asked_for(chat: Chat) -> None:
    other = chat.alice.guild.create_text_channel("other")
    guilds, guild_id = chat.bot.parts.guilds, chat.alice.guild.id
    await guilds.change(guild_id, lambda now: replace(now, channels=frozenset({other.id})))
    told = await chat.alice.slash(chat.channel, "preset list")
    assert told.ephemeral
    assert told.response is not None
    assert "You have none yet" in str(told.response.embeds[0].description)
    assert f"<#{other.id}>" in await says(chat, "!preset")


async def test_who_manages_a_server_gives_it_one_and_takes_it_away(chat: Chat) -> None:
    mod = person(chat, "mod", manages=True)
    await dreamt(chat, "!dream eyes strength=0.5", by=mod)
    await says(chat, "!preset save fog", by=mod)
    assert "You have no preset called `mist`" in await says(chat, "!preset server mist", by=mod)
    assert "Everybody on this server" in await says(chat, "!preset server fog", by=mod)
    assert "`fog`" in await says(chat, "!preset")
    await says(chat, "!preset delete fog", by=mod)
    await dreamt(chat, "!dream fog")
    assert chat.pool.seen[-1].strength == 0.5
    assert "isn't among" in await says(chat, "!preset server fog off", by=mod)
    assert "This server has no preset called" in await says(chat, "!preset server fog off", by=mod)
    assert "no preset called" in await says(chat, "!dream fog")


async def test_a_server_has_one_of_a_name_and_room_for_so_many(tmp_path: Path) -> None:
    async with open_chat(tmp_path, saved_presets=1) as chat:
        first, second = person(chat, "mod", manages=True), person(chat, "other", manages=True)
        await dreamt(chat, "!dream eyes", by=chat.bob)
        eyes = chat.dreams()[-1]
        await says(chat, "!preset save fog", by=first, to=eyes)
        assert "Everybody on" in await says(chat, "!preset server fog", by=first)
        strokes = await dreamt(chat, "!dream strokes", by=chat.bob)
        await says(chat, "!preset save fog", by=second, to=strokes)
        assert "has another preset called `fog`" in await says(
            chat, "!preset server fog", by=second
        )
        await says(chat, "!preset delete fog", by=second)
        await says(chat, "!preset save mist", by=second, to=strokes)
        assert "This server has 1 preset, as many" in await says(
            chat, "!preset server mist", by=second
        )


async def test_in_direct_messages_there_is_no_server_to_give_to(chat: Chat) -> None:
    await chat.alice.send_dm("!preset server fog")
    assert "no server here" in chat.answers(chat.alice.user.dm_channel)[-1].content


# Being forgotten


async def test_whoever_is_forgotten_leaves_the_server_what_they_gave_without_their_id(
    chat: Chat,
) -> None:
    mod = person(chat, "mod", manages=True)
    await dreamt(chat, by=mod)
    await says(chat, "!preset save fog", by=mod)
    await says(chat, "!preset server fog", by=mod)
    await says(chat, "!preset share fog", by=mod)
    assert "**2 presets** that you have saved" in await says(chat, "!forget", by=mod)
    await chat.forgetting.forget(mod.id)
    assert "Nobody shares" in await says(chat, "!preset take fog")
    styles = await chat.bot.parts.presets.styles(mod.id, chat.alice.guild.id)
    assert [(each.name, each.holder, each.given_by) for each in styles.saved] == [
        ("fog", "guild", None)
    ]


async def test_in_german_all_of_it_is_german(chat: Chat) -> None:
    await saved(chat, "fog")
    await chat.bot.parts.preferences.note_locale(chat.alice.id, "de")
    assert "Gespeichert." in await says(chat, "!preset save nebel")
    listed = await says(chat, "!preset")
    assert "**Deine**\n`fog` · `nebel`" in listed
