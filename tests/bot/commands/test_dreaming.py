"""From a wish to its dream, as people see it in the chat."""

from pathlib import Path

import discord
import pytest

from dream import NetworkUnavailable, in_package, presets
from tests.bot.chat import Chat, open_chat, picture

CAT = ("cat.png", picture())
DOG = ("dog.png", picture((40, 30)))


async def test_the_answer_to_a_picture_becomes_its_dream(chat: Chat) -> None:
    message = await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
    result = await chat.result()
    [recipe] = chat.pool.seen
    assert result.reference is not None
    assert result.reference.message_id == message.id
    assert "Classic" in result.content
    assert str(recipe.seed) in result.content
    assert "1.2 s" in result.content
    [file] = result.attachments
    assert file.filename == f"dream-classic-{recipe.seed}.png"
    assert file.description
    assert "Classic" in file.description


async def test_the_answer_comes_before_the_picture_is_looked_at(chat: Chat) -> None:
    chat.pool.probe_error = NetworkUnavailable("Looked at.")
    await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
    [(_, first)] = chat.asked("POST", "/messages")
    assert first["message_reference"]
    assert first["enforce_nonce"]
    assert "got it" in first["content"]
    [(_, last)] = chat.asked("PATCH")
    assert last["content"] == "Looked at."


async def test_one_watches_it_grow(chat: Chat) -> None:
    chat.pool.gate.clear()
    await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
    await chat.until(lambda: "octave 1 of 4" in chat.answer().content)
    growing = chat.answer()
    assert "0 %" in growing.content
    assert "▱" in growing.content
    assert [file.filename for file in growing.attachments] == ["preview.jpg"]
    chat.pool.gate.set()
    result = await chat.result()
    assert result.id == growing.id
    await chat.settled()
    assert chat.answer().content == result.content, "late progress must not undo the result"


async def test_a_preset_is_typed_after_it(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!DREAM  Strokes ", attachments=[CAT])
    result = await chat.result()
    assert "Strokes" in result.content
    assert chat.pool.seen[0].layer == presets()["strokes"].recipe.layer


async def test_a_preset_without_its_network_is_refused_before_anything_else(chat: Chat) -> None:
    (chat.networks / "squeezenet_v1.1.caffemodel").unlink()
    (chat.networks / "bvlc_googlenet.caffemodel").unlink()
    await chat.alice.send(chat.channel, "!dream eyes", attachments=[CAT])
    assert "needs the network squeezenet, which isn't here yet" in chat.answer().content
    assert "Try `gaze`" in chat.answer().content
    assert "dream fetch squeezenet`" in chat.answer().content
    assert (await chat.submission.balance(chat.alice.id)).used == 0
    await chat.alice.send(chat.channel, "!dream gaze", attachments=[CAT])
    await chat.until(chat.dreams)


async def test_until_the_classic_is_here_our_own_network_dreams(chat: Chat) -> None:
    classic = chat.networks / "bvlc_googlenet.caffemodel"
    classic.unlink()
    await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
    result = await chat.result()
    assert chat.pool.seen[0].network == "dreamnet"
    ours = next(entry for entry in presets().values() if in_package(entry.recipe.network))
    assert f"**{ours.title}**" in result.content
    assert result.attachments[0].filename.startswith(f"dream-{ours.name}-")
    classic.touch()
    await chat.bob.send(chat.channel, "!dream", attachments=[CAT])
    await chat.until(lambda: len(chat.dreams()) == 2)
    assert chat.pool.seen[1].network == "googlenet"


async def test_a_preset_that_was_named_is_never_another(tmp_path: Path) -> None:
    async with open_chat(tmp_path, preset="classic") as chat:
        (chat.networks / "bvlc_googlenet.caffemodel").unlink()
        await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
        assert "needs the network googlenet" in chat.answer().content
        await chat.alice.slash(chat.channel, "dream", image=CAT, preset="Classic")
        assert not chat.pool.seen


async def test_a_refusal_leaves_alone_what_another_bot_has_made_a_job(chat: Chat) -> None:
    message = await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
    result = await chat.result()
    chat.pool.probe_error = NetworkUnavailable("Not me.")
    stored = chat.env.backend.get_message(chat.channel.id, message.id)
    chat.env.backend.announce_message_create(stored)
    await chat.env.settle()
    await chat.settled()
    assert chat.answer().content == result.content


async def test_each_dream_has_a_seed_of_its_own(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
    await chat.bob.send(chat.channel, "!dream", attachments=[CAT])
    await chat.until(lambda: len(chat.dreams()) == 2)
    assert chat.pool.seen[0].seed != chat.pool.seen[1].seed


async def test_a_large_picture_is_dreamt_smaller(chat: Chat) -> None:
    large = picture((1250, 800))
    await chat.alice.send(chat.channel, "!dream", attachments=[("large.png", large)])
    await chat.result()
    width, height = chat.pool.seen[0].dream_size((1250, 800))
    assert 0.99 * 1024 * 768 < width * height <= 1024 * 768


# Which picture, and where; of the rest see test_finding.py


async def test_the_picture_may_be_in_the_message_replied_to(chat: Chat) -> None:
    posted = await chat.bob.send(chat.channel, "look", attachments=[CAT])
    await chat.alice.send(chat.channel, "!dream", reply_to=posted)
    await chat.result()
    assert (await chat.submission.balance(chat.alice.id)).used == 1
    assert (await chat.submission.balance(chat.bob.id)).used == 0


async def test_a_picture_of_ones_own_goes_first(chat: Chat) -> None:
    posted = await chat.bob.send(chat.channel, "look", attachments=[CAT])
    await chat.alice.send(chat.channel, "!dream", reply_to=posted, attachments=[DOG])
    await chat.result()
    assert chat.sizes() == [(40, 30)]


async def test_a_dream_can_be_dreamt_again(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
    first = await chat.result()
    await chat.bob.send(chat.channel, "!dream strokes", reply_to=first)
    await chat.until(lambda: len(chat.dreams()) == 2)


async def test_the_picture_may_be_in_a_forwarded_message(chat: Chat) -> None:
    posted = await chat.bob.send(chat.channel, "look", attachments=[CAT])
    forwarded = await chat.bob.forward(posted, chat.channel)
    await chat.alice.send(chat.channel, "!dream", reply_to=forwarded)
    await chat.result()


async def test_a_mention_does_as_well(chat: Chat) -> None:
    assert chat.bot.user is not None
    text = f"{chat.bot.user.mention} dream strokes"
    await chat.alice.send(chat.channel, text, attachments=[CAT])
    assert "Strokes" in (await chat.result()).content


async def test_direct_messages_do_as_well(chat: Chat) -> None:
    private = chat.alice.user.dm_channel
    files = chat.env.backend.store_attachments(private.id, [CAT])
    await chat.alice.send_dm("!dream", attachments=files)
    result = await chat.result(private)
    assert "Classic" in result.content


async def test_a_thread_does_as_well(chat: Chat) -> None:
    opening = await chat.alice.send(chat.channel, "a thread")
    channel = chat.bot.get_channel(chat.channel.id)
    assert isinstance(channel, discord.TextChannel)
    thread = await channel.create_thread(name="dreams", message=discord.Object(opening.id))
    await chat.env.settle()
    [handle] = [t for t in chat.channel.threads if t.id == thread.id]
    await chat.alice.send(handle, "!dream", attachments=[CAT])
    await chat.result(handle)


# Slash command and menu


async def test_the_answer_to_a_slash_command_becomes_its_dream(chat: Chat) -> None:
    shown = await chat.alice.slash(chat.channel, "dream", image=CAT, preset="strokes")
    assert not shown.ephemeral
    [(_, first)] = chat.asked("POST", "/callback")
    assert first["type"] == discord.InteractionResponseType.deferred_channel_message.value
    result = await chat.result()
    assert shown.response is not None
    assert result.id == shown.response.id
    assert "Strokes" in result.content


async def test_a_slash_command_is_delivered_without_its_token(chat: Chat) -> None:
    chat.pool.gate.clear()
    await chat.alice.slash(chat.channel, "dream", image=CAT)
    chat.env.inject_error("*", "/webhooks/*", status=401, code=50027, times=None)
    chat.pool.gate.set()
    await chat.result()


async def test_presets_are_offered_as_they_are_typed(chat: Chat) -> None:
    offered = await chat.alice.autocomplete(chat.channel, "dream", "preset", "", image=CAT)
    assert [choice["value"] for choice in offered] == list(presets())
    assert offered[0]["name"].startswith("Classic: ")
    offered = await chat.alice.autocomplete(chat.channel, "dream", "preset", "STRO", image=CAT)
    assert [choice["value"] for choice in offered] == ["strokes"]


async def test_what_is_offered_tells_what_is_quick_and_what_isnt_here(chat: Chat) -> None:
    (chat.networks / "squeezenet_v1.1.caffemodel").unlink()
    offered = await chat.alice.autocomplete(chat.channel, "dream", "preset", "", image=CAT)
    names = {choice["value"]: choice["name"] for choice in offered}
    assert names["neon"].startswith("Neon (not here yet): ")
    assert names["strokes"].startswith("Strokes: ")
    for preset in presets().values():
        quick = in_package(preset.recipe.network)
        assert names[preset.name].startswith(f"{preset.title} (quick): ") == quick
    assert max(map(len, names.values())) <= 100


async def test_any_picture_can_be_dreamt_from_its_menu(chat: Chat) -> None:
    posted = await chat.bob.send(chat.channel, "look", attachments=[CAT])
    await chat.alice.context_menu(chat.channel, "Dream this", posted)
    await chat.result()
    assert (await chat.submission.balance(chat.alice.id)).used == 1


async def test_a_message_without_picture_says_so_to_the_one_who_asked(chat: Chat) -> None:
    posted = await chat.bob.send(chat.channel, "nothing here")
    shown = await chat.alice.context_menu(chat.channel, "Dream this", posted)
    assert shown.ephemeral
    assert shown.response is not None
    assert "no picture" in shown.response.content


async def test_a_slash_command_with_an_unknown_preset_answers_privately(chat: Chat) -> None:
    shown = await chat.alice.slash(chat.channel, "dream", image=CAT, preset="strikes")
    assert shown.ephemeral
    assert shown.response is not None
    assert "strokes" in shown.response.content


@pytest.mark.parametrize(("status", "code"), [(400, 40060), (404, 10062)])
async def test_an_interaction_in_other_hands_is_left_alone(
    chat: Chat, status: int, code: int
) -> None:
    chat.expected += (discord.HTTPException,)
    chat.env.inject_error("POST", "/interactions/*", status=status, code=code)
    await chat.alice.slash(chat.channel, "dream", image=CAT)
    await chat.settled()
    assert not chat.answers()
    assert not chat.pool.seen


# Seen twice, and side by side


async def test_the_same_message_seen_twice_is_one_dream(chat: Chat) -> None:
    message = await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
    result = await chat.result()
    stored = chat.env.backend.get_message(chat.channel.id, message.id)
    chat.env.backend.announce_message_create(stored)
    await chat.env.settle()
    await chat.settled()
    assert chat.answer().content == result.content
    assert len(chat.pool.seen) == 1
    assert (await chat.submission.balance(chat.alice.id)).used == 1


async def test_both_sights_of_a_message_post_with_one_nonce(chat: Chat) -> None:
    message = await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
    await chat.result()
    stored = chat.env.backend.get_message(chat.channel.id, message.id)
    chat.env.backend.announce_message_create(stored)
    await chat.env.settle()
    posts = [body for _, body in chat.asked("POST", "/messages")]
    assert len({post["nonce"] for post in posts}) == 1
    assert len(posts) == 2
    assert len(posts[0]["nonce"]) <= 25


async def test_who_waits_is_told_how_many_come_before(chat: Chat) -> None:
    chat.pool.gate.clear()
    await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
    await chat.until(lambda: "octave" in chat.answers()[0].content)
    await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
    await chat.until(lambda: "yours is next" in chat.answers()[1].content)
    await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
    await chat.until(lambda: "1 dream before yours" in chat.answers()[2].content)
    assert "octave" in chat.answers()[0].content
    chat.pool.gate.set()
    await chat.until(lambda: len(chat.dreams()) == 3)


async def test_two_dreams_of_a_channel_take_turns_with_their_edits(tmp_path: Path) -> None:
    async with open_chat(tmp_path, slots=2) as chat:
        chat.pool.steps = 40
        await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
        await chat.bob.send(chat.channel, "!dream", attachments=[CAT])
        await chat.until(lambda: len(chat.dreams()) == 2)
        shown = [path for path, body in chat.asked("PATCH") if "octave" in body["content"]]
        first, second = (shown.count(path) for path in dict.fromkeys(shown))
        assert abs(first - second) <= 2
        assert len(shown) < 40, "80 states, and far fewer edits"
