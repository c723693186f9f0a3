"""Interactions on the wire: who answers, how often, how late."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from bot.playground import DiscordBox
from tests.playground.conftest import (
    Hand,
    Json,
    Listener,
    People,
    form,
    listening,
    order,
    picture,
    until,
)

COMMANDS = [
    {
        "name": "dream",
        "type": 1,
        "description": "Dream",
        "options": [
            {"name": "image", "type": 11, "description": "The picture", "required": True},
            {"name": "octaves", "type": 4, "description": "How many", "min_value": 1},
            {
                "name": "network",
                "type": 3,
                "description": "Which",
                "choices": [{"name": "GoogLeNet", "value": "googlenet"}],
            },
        ],
    },
    {"name": "quota", "type": 1, "description": "What is left"},
    {"name": "Dream this", "type": 3},
]


@pytest.fixture
async def gateway(box: DiscordBox, people: People) -> AsyncIterator[Listener]:
    """The bot's side, written by hand: it hears, and doesn't answer by itself."""
    async with listening(box, box.bot_token, intents=1 | 1 << 9 | 1 << 15) as listener:
        registered = await people.bot.ask("PUT", await commands(people.bot), json=COMMANDS)
        assert registered.status_code == 200, registered.text
        yield listener


async def commands(bot: Hand) -> str:
    number = (await bot.ask("GET", "/oauth2/applications/@me")).json()["id"]
    return f"/applications/{number}/commands"


async def answer(bot: Hand, interaction: Json, kind: int, **data: Any) -> httpx.Response:
    path = f"/interactions/{interaction['id']}/{interaction['token']}/callback"
    body: Json = {"type": kind, "data": data}
    return await bot.ask("POST", path, params={"with_response": "1"}, json=body)


def webhook(interaction: Json, message: str = "") -> str:
    path = f"/webhooks/{interaction['application_id']}/{interaction['token']}"
    return f"{path}/messages/{message}" if message else path


async def asked(gateway: Listener, hand: Hand, name: str = "quota") -> Json:
    await hand.act(2, {"name": name}, nonce="1")
    return await gateway.next("INTERACTION_CREATE")


async def test_the_second_first_answer_is_refused(gateway: Listener, people: People) -> None:
    interaction = await asked(gateway, people.ada)
    first = await answer(people.bot, interaction, 4, content="17 of 20")
    assert first.status_code == 200
    told = first.json()
    assert told["interaction"]["response_message_id"] == told["resource"]["message"]["id"]
    second = await answer(people.bot, interaction, 4, content="again")
    assert (second.status_code, second.json()["code"]) == (400, 40060)
    assert [message["content"] for message in await people.ada.messages()] == ["17 of 20"]


async def test_the_first_answer_comes_in_time_or_not_at_all(
    box: DiscordBox, gateway: Listener, people: People
) -> None:
    await order(box, do="tokens", answer_seconds=0.1)
    async with listening(box, box.persons[0].token) as ada:
        interaction = await asked(gateway, people.ada)
        assert (await ada.next("INTERACTION_FAILURE"))["nonce"] == "1"
    late = await answer(people.bot, interaction, 4, content="sorry")
    assert (late.status_code, late.json()["code"]) == (404, 10062)


async def test_a_token_dies_while_the_message_lives(
    box: DiscordBox, gateway: Listener, people: People
) -> None:
    interaction = await asked(gateway, people.ada)
    done = await answer(people.bot, interaction, 4, content="dreaming")
    await order(box, do="tokens", seconds=0)
    late = await people.bot.ask("PATCH", webhook(interaction, "@original"), json={"content": "x"})
    assert (late.status_code, late.json()["code"]) == (401, 50027)
    path = f"{people.bot.channel}/messages/{done.json()['resource']['message']['id']}"
    edit = await people.bot.ask("PATCH", path, json={"content": "done"})
    assert edit.json()["content"] == "done"


async def test_webhooks_of_nobody_and_of_the_unanswered(gateway: Listener, people: People) -> None:
    interaction = await asked(gateway, people.ada)
    early = await people.bot.ask("POST", webhook(interaction), json={"content": "early"})
    assert (early.status_code, early.json()["code"]) == (404, 10015)
    interaction["token"] = "nonsense"
    assert (await answer(people.bot, interaction, 4, content="x")).json()["code"] == 10062
    unknown = await people.bot.ask("POST", webhook(interaction), json={"content": "x"})
    assert unknown.json()["code"] == 50027


async def test_a_deferral_is_replaced_by_the_first_follow_up(
    gateway: Listener, people: People
) -> None:
    interaction = await asked(gateway, people.ada)
    deferred = await answer(people.bot, interaction, 5)
    assert deferred.json()["interaction"]["response_message_loading"]
    file = ("dream.png", picture())
    first = await people.bot.ask("POST", webhook(interaction), **form({"content": "first"}, file))
    second = await people.bot.ask("POST", webhook(interaction), json={"content": "second"})
    assert first.json()["id"] == deferred.json()["interaction"]["response_message_id"]
    assert first.json()["attachments"][0]["filename"] == "dream.png"
    assert second.json()["message_reference"]["message_id"] == first.json()["id"]
    original = await people.bot.ask("GET", webhook(interaction, "@original"))
    assert (original.json()["content"], original.json()["flags"]) == ("first", 0)
    await people.bot.ask("DELETE", webhook(interaction, second.json()["id"]))
    assert [message["content"] for message in await people.ada.messages()] == ["first"]


async def test_a_private_answer_is_for_one(
    box: DiscordBox, gateway: Listener, people: People
) -> None:
    async with listening(box, box.persons[0].token) as ada:
        interaction = await asked(gateway, people.ada)
        done = await answer(people.bot, interaction, 4, content="hush", flags=64)
        heard = await ada.next("MESSAGE_CREATE")
    assert (heard["content"], heard["flags"]) == ("hush", 64)
    path = f"{people.bot.channel}/messages/{heard['id']}"
    assert done.json()["interaction"]["response_message_ephemeral"]
    assert (await people.linus.ask("GET", path)).json()["code"] == 10008
    edit = await people.bot.ask("PATCH", path, json={"content": "loud"})
    assert edit.json()["code"] == 10008
    through = await people.bot.ask(
        "PATCH", webhook(interaction, "@original"), json={"content": "hush hush"}
    )
    assert through.status_code == 200
    assert [message["content"] for message in await people.ada.messages()] == ["hush hush"]
    await people.ada.ask("DELETE", path)
    assert await people.ada.messages() == []


async def test_what_a_person_fills_in_is_checked(gateway: Listener, people: People) -> None:
    image = {"type": 11, "name": "image", "value": 0}
    attached = {"attachments": [{"id": "0", "filename": "cat.png"}]}
    file = ("cat.png", picture())

    async def refused(*options: Json, **more: Any) -> int:
        data = {"name": "dream", "options": list(options), **attached, **more}
        answered = await people.ada.try_to_act(2, data, file)
        assert answered.status_code in (400, 404)
        code: int = answered.json()["code"]
        return code

    assert await refused() == 50035
    assert await refused({**image, "value": 1}) == 50035
    assert await refused(image, {"type": 4, "name": "octaves", "value": 0}) == 50035
    assert await refused(image, {"type": 4, "name": "octaves", "value": "three"}) == 50035
    assert await refused(image, {"type": 3, "name": "network", "value": "alexnet"}) == 50035
    assert await refused(image, {"type": 3, "name": "nothing", "value": "x"}) == 50035
    assert await refused(name="nightmare") == 10063
    options = [image, {"type": 3, "name": "network", "value": "googlenet"}]
    await people.ada.act(2, {"name": "dream", "options": options, **attached}, file)
    data = (await gateway.next("INTERACTION_CREATE"))["data"]
    number = data["options"][0]["value"]
    record = data["resolved"]["attachments"][number]
    assert (record["filename"], record["width"]) == ("cat.png", 32)
    assert (await people.bot.client.get(record["url"])).content == picture()


async def test_a_bot_is_told_where_and_by_whom(gateway: Listener, people: People) -> None:
    interaction = await asked(gateway, people.grace)
    assert interaction["member"]["user"]["username"] == "grace"
    assert int(interaction["member"]["permissions"]) & 1 << 13
    assert interaction["attachment_size_limit"] == 10 * 2**20
    assert int(interaction["app_permissions"]) & 1 << 15
    assert interaction["channel"]["name"] == "dreams"
    assert interaction["context"] == 0


async def test_only_components_that_are_there_and_on_can_be_used(
    gateway: Listener, people: People
) -> None:
    button = {"type": 2, "style": 1, "label": "Go", "custom_id": "go"}
    off = {**button, "custom_id": "off", "disabled": True}
    options = [{"label": name, "value": name} for name in ("calm", "wild")]
    select = {"type": 3, "custom_id": "mood", "options": options}
    rows = [{"type": 1, "components": [button, off]}, {"type": 1, "components": [select]}]
    message = await people.bot.post("choose", components=rows)

    async def use(custom_id: str, **data: Any) -> int:
        told = {"component_type": 2, "custom_id": custom_id, **data}
        answered = await people.ada.try_to_act(3, told, message_id=message["id"])
        return answered.status_code

    assert [await use("nowhere"), await use("off")] == [400, 400]
    assert await use("mood", values=["feverish"]) == 400
    assert await use("mood", values=["wild"]) == 204
    chosen = await gateway.next("INTERACTION_CREATE")
    assert chosen["data"]["values"] == ["wild"]
    assert chosen["message"]["id"] == message["id"]
    updated = await answer(people.bot, chosen, 7, content="wild it is", components=[])
    assert updated.status_code == 200
    gone = await people.ada.try_to_act(
        3, {"component_type": 2, "custom_id": "go"}, message_id=message["id"]
    )
    assert gone.json()["code"] == 50035
    assert (await people.ada.messages())[0]["content"] == "wild it is"


async def test_the_success_of_an_act_is_told_to_who_acted(
    box: DiscordBox, gateway: Listener, people: People
) -> None:
    async with listening(box, box.persons[0].token) as ada:
        interaction = await asked(gateway, people.ada)
        await answer(people.bot, interaction, 4, content="x")
        assert (await ada.next("INTERACTION_SUCCESS"))["nonce"] == "1"


async def test_commands_keep_their_ids_and_have_rules(gateway: Listener, people: People) -> None:
    path = await commands(people.bot)
    before = {each["name"]: each for each in (await people.bot.ask("GET", path)).json()}
    again = await people.bot.ask("PUT", path, json=COMMANDS[:2])
    assert {each["name"]: each for each in again.json()} == {
        name: before[name] for name in ("dream", "quota")
    }
    for body in (
        [{"name": "Dream", "type": 1, "description": "capital"}],
        [{"name": "dream", "type": 1, "description": ""}],
        [{"name": "dream", "type": 1, "description": "x" * 101}],
        [{"name": f"menu {n}", "type": 3} for n in range(16)],
    ):
        assert (await people.bot.ask("PUT", path, json=body)).json()["code"] == 50035
    foreign = await people.ada.ask("GET", path)
    assert foreign.json()["code"] == 50001


async def test_persons_act_and_bots_answer(box: DiscordBox, people: People) -> None:
    answered = await people.bot.try_to_act(2, {"name": "quota"})
    assert answered.status_code == 403
    missing = await people.ada.try_to_act(3, {"custom_id": "x"}, message_id="1")
    assert missing.json()["code"] == 10008


async def test_a_bot_that_is_away_fails_the_act_in_time(box: DiscordBox, people: People) -> None:
    await people.bot.ask("PUT", await commands(people.bot), json=COMMANDS)
    await order(box, do="tokens", answer_seconds=0.05)
    async with listening(box, box.persons[0].token) as ada:
        await people.ada.act(2, {"name": "quota"}, nonce="9")
        assert (await ada.next("INTERACTION_FAILURE"))["nonce"] == "9"


async def test_interactions_at_once_are_answered_each(gateway: Listener, people: People) -> None:
    hands = [people.ada, people.grace, people.linus]
    await asyncio.gather(*(hand.act(2, {"name": "quota"}) for hand in hands))
    told = [await gateway.next("INTERACTION_CREATE") for _ in hands]
    names = [interaction["member"]["user"]["username"] for interaction in told]
    await asyncio.gather(
        *(answer(people.bot, i, 4, content=n) for i, n in zip(told, names, strict=True))
    )

    async def all_there() -> bool:
        said = {message["content"] for message in await people.ada.messages()}
        return said == {"ada", "grace", "linus"}

    assert await until(all_there)
