"""The buttons under a dream: what each makes of it, and to whom it says no."""

from datetime import UTC, datetime
from pathlib import Path

import discord
import pytest
from discord.ext import commands
from simcord.actors import MemberActor
from simcord.results import InteractionResult

from bot.commands import pressing
from bot.database import DatabaseAway, jobs, retention
from bot.database.ledger import Act
from bot.database.models import JobRow
from bot.jobs.job import Job
from dream import Recipe
from tests.bot.chat import Chat, open_chat, picture

CAT = ("cat.png", picture((64, 48), colour="teal"))
SECRET = ("SPOILER_cat.png", picture())


async def dreamt(
    chat: Chat, asked: str = "!dream", *files: tuple[str, bytes], by: MemberActor | None = None
) -> discord.Message:
    """A dream of Alice's, delivered and written down."""
    before = {message.id for message in chat.dreams()}
    await (by or chat.alice).send(chat.channel, asked, attachments=list(files or [CAT]))
    return await another(chat, before)


async def another(chat: Chat, before: set[int]) -> discord.Message:
    """The one dream that is there besides those."""
    await chat.until(lambda: len(chat.dreams()) > len(before))
    [new] = [message for message in chat.dreams() if message.id not in before]
    await settled(chat, new)
    return new


async def settled(chat: Chat, answer: discord.Message) -> Job:
    """The job of that answer, once it is done."""
    while True:
        job = await job_of(chat, answer)
        if job.state == "done":
            return job
        await chat.settled()


async def job_of(chat: Chat, answer: discord.Message) -> Job:
    async with chat.database.transaction() as session:
        people = [*chat.people.values()]
        found = [job for who in people for job in await jobs.last_of(session, who.id, 50)]
    [job] = [job for job in found if job.place.answer_id == answer.id]
    return job


async def press(
    chat: Chat, label: str, message: discord.Message, by: MemberActor | None = None
) -> InteractionResult:
    return await (by or chat.alice).click(message, label=label)


async def pressed(chat: Chat, label: str, message: discord.Message) -> discord.Message:
    """The dream that comes of a button of Alice's dream."""
    before = {each.id for each in chat.dreams()}
    await press(chat, label, message)
    return await another(chat, before)


def said(shown: InteractionResult) -> str:
    assert shown.response is not None
    return shown.response.content


def labels(message: discord.Message) -> list[list[str | None]]:
    """Of the buttons, row by row."""
    return [
        [button.label for button in row.children if isinstance(button, discord.Button)]
        for row in message.components
        if isinstance(row, discord.ActionRow)
    ]


def choices(recipe: Recipe, *names: str) -> list[object]:
    return [getattr(recipe, name) for name in names]


async def test_a_dream_has_its_buttons_and_tells_what_it_cost(chat: Chat) -> None:
    result = await dreamt(chat)
    assert labels(result) == [
        ["Again", "Deeper", "Tweak", "Share", "Report"],
        ["Stronger", "Softer", "Compare", "Recipe", "Delete"],
    ]
    assert result.content.splitlines()[0].endswith("· 1 credit")


async def test_again_is_the_same_with_another_seed(chat: Chat) -> None:
    first = await dreamt(chat, "!dream strokes strength=0.5 seed=7")
    second = await pressed(chat, "Again", first)
    one, other = chat.pool.seen
    assert one.with_(seed=0) == other.with_(seed=0)
    assert one.seed != other.seed
    assert chat.pool.dreamt == [CAT[1]] * 2
    assert labels(second) == labels(first)
    assert first.content in [message.content for message in chat.dreams()], "the first stays"
    parent, child = await job_of(chat, first), await job_of(chat, second)
    assert (parent.parent_id, child.parent_id) == (None, parent.id)
    assert (await chat.submission.balance(chat.alice.id)).used == 2


async def test_deeper_dreams_the_dream(chat: Chat) -> None:
    first = await dreamt(chat)
    chat.pool.result = picture((64, 48), colour="navy")
    second = await pressed(chat, "Deeper", first)
    await pressed(chat, "Deeper", second)
    assert chat.pool.dreamt[2] == chat.pool.result
    assert len({*chat.pool.dreamt}) == 3
    assert len({recipe.seed for recipe in chat.pool.seen}) == 3


async def test_nothing_that_is_stored_is_fetched_from_the_chat(chat: Chat) -> None:
    first = await dreamt(chat)
    chat.env.backend.cdn._blobs.clear()
    await pressed(chat, "Deeper", await pressed(chat, "Again", first))


async def test_stronger_and_softer_keep_the_seed_and_undo_each_other(chat: Chat) -> None:
    first = await dreamt(chat, "!dream seed=7")
    stronger = await pressed(chat, "Stronger", first)
    await pressed(chat, "Softer", stronger)
    await pressed(chat, "Softer", first)
    assert [recipe.strength for recipe in chat.pool.seen] == [1.0, 1.5, 1.0, 0.67]
    assert {recipe.seed for recipe in chat.pool.seen} == {7}
    assert chat.pool.dreamt == [CAT[1]] * 4


async def test_what_is_mixed_in_wholly_is_made_stronger_by_more_steps(chat: Chat) -> None:
    first = await dreamt(chat, "!dream strength=2 iterations=80")
    second = await pressed(chat, "Stronger", first)
    assert chat.pool.seen[-1].iterations == 100
    shown = await press(chat, "Stronger", second)
    assert shown.ephemeral
    assert "as strong as I dream it" in said(shown)


async def test_a_result_and_the_lists_tell_what_was_pressed_or_typed(chat: Chat) -> None:
    first = await dreamt(chat, "!dream iterations=40 layer=inception_4d/output")
    stronger = await pressed(chat, "Stronger", first)
    softer = await pressed(chat, "Softer", first)
    chat.pool.result = picture((64, 48), colour="navy")
    deeper = await pressed(chat, "Deeper", await pressed(chat, "Deeper", stronger))
    again = await pressed(chat, "Again", deeper)
    typed = "40 iterations · layer `inception_4d/output`"
    said = {
        first: f"**Classic** · {typed}",
        stronger: f"**Classic** · stronger (×1.5) · {typed}",
        softer: f"**Classic** · softer (×0.67) · {typed}",
        deeper: f"**Classic** · 2× deeper · stronger (×1.5) · {typed}",
        again: f"**Classic** · 2× deeper · stronger (×1.5) · {typed}",
    }
    for message, made in said.items():
        assert message.content.startswith(f"✦ {made} · seed ")
    for command in ("history", "quota"):
        shown = await chat.alice.slash(chat.channel, command)
        assert shown.response is not None
        text = shown.response.embeds[0].description or ""
        assert f"\n{said[deeper]} · " in text
        assert f"\n{said[softer]} · " in text


async def test_a_dream_as_its_preset_says_is_called_by_that_alone(chat: Chat) -> None:
    result = await dreamt(chat)
    assert result.content.startswith("✦ **Classic** · seed ")
    deeper = await pressed(chat, "Deeper", result)
    assert deeper.content.startswith("✦ **Classic** · deeper · seed ")


async def test_of_a_deeper_dream_recipe_and_comparison_mean_the_dream_before(chat: Chat) -> None:
    first = await dreamt(chat)
    assert "post the same picture with" in said(await press(chat, "Recipe", first))
    deeper = await pressed(chat, "Deeper", first)
    assert "post the dream before it with" in said(await press(chat, "Recipe", deeper))
    await press(chat, "Compare", deeper)
    assert chat.pool.labels == ["The dream before", "After"]


async def test_there_is_a_softest(chat: Chat) -> None:
    first = await dreamt(chat, "!dream strength=0.25")
    shown = await press(chat, "Softer", first)
    assert shown.ephemeral
    assert "nothing would be left" in said(shown)
    assert len(chat.pool.seen) == 1


# Tweak


async def form(chat: Chat, result: discord.Message) -> InteractionResult:
    shown = await press(chat, "Tweak", result)
    assert shown.modal is not None
    return shown


def filled(shown: InteractionResult) -> dict[str, str]:
    """What the form's lines say before anybody types."""
    assert shown.modal is not None
    lines = [part["component"] for part in shown.modal["components"]]
    return {line["custom_id"]: line["value"] for line in lines}


async def tweaked(chat: Chat, result: discord.Message, **typed: str) -> discord.Message:
    before = {each.id for each in chat.dreams()}
    shown = await form(chat, result)
    await chat.alice.submit_modal(shown, filled(shown) | typed)
    return await another(chat, before)


async def test_the_form_says_how_it_was_dreamt(chat: Chat) -> None:
    result = await dreamt(chat, "!dream strokes strength=0.5 iterations=12 seed=7")
    assert filled(await form(chat, result)) == {
        "preset": "strokes",
        "strength": "0.5",
        "iterations": "12",
        "layer": "inception_3b/5x5_reduce",
        "seed": "7",
    }


async def test_what_is_left_in_the_form_stays(chat: Chat) -> None:
    result = await dreamt(chat, "!dream strokes strength=0.5 seed=7")
    child = await tweaked(chat, result, strength="80%")
    first, second = chat.pool.seen
    assert second == first.with_(strength=0.8)
    assert (await job_of(chat, child)).parent_id == (await job_of(chat, result)).id


async def test_another_preset_brings_its_own_choices(chat: Chat) -> None:
    result = await dreamt(chat, "!dream strokes strength=0.5 seed=7")
    child = await tweaked(chat, result, preset="Eyes", iterations="9")
    recipe = chat.pool.seen[1]
    assert choices(recipe, "network", "layer", "strength", "iterations", "seed") == [
        "squeezenet",
        "fire6/concat",
        1.0,
        9,
        7,
    ]
    assert child.content.startswith("✦ **Eyes**")


async def test_what_is_emptied_is_as_usual_and_the_seed_is_drawn_anew(chat: Chat) -> None:
    result = await dreamt(chat, "!dream strokes layer=conv2/3x3 strength=0.5 seed=7")
    await tweaked(chat, result, layer="", strength="", seed="")
    first, second = chat.pool.seen
    assert choices(second, "layer", "strength") == ["inception_3b/5x5_reduce", 1.0]
    assert first.seed != second.seed


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"strength": "lots"}, "`strength` takes a number"),
        ({"iterations": "500"}, "up to 100 iterations"),
        ({"strength": "7"}, "from 0 to 2"),
        ({"preset": "strikes"}, "Nearest: strokes"),
    ],
)
async def test_what_cant_be_is_told_to_the_one_who_typed_it(
    chat: Chat, typed: dict[str, str], why: str
) -> None:
    result = await dreamt(chat)
    shown = await form(chat, result)
    answer = await chat.alice.submit_modal(shown, filled(shown) | typed)
    assert answer.ephemeral
    assert why in said(answer)
    assert len(chat.pool.seen) == 1


# Compare, Recipe, Delete


async def test_anybody_sees_picture_and_dream_side_by_side(chat: Chat) -> None:
    result = await dreamt(chat)
    shown = await press(chat, "Compare", result, chat.bob)
    assert shown.ephemeral
    assert shown.response is not None
    [file] = shown.response.attachments
    assert file.description is not None
    assert "on the left" in file.description
    [[before, after]] = chat.pool.compared
    assert before == CAT[1]
    assert after not in (before, b"")


async def test_one_who_compares_all_the_time_is_asked_to_wait(chat: Chat) -> None:
    result = await dreamt(chat)
    for _ in range(pressing.MOST_COMPARED):
        await press(chat, "Compare", result)
    assert "ask again in" in said(await press(chat, "Compare", result))
    assert len(chat.pool.compared) == pressing.MOST_COMPARED


async def test_the_recipe_typed_again_is_the_same_dream(chat: Chat) -> None:
    asked = '!dream strokes layer="conv2/3x3 + inception_3a/output" strength=0.5 size=40'
    result = await dreamt(chat, asked)
    shown = await press(chat, "Recipe", result, chat.bob)
    assert shown.ephemeral
    typed = said(shown).split("```")[1]
    await dreamt(chat, typed)
    first, second = chat.pool.seen
    assert first == second
    assert "That comes close" not in said(shown)
    assert shown.response is not None
    [file] = shown.response.attachments
    data = chat.env.backend.cdn.get(file.url)
    assert data is not None
    assert Recipe.from_json(data) == first
    assert file.filename == f"recipe-strokes-{first.seed}.json"


async def test_a_recipe_that_cant_be_typed_says_so(chat: Chat) -> None:
    result = await dreamt(chat)
    job = await job_of(chat, result)
    async with chat.database.transaction() as session:
        row = await session.get_one(JobRow, job.id)
        assert isinstance(job.recipe, Recipe)
        row.recipe = job.recipe.with_(jitter=3).to_json()
    assert "That comes close" in said(await press(chat, "Recipe", result))


async def test_a_guide_goes_along(chat: Chat) -> None:
    guide = ("guide.png", picture((20, 20), colour="red"))
    result = await dreamt(chat, "!dream guide", CAT, guide)
    await pressed(chat, "Again", result)
    assert [further["guide"] for further in chat.pool.further] == [guide[1]] * 2
    recipe = said(await press(chat, "Recipe", result))
    assert "!dream classic guide seed=" in recipe
    assert "That comes close" not in recipe


async def erased(chat: Chat, result: discord.Message, by: MemberActor) -> InteractionResult:
    asked = await press(chat, "Delete", result, by)
    assert asked.ephemeral
    assert "for good?" in said(asked)
    assert result in chat.dreams(), "nothing is deleted yet"
    assert asked.response is not None
    return await by.click(asked.response, label="Delete")


async def test_a_deleted_dream_is_gone_from_everywhere(chat: Chat) -> None:
    result = await dreamt(chat)
    job = await job_of(chat, result)
    await erased(chat, result, chat.alice)
    assert not chat.dreams()
    assert job.result is not None
    assert not (chat.pictures / job.result.key).exists()
    shown = await chat.alice.slash(chat.channel, "history")
    assert shown.response is not None
    assert "None so far" in (shown.response.embeds[0].description or "")
    assert (await chat.submission.balance(chat.alice.id)).used == 1


async def test_the_question_becomes_its_answer(chat: Chat) -> None:
    result = await dreamt(chat)
    asked = await press(chat, "Delete", result)
    assert asked.response is not None
    await chat.alice.click(asked.response, label="Delete")
    assert said(asked) == "Deleted: **Classic**."
    assert not asked.response.components


async def test_those_who_look_after_the_place_may_delete(chat: Chat) -> None:
    result = await dreamt(chat)
    assert "isn't yours to delete" in said(await press(chat, "Delete", result, chat.bob))
    role = chat.bob.guild.create_role(
        "moderators", permissions=discord.Permissions(manage_messages=True)
    )
    moderator = chat.bob.guild.add_member(chat.env.create_user("mod"), roles=[role])
    await erased(chat, result, moderator)
    assert not chat.dreams()


# To whom they say no


@pytest.mark.parametrize("label", ["Again", "Deeper", "Tweak", "Stronger", "Softer"])
async def test_others_are_told_how_to_dream_on(chat: Chat, label: str) -> None:
    result = await dreamt(chat)
    shown = await press(chat, label, result, chat.bob)
    assert shown.ephemeral
    assert "Reply to it with `!dream`" in said(shown)
    assert shown.modal is None
    assert len(chat.answers()) == 1


async def test_a_blocked_person_gets_no_dream_of_a_button(chat: Chat) -> None:
    result = await dreamt(chat)
    at = datetime.now(UTC)
    await chat.bot.parts.acts.block(Act(1, chat.alice.id, None, 2, "no more", at), None)
    await press(chat, "Again", result)
    assert "You can't ask me for dreams any more" in chat.answers()[1].content
    assert len(chat.pool.seen) == 1


async def test_without_credits_there_is_no_other_dream(tmp_path: Path) -> None:
    async with open_chat(tmp_path, daily_credits=1) as chat:
        result = await dreamt(chat)
        await press(chat, "Again", result)
        assert "You've used up" in chat.answers()[1].content
        assert not chat.answers()[1].components
        assert len(chat.pool.seen) == 1


async def test_a_bot_that_may_not_write_there_says_so_to_the_one_who_pressed(chat: Chat) -> None:
    result = await dreamt(chat)
    chat.expected += (commands.BotMissingPermissions,)
    denied = discord.PermissionOverwrite(attach_files=False)
    closed = chat.alice.guild.create_text_channel("closed", overwrites={chat.me: denied})
    stored = chat.env.backend.get_channel(chat.channel.id)
    stored.overwrites = chat.env.backend.get_channel(closed.id).overwrites
    shown = await press(chat, "Again", result)
    assert shown.ephemeral
    assert "Attach Files" in said(shown)


async def test_a_picture_that_isnt_kept_any_more(chat: Chat) -> None:
    result = await dreamt(chat)
    for file in chat.pictures.rglob("*"):
        if file.is_file():
            file.unlink()
    await press(chat, "Again", result)
    assert "I don't have that picture any more" in chat.answers()[1].content
    shown = await press(chat, "Compare", result)
    assert "I don't have that picture any more" in said(shown)
    posted = chat.env.backend.cdn.get(result.attachments[0].url)
    await press(chat, "Deeper", result)
    await chat.until(lambda: len(chat.dreams()) == 2)
    assert chat.pool.dreamt[1] == posted


async def test_a_dream_that_was_forgotten(chat: Chat) -> None:
    result = await dreamt(chat)
    await chat.forgetting.forget(chat.alice.id)
    for label in ("Again", "Tweak", "Recipe", "Compare", "Delete"):
        shown = await press(chat, label, result)
        assert shown.ephemeral
        assert "I know nothing of that dream any more" in said(shown)


async def test_books_that_take_their_time_are_as_good_as_none(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat.expected += (DatabaseAway,)
    monkeypatch.setattr(pressing, "LOOK_SECONDS", 0.0)
    result = await dreamt(chat)
    for label in ("Again", "Tweak"):
        shown = await press(chat, label, result)
        assert shown.ephemeral
        assert "can't get at my books" in said(shown)


async def test_a_dream_outlives_the_record_of_the_one_it_came_from(chat: Chat) -> None:
    first = await dreamt(chat)
    second = await pressed(chat, "Again", first)
    parent = await job_of(chat, first)
    async with chat.database.transaction() as session:
        await retention.remove(session, [parent.id])
    third = await pressed(chat, "Again", second)
    assert (await job_of(chat, third)).parent_id == (await job_of(chat, second)).id


async def test_a_dream_that_is_only_just_arriving_is_not_deleted(chat: Chat) -> None:
    result = await dreamt(chat)
    job = await job_of(chat, result)
    async with chat.database.transaction() as session:
        (await session.get_one(JobRow, job.id)).state = "delivering"
    shown = await press(chat, "Delete", result)
    assert "only just arriving" in said(shown)


# Seen twice, and after a restart


async def test_a_double_click_is_one_dream(chat: Chat) -> None:
    result = await dreamt(chat)
    await press(chat, "Again", result)
    await press(chat, "Again", result)
    await chat.until(lambda: len(chat.dreams()) == 2)
    await chat.settled()
    assert len(chat.answers()) == 2
    assert len(chat.pool.seen) == 2


async def test_pressed_once_more_later_is_another_dream(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pressing, "DOUBLE_CLICK", 0.0)
    result = await dreamt(chat)
    await pressed(chat, "Again", result)
    await pressed(chat, "Again", result)
    assert len(chat.pool.seen) == 3


async def test_all_of_it_works_after_a_restart(chat: Chat) -> None:
    result = await dreamt(chat)
    opened = await form(chat, result)
    asked = await press(chat, "Delete", result)
    await chat.restart()
    child = await pressed(chat, "Deeper", result)
    assert "Recipe" in labels(child)[1]
    before = {each.id for each in chat.dreams()}
    await chat.alice.submit_modal(opened, filled(opened) | {"strength": "0.5"})
    await another(chat, before)
    assert chat.pool.seen[-1].strength == 0.5
    assert asked.response is not None
    await chat.alice.click(asked.response, label="Delete")
    assert result.id not in {message.id for message in chat.dreams()}


# Spoilers


async def test_what_was_hidden_stays_hidden(chat: Chat) -> None:
    chat.pool.gate.clear()
    await chat.alice.send(chat.channel, "!dream", attachments=[SECRET])
    await chat.until(lambda: chat.answer().attachments)
    assert chat.answer().attachments[0].filename == "SPOILER_preview.jpg"
    chat.pool.gate.set()
    await chat.until(lambda: chat.answer().content.startswith("✦"))
    result = chat.answer()
    await settled(chat, result)
    [file] = result.attachments
    assert file.filename.startswith("SPOILER_dream-classic-")
    assert "DeepDream" in (file.description or "")
    await press(chat, "Again", result)
    await chat.until(lambda: chat.answers()[1].content.startswith("✦"))
    assert chat.answers()[1].attachments[0].is_spoiler()
    shown = await press(chat, "Compare", result)
    assert shown.response is not None
    assert shown.response.attachments[0].is_spoiler()


async def test_what_was_open_stays_open(chat: Chat) -> None:
    assert not (await dreamt(chat)).attachments[0].is_spoiler()
