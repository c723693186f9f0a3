"""What the page does for the person that one is: their rights, their language, what they read."""

from pathlib import Path
from typing import Any

import discord
from discord import app_commands
from playwright.async_api import Page, expect

from bot.playground import DiscordBox
from tests.playground.conftest import Dreamer, Hand, People, connected, listening, order, picture
from tests.playground.pages import opened

Interaction = discord.Interaction[Any]


class Keeper(Dreamer):
    """Has a command for everybody, and one for those who manage the server."""

    def __init__(self) -> None:
        super().__init__()

        @self.tree.command(name="hello", description="Say hello")
        async def hello(interaction: Interaction) -> None:
            await interaction.response.send_message(f"locale {interaction.locale}")

        @self.tree.command(name="settings", description="Decide")
        @app_commands.default_permissions(manage_guild=True)
        async def settings(interaction: Interaction) -> None:
            await interaction.response.send_message("decided")

    async def setup_hook(self) -> None:
        await self.tree.set_translator(German())
        await super().setup_hook()


class German(app_commands.Translator):
    async def translate(
        self, string: app_commands.locale_str, locale: discord.Locale, context: Any
    ) -> str | None:
        wanted = locale is discord.Locale.german and string.message == "Say hello"
        return "Sag hallo" if wanted else None


async def be(page: Page, name: str) -> None:
    """Become that person; who writes then writes as them."""
    await page.get_by_role("radio", name=name).click()
    await expect(page.get_by_role("radio", name=name)).to_be_checked()
    await expect(page.locator("#room-name")).to_have_text("#dreams")
    await expect(page.locator("#log")).to_have_attribute("aria-busy", "false")


async def test_only_who_manages_the_server_is_offered_what_takes_that(
    box: DiscordBox, ada: Hand, chromium: str
) -> None:
    async with connected(box, Keeper()), opened(box, chromium) as page:
        offered = page.locator("#picker").get_by_role("option")
        await page.locator("#text").press_sequentially("/")
        await expect(offered).to_have_text(["/helloSay hello"])
        await page.locator("#text").fill("/settings")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("alert")).to_have_text(
            "Only who manages the server can: here that is Grace."
        )
        await expect(page.locator("#text")).to_have_value("/settings")
        assert await ada.messages() == []
        await page.locator("#text").fill("")
        await expect(page.get_by_text("manages this server")).to_have_count(1)
        await be(page, "Grace manages this server")
        await page.locator("#text").press_sequentially("/set")
        await expect(offered).to_have_text(["/settingsDecide"])
        await page.keyboard.press("Enter")
        await page.keyboard.press("Enter")
        await expect(page.locator(".message .words")).to_have_text("decided")


async def test_each_person_s_discord_is_in_the_language_chosen_for_them(
    box: DiscordBox, ada: Hand, chromium: str
) -> None:
    async def run(page: Page) -> None:
        await page.locator("#text").press_sequentially("/hello")
        await page.keyboard.press("Enter")
        await page.keyboard.press("Enter")

    async with connected(box, Keeper()), opened(box, chromium) as page:
        language = page.get_by_label("Their Discord in")
        said = page.locator(".message .words")
        await expect(language.locator("option:checked")).to_have_text("English")
        await run(page)
        await expect(said).to_have_text(["locale en-US"])
        async with page.expect_response("**/users/@me/settings"):
            await language.select_option("Deutsch")
        await page.locator("#text").press_sequentially("/")
        await expect(page.locator("#picker")).to_contain_text("Sag hallo")
        await page.locator("#text").fill("")
        await run(page)
        await expect(said).to_have_text(["locale en-US", "locale de"])
        await be(page, "Linus")
        await expect(language.locator("option:checked")).to_have_text("English")
        await page.reload()
        await be(page, "Ada")
        await expect(language.locator("option:checked")).to_have_text("Deutsch")
        assert (await ada.ask("GET", "/users/@me")).json()["locale"] == "de"


async def test_until_one_chooses_it_is_the_browser_s_language(
    box: DiscordBox, ada: Hand, chromium: str
) -> None:
    async with opened(box, chromium, locale="de-AT") as page:
        await expect(page.get_by_label("Their Discord in")).to_have_value("de")
        assert (await ada.ask("GET", "/users/@me")).json()["locale"] == "de"


async def test_a_language_that_cannot_be_one_is_refused(ada: Hand) -> None:
    for wrong in ("", "<b>", 7, None):
        answer = await ada.ask("PATCH", "/users/@me/settings", json={"locale": wrong})
        assert answer.status_code == 400


async def test_what_was_begun_goes_along_to_another_person(
    box: DiscordBox, people: People, chromium: str, tmp_path: Path
) -> None:
    photo = tmp_path / "photo.png"
    photo.write_bytes(picture())
    async with opened(box, chromium) as page:
        await page.set_input_files("#files", photo)
        await page.locator("#text").fill("!dream gaze")
        await be(page, "Linus")
        await expect(page.locator("#tray")).to_contain_text("photo.png")
        await page.locator("#text").press("Enter")
        await expect(page.locator(".message figure img")).to_be_visible()
        await expect(page.locator("#tray")).not_to_be_visible()
    (message,) = await people.ada.messages()
    assert message["author"]["username"] == "linus"
    assert message["content"] == "!dream gaze"
    assert [file["filename"] for file in message["attachments"]] == ["photo.png"]


async def test_a_room_and_a_whisper_are_marked_until_they_were_read_by_that_person(
    box: DiscordBox, people: People, chromium: str
) -> None:
    lounge = (await order(box, do="open_channel", name="attic"))["id"]
    async with opened(box, chromium) as page:
        grace = {"recipient_id": str(box.persons[1].id)}
        whisper = (await people.bot.ask("POST", "/users/@me/channels", json=grace)).json()["id"]
        for room in (lounge, whisper):
            path = f"/channels/{room}/messages"
            assert (await people.bot.ask("POST", path, json={"content": "psst"})).status_code == 200
        await expect(page.get_by_role("button", name="#attic, new messages")).to_be_visible()
        await expect(page.get_by_role("button", name="Dreambot, new messages")).to_have_count(0)
        await be(page, "Grace")
        await expect(page.get_by_role("button", name="#attic, new messages")).to_be_visible()
        await page.get_by_role("button", name="Dreambot, new messages").click()
        await expect(page.locator(".message .words")).to_have_text("psst")
        await expect(page.get_by_role("button", name="Dreambot, new messages")).to_have_count(0)
        await expect(page.get_by_placeholder("Say something to Dreambot")).to_be_visible()
        await page.reload()
        await expect(page.locator("#room-name")).to_have_text("Dreambot")
        await page.get_by_role("button", name="#dreams").click()
        await expect(page.get_by_role("button", name="Dreambot", exact=True)).to_be_visible()


async def test_a_link_to_a_message_leads_there(
    box: DiscordBox, people: People, chromium: str
) -> None:
    guild = (await people.ada.ask("GET", "/users/@me/guilds")).json()[0]["id"]
    attic = (await order(box, do="open_channel", name="attic"))["id"]
    hand = Hand(box.api, attic, box.persons[2].token)
    first = await hand.post("the first of many")
    await order(box, do="limits", on=False)
    for number in range(60):
        await hand.post(str(number))
    await hand.client.aclose()
    link = f"https://discord.com/channels/{guild}/{attic}/{first['id']}"
    gone = f"https://discord.com/channels/{guild}/{attic}/{int(first['id']) + 1}"
    elsewhere = f"https://discord.com/channels/1/2/{first['id']}"
    async with opened(box, chromium) as page:
        button = {"type": 2, "style": 5, "label": "Show it", "url": link}
        await people.bot.post(
            f"{link} [there]({gone}) {elsewhere}",
            components=[{"type": 1, "components": [button]}],
        )
        links = page.locator(".words a")
        await expect(links).to_have_text(["#attic › message", "there", elsewhere])
        await links.first.click()
        await expect(page.locator("#room-name")).to_have_text("#attic")
        found = page.locator(f"#message-{first['id']}")
        await expect(found).to_be_in_viewport()
        await expect(found).to_have_class("message found")
        await expect(found).to_have_class("message")
        await page.get_by_role("button", name="#dreams").click()
        await page.get_by_role("link", name="Show it").click()
        await expect(found).to_be_in_viewport()
        await page.get_by_role("button", name="#dreams").click()
        await links.nth(1).click()
        await expect(page.get_by_role("alert")).to_have_text("That message isn't there any more.")
        assert len(page.context.pages) == 1


async def test_the_star_comes_first_and_enough_people_can_give_one(
    box: DiscordBox, people: People, chromium: str
) -> None:
    async with opened(box, chromium) as page:
        await people.ada.post("a dream")
        for name in ("Grace", "Linus", "Barbara", "Edsger"):
            await be(page, name)
            await page.locator(".message").hover()
            await page.get_by_role("button", name="More for this message").click()
            faces = page.locator(".face-choice")
            await expect(faces.first).to_have_text("⭐")
            await faces.first.click()
            await expect(page.locator(".reaction")).to_have_attribute("aria-pressed", "true")
        await expect(page.locator(".reaction .count")).to_have_text("4")


async def test_the_first_screen_offers_the_rocket_and_one_button_sends_it(
    box: DiscordBox, people: People, chromium: str
) -> None:
    async with opened(box, chromium) as page, listening(box, box.persons[1].token) as grace:
        await page.get_by_role("button", name="or take the rocket").click()
        await expect(page.locator("#tray")).to_contain_text("rocket.jpg")
        await page.get_by_role("button", name="Send with !dream").click()
        message = await grace.next("MESSAGE_CREATE")
    assert message["content"] == "!dream"
    assert [file["content_type"] for file in message["attachments"]] == ["image/jpeg"]
