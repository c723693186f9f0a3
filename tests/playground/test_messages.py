"""Messages through REST: what is kept, and what Discord would refuse."""

import asyncio
from typing import Any

import discord
import pytest

from bot.playground import DiscordBox
from tests.playground.conftest import Hand, Json, People, form, order, picture

MIB = 2**20


async def refusal(hand: Hand, status: int, **fields: Any) -> int:
    """The code that a message is refused with."""
    answer = await hand.try_to_post(**fields)
    assert answer.status_code == status, answer.text
    code: int = answer.json()["code"]
    return code


async def test_two_thousand_characters_and_not_one_more(ada: Hand) -> None:
    assert len((await ada.post("x" * 2000))["content"]) == 2000
    answer = await ada.try_to_post("x" * 2001)
    assert answer.status_code == 400
    assert answer.json() == {
        "message": "Invalid Form Body",
        "code": 50035,
        "errors": {
            "content": {
                "_errors": [
                    {
                        "code": "BASE_TYPE_MAX_LENGTH",
                        "message": "Must be 2000 or fewer in length.",
                    }
                ]
            }
        },
    }


async def test_a_message_with_nothing_in_it_is_refused(ada: Hand) -> None:
    assert await refusal(ada, 400, content=" \n ") == 50006
    assert await ada.messages() == []


async def test_a_file_over_ten_mebibytes_is_refused_after_it_was_heard(ada: Hand) -> None:
    most = ("most.bin", bytes(10 * MIB))
    assert (await ada.post("", most))["attachments"][0]["size"] == 10 * MIB
    answer = await ada.try_to_post("", ("more.bin", bytes(10 * MIB + 1)))
    assert (answer.status_code, answer.json()["code"]) == (413, 40005)


async def test_a_request_over_twenty_five_mebibytes_is_refused(ada: Hand) -> None:
    files = [(f"{name}.bin", bytes(9 * MIB)) for name in "abc"]
    answer = await ada.try_to_post("", *files)
    assert (answer.status_code, answer.json()["code"]) == (413, 40005)


async def test_embeds_and_components_have_limits(box: DiscordBox, people: People) -> None:
    await order(box, do="limits", on=False)
    bot = people.bot
    assert await refusal(bot, 400, embeds=[{"title": "x" * 257}]) == 50035
    long = [{"description": "x" * 3001}, {"description": "x" * 3000}]
    assert await refusal(bot, 400, embeds=long) == 50035
    button = {"type": 2, "style": 1, "label": "x", "custom_id": "a"}
    six = [{**button, "custom_id": str(number)} for number in range(6)]
    assert await refusal(bot, 400, components=[{"type": 1, "components": six}]) == 50035
    twice = [{"type": 1, "components": [button, button]}]
    assert await refusal(bot, 400, content="x", components=twice) == 50035
    layout = [{"type": 10, "content": "x"}]
    assert await refusal(bot, 400, content="x", components=layout) == 50035
    assert await refusal(bot, 400, content="x", components=layout, flags=1 << 15) == 50035
    missing = [{"type": 12, "items": [{"media": {"url": "attachment://nowhere.png"}}]}]
    assert await refusal(bot, 400, components=missing, flags=1 << 15) == 50035
    assert await bot.messages() == []


async def test_an_embed_as_libraries_send_it_is_shown(people: People) -> None:
    shown = await people.bot.post("", embeds=[discord.Embed(title="Today", color=1).to_dict()])
    assert [embed["title"] for embed in shown["embeds"]] == ["Today"]


async def test_a_person_has_neither_embeds_nor_components(ada: Hand) -> None:
    button = {"type": 2, "style": 1, "label": "x", "custom_id": "a"}
    row = [{"type": 1, "components": [button]}]
    message = await ada.post("x", embeds=[{"title": "t"}], components=row)
    assert (message["embeds"], message["components"]) == ([], [])


async def test_ids_that_are_none_or_unknown(people: People) -> None:
    ada = people.ada
    assert (await ada.ask("GET", "/channels/1")).json()["code"] == 10003
    assert (await ada.ask("GET", f"{ada.channel}/messages/1")).json()["code"] == 10008
    assert (await ada.ask("GET", "/users/1")).json()["code"] == 10013
    wrong = await ada.ask("GET", "/channels/dreams")
    assert (wrong.status_code, wrong.json()["code"]) == (400, 50035)


async def test_a_wrong_token_is_told_so(box: DiscordBox, people: People) -> None:
    for token in ("", "nonsense", f"Bot {box.persons[0].token}", box.bot_token):
        answer = await people.ada.ask("GET", "/users/@me", headers={"Authorization": token})
        assert (answer.status_code, answer.json()["code"]) == (401, 0)


async def test_only_the_author_edits_and_only_moderators_delete_for_others(people: People) -> None:
    message = await people.ada.post("mine")
    path = f"{people.ada.channel}/messages/{message['id']}"
    edit = await people.linus.ask("PATCH", path, json={"content": "yours"})
    assert (edit.status_code, edit.json()["code"]) == (403, 50005)
    delete = await people.linus.ask("DELETE", path)
    assert (delete.status_code, delete.json()["code"]) == (403, 50013)
    assert (await people.grace.ask("DELETE", path)).status_code == 204
    assert (await people.ada.ask("GET", path)).json()["code"] == 10008


async def test_permissions_of_the_sender_count(box: DiscordBox, people: People) -> None:
    ada = box.persons[0].id
    file = ("cat.png", picture())
    await order(box, do="revoke", permission="attach_files", user=ada)
    refused = await people.ada.try_to_post("", file)
    assert (refused.status_code, refused.json()["code"]) == (403, 50013)
    await people.ada.post("words are fine")
    await order(box, do="revoke", permission="send_messages", user=ada)
    assert await refusal(people.ada, 403, content="no") == 50013
    await order(box, do="revoke", permission="view_channel", user=ada)
    assert await refusal(people.ada, 403, content="no") == 50001
    for permission in ("attach_files", "send_messages", "view_channel"):
        await order(box, do="grant", permission=permission, user=ada)
    await people.ada.post("", file)


async def test_a_nonce_makes_a_message_once(people: People) -> None:
    same = {"nonce": "17", "enforce_nonce": True}
    first = await people.ada.post("once", **same)
    again = await people.ada.post("once", **same)
    other = await people.linus.post("somebody else's", **same)
    loose = await people.ada.post("not enforced", nonce="17")
    assert first["id"] == again["id"]
    assert first["nonce"] == "17"
    assert len({first["id"], other["id"], loose["id"]}) == 3
    assert len(await people.ada.messages()) == 3
    assert await refusal(people.ada, 400, content="x", nonce="x" * 26) == 50035


async def test_ids_grow_with_time(ada: Hand) -> None:
    ids = [int((await ada.post(str(number)))["id"]) for number in range(4)]
    assert ids == sorted(set(ids))
    history = [int(message["id"]) for message in await ada.messages()]
    assert history == ids[::-1]


async def test_the_windows_of_history(ada: Hand) -> None:
    ids = [(await ada.post(str(number)))["id"] for number in range(5)]

    async def said(**window: Any) -> str:
        return "".join(message["content"] for message in await ada.messages(**window))

    assert await said() == "43210"
    assert await said(limit=2) == "43"
    assert await said(after=ids[1]) == "432"
    assert await said(after=ids[0], limit=2) == "21"
    assert await said(after=0) == "43210"
    assert await said(before=ids[3]) == "210"
    assert await said(before=ids[3], limit=1) == "2"
    assert await said(around=ids[2], limit=3) == "321"
    too_many = await ada.ask("GET", f"{ada.channel}/messages", params={"limit": 101})
    assert too_many.json()["code"] == 50035


async def test_a_reply_needs_its_message_unless_it_says_otherwise(ada: Hand) -> None:
    gone = {"message_id": "1", "channel_id": ada.channel.rsplit("/", 1)[1]}
    assert await refusal(ada, 400, content="x", message_reference=gone) == 50035
    lax = {**gone, "fail_if_not_exists": False}
    assert "message_reference" not in await ada.post("x", message_reference=lax)


async def test_a_reply_to_a_deleted_message_says_that_it_is_gone(ada: Hand) -> None:
    first = await ada.post("first")
    await ada.post("second", message_reference={"message_id": first["id"]})
    await ada.ask("DELETE", f"{ada.channel}/messages/{first['id']}")
    (reply,) = await ada.messages()
    assert reply["referenced_message"] is None
    assert reply["message_reference"]["message_id"] == first["id"]


async def test_mentions_are_what_the_sender_allows(box: DiscordBox, people: People) -> None:
    text = f"<@{box.persons[2].id}> and <@{box.persons[1].id}> @everyone"

    async def called(**fields: Any) -> tuple[set[str], bool]:
        message = await people.bot.post(text, **fields)
        return {user["username"] for user in message["mentions"]}, message["mention_everyone"]

    assert await called() == ({"linus", "grace"}, False)
    assert await called(allowed_mentions={"parse": []}) == (set(), False)
    only = {"parse": [], "users": [str(box.persons[2].id)]}
    assert await called(allowed_mentions=only) == ({"linus"}, False)
    assert (await people.grace.post("@everyone"))["mention_everyone"]


async def test_names_of_files_are_made_safe_and_nothing_uploaded_runs(ada: Hand) -> None:
    evil = b"<script>document.title='owned'</script>"
    message = await ada.post("", ("../../a b.html", evil), ("drawing.svg", evil))
    page, drawing = message["attachments"]
    assert page["filename"] == "a_b.html"
    for file in (page, drawing):
        answer = await ada.client.get(file["url"])
        assert answer.content == evil
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_an_address_without_its_signature_serves_nothing(ada: Hand) -> None:
    url = (await ada.post("", ("cat.png", picture())))["attachments"][0]["url"]
    assert (await ada.client.get(url)).content == picture()
    assert (await ada.client.get(url.split("?")[0])).status_code == 404
    assert (await ada.client.get(url.replace("hm=", "hm=0"))).status_code == 404


async def test_reactions_are_counted_once_each(box: DiscordBox, people: People) -> None:
    message = await people.ada.post("look")
    path = f"{people.ada.channel}/messages/{message['id']}/reactions/%F0%9F%8C%99"
    for hand in (people.ada, people.ada, people.linus):
        assert (await hand.ask("PUT", f"{path}/@me")).status_code == 204

    async def counted() -> list[Json]:
        found: list[Json] = (await people.ada.messages())[0].get("reactions", [])
        return found

    assert [(each["count"], each["me"]) for each in await counted()] == [(2, True)]
    fans = (await people.ada.ask("GET", path)).json()
    assert [user["username"] for user in fans] == ["ada", "linus"]
    await people.ada.ask("DELETE", f"{path}/@me")
    assert [(each["count"], each["me"]) for each in await counted()] == [(1, False)]
    denied = await people.ada.ask("DELETE", f"{path}/{box.persons[2].id}")
    assert denied.json()["code"] == 50013
    await people.grace.ask("DELETE", f"{path}/{box.persons[2].id}")
    assert await counted() == []
    wrong = await people.ada.ask("PUT", path.rsplit("/", 1)[0] + "/moon/@me")
    assert wrong.json()["code"] == 10014


async def test_five_posts_in_five_seconds_each_person_and_channel(people: People) -> None:
    answers = await asyncio.gather(*(people.ada.try_to_post(str(n)) for n in range(7)))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [429] * 2
    left = sorted(a.headers["X-RateLimit-Remaining"] for a in answers if a.status_code == 200)
    assert left == list("01234")
    refused = next(answer for answer in answers if answer.status_code == 429)
    body = refused.json()
    assert (body["message"], body["global"]) == ("You are being rate limited.", False)
    assert 3 < body["retry_after"] <= 5
    assert float(refused.headers["X-RateLimit-Reset-After"]) <= 5
    assert refused.headers["X-RateLimit-Scope"] == "user"
    assert refused.headers["Via"]
    await people.linus.post("another person")


async def test_what_is_not_spoken_is_refused_loudly(
    ada: Hand, caplog: pytest.LogCaptureFixture
) -> None:
    for method, path in (("GET", "/guilds/1/bans"), ("PUT", f"{ada.channel}/messages")):
        answer = await ada.ask(method, path)
        assert answer.status_code == 501
        assert answer.json()["method"] == method
        assert answer.json()["path"] == f"/api/v10{path}"
        assert f"does not implement {method} /api/v10{path}" in caplog.text


async def test_a_broken_body_is_refused_and_nothing_breaks(box: DiscordBox, people: People) -> None:
    ada = people.ada
    await order(box, do="limits", on=False)
    path = f"{ada.channel}/messages"
    kinds = {"Content-Type": "application/json"}
    for body in (b"{", b"[]", b"null"):
        answer = await ada.ask("POST", path, content=body, headers=kinds)
        assert (answer.status_code, answer.json()["code"]) == (400, 50109)
    strange = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = await ada.ask("POST", path, content=b"nothing of the kind", headers=strange)
    assert answer.status_code == 400
    for odd in ({"embeds": 3}, {"content": ["x"]}, {"flags": "many", "content": "x"}):
        assert (await ada.ask("POST", path, json=odd)).json()["code"] == 50035
    nested: Json = {"content": "x", "components": [{"type": 9, "components": 1, "accessory": []}]}
    for hand in (ada, people.bot):
        assert (await hand.ask("POST", path, **form(nested))).json()["code"] == 50035


async def test_numbers_and_tokens_that_only_look_like_such(box: DiscordBox, ada: Hand) -> None:
    for path in ("/channels/²/messages", f"{ada.channel}/messages?after={'9' * 5000}"):
        assert (await ada.ask("GET", path)).json()["code"] == 50035
    strange = {"Authorization": "é".encode()}
    answer = await ada.ask("GET", "/users/@me", headers=strange)
    assert (answer.status_code, answer.json()["code"]) == (401, 0)
    refused = await ada.ask("GET", f"/webhooks/{box.persons[0].id}/é/messages/@original")
    assert refused.json()["code"] == 10015
    assert (await ada.ask("PUT", f"{ada.channel}/messages/1/reactions/é/@me")).status_code >= 400


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded"])
async def test_json_has_to_be_called_json(ada: Hand, kind: str) -> None:
    answer = await ada.ask(
        "POST",
        f"{ada.channel}/messages",
        content=b'{"content":"x"}',
        headers={"Content-Type": kind},
    )
    assert (answer.status_code, answer.json()["code"]) == (400, 50035)
    assert "Content-Type" in answer.text


async def test_many_people_at_once_are_each_heard_once(box: DiscordBox, people: People) -> None:
    hands = (people.ada, people.grace, people.linus)

    async def say(number: int) -> str:
        while True:
            answer = await hands[number % 3].try_to_post(str(number))
            if answer.status_code == 200:
                number_of_message: str = answer.json()["id"]
                return number_of_message
            assert answer.status_code == 429
            assert int(answer.headers["Retry-After"]) >= answer.json()["retry_after"]
            await order(box, do="limits", on=False)

    ids = await asyncio.gather(*(say(number) for number in range(50)))
    told = await people.ada.messages(limit=100)
    assert sorted(message["id"] for message in told) == sorted(ids)
    assert {message["content"] for message in told} == {str(number) for number in range(50)}
