"""The chat page in a real browser, with a real bot behind it."""

import asyncio
import base64
import io
from pathlib import Path
from typing import Any

import discord
import pytest
from discord import app_commands, ui
from playwright.async_api import Page, expect

from bot.playground import DiscordBox
from tests.playground.conftest import Dreamer, Hand, People, connected, listening, picture, until
from tests.playground.pages import opened

Interaction = discord.Interaction[Any]
EVIL = "<img src=x onerror=\"document.title='owned'\">"


class Companion(Dreamer):
    """Answers `!dream` with previews that grow into a result with buttons, as told to."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = asyncio.Queue[None]()

    async def on_message(self, message: discord.Message, /) -> None:
        if message.author.bot or message.content != "!dream":
            return
        data = await message.attachments[0].read()
        answer = await message.reply("Got it.")
        for percent in (30, 60):
            await self.go_on.get()
            preview = discord.File(io.BytesIO(data), "preview.png")
            await answer.edit(content=f"Dreaming, {percent} %", attachments=[preview])
        await self.go_on.get()
        view = ui.View(timeout=None)
        again: ui.Button[Any] = ui.Button(label="Again", custom_id="again")
        again.callback = self._again  # type: ignore[method-assign]
        off: ui.Button[Any] = ui.Button(label="Not now", custom_id="off", disabled=True)
        view.add_item(again).add_item(off)
        dream = discord.File(io.BytesIO(data), "dream.png")
        await answer.edit(content="**Done**", attachments=[dream], view=view)

    async def _again(self, interaction: Interaction) -> None:
        await interaction.response.send_message("Dreaming *again*", ephemeral=True)


async def test_a_picture_is_posted_its_dream_grows_and_a_button_answers(
    box: DiscordBox, chromium: str, tmp_path: Path
) -> None:
    photo = tmp_path / "photo.png"
    photo.write_bytes(picture((640, 480)))
    bot = Companion()
    async with connected(box, bot), opened(box, chromium) as page:
        await page.set_input_files("#files", photo)
        await expect(page.locator("#tray")).to_contain_text("photo.png")
        await page.locator("#text").press_sequentially("!dream")
        await page.locator("#text").press("Enter")
        answer = page.locator(".message", has_text="Got it.")
        await expect(answer.locator(".quoted")).to_contain_text("!dream")
        answer = page.locator(f"#{await answer.get_attribute('id')}")
        await bot.go_on.put(None)
        await expect(answer.locator(".words")).to_have_text("Dreaming, 30 %")
        await expect(answer.locator("figure.growing img")).to_be_visible()
        # From now on there is a picture at every moment, whatever replaces it.
        await answer.evaluate(
            """answer => {
                window.bare = 0;
                new MutationObserver(() => {
                    const image = answer.querySelector("figure img");
                    if (!image || !image.complete || !image.naturalWidth) window.bare += 1;
                }).observe(answer, { childList: true, subtree: true, attributes: true });
            }"""
        )
        await bot.go_on.put(None)
        await expect(answer.locator(".words")).to_have_text("Dreaming, 60 %")
        await bot.go_on.put(None)
        await expect(answer.locator(".words strong")).to_have_text("Done")
        await expect(answer.locator("img[alt='dream.png']")).to_be_visible()
        await expect(answer.locator("figure.growing")).to_have_count(0)
        assert await page.evaluate("window.bare") == 0
        await expect(answer.get_by_role("button", name="Not now")).to_be_disabled()
        await answer.get_by_role("button", name="Again").click()
        private = page.locator(".message.private")
        await expect(private).to_contain_text("Only you can see this.")
        await expect(private.locator("em")).to_have_text("again")
        await _download(page, answer)
        await page.get_by_role("radio", name="Linus").click()
        await expect(page.locator(".words strong")).to_have_text("Done")
        await expect(private).to_have_count(0)


async def _download(page: Page, answer: Any) -> None:
    await answer.locator("figure .open").click()
    await expect(page.locator("dialog.light img")).to_be_visible()
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Download", exact=True).click()
    saved = await download.value
    assert saved.suggested_filename == "dream.png"
    assert Path(await saved.path()).read_bytes() == picture((640, 480))
    await page.keyboard.press("Escape")
    await expect(page.locator("dialog.light")).not_to_be_visible()


async def test_what_looks_like_markup_is_shown_as_text(
    box: DiscordBox, people: People, chromium: str
) -> None:
    guild = (await people.ada.ask("GET", "/users/@me/guilds")).json()[0]["id"]
    name = "<b onclick=1>Ada</b><script>"
    renamed = await people.ada.ask("PATCH", f"/guilds/{guild}/members/@me", json={"nick": name})
    assert renamed.status_code == 200
    async with opened(box, chromium) as page:
        await people.ada.post(f"{EVIL} **{EVIL}** [x](javascript:alert(1)) ```{EVIL}```")
        embed = {"title": EVIL, "description": EVIL, "url": "https://example.org", "color": 1}
        button = {"type": 2, "style": 1, "label": EVIL[:80], "custom_id": "a"}
        link = {"type": 2, "style": 5, "label": "go", "url": "javascript:alert(1)"}
        rows = [{"type": 1, "components": [button, link]}]
        await people.bot.post(EVIL, embeds=[embed], components=rows)
        await expect(page.locator(".message .name").first).to_have_text(name)
        await expect(page.locator(".message")).to_have_count(2)
        await expect(page.locator(".message .words").first).to_contain_text(EVIL)
        await expect(page.locator(".words strong")).to_have_text(EVIL)
        await expect(page.locator(".card-title")).to_have_text(EVIL)
        await expect(page.get_by_role("radio", name=name)).to_be_checked()
        assert await page.locator(".words img, .card img, .words script").count() == 0
        assert await page.locator("a[href^='javascript']").count() == 0
        assert await page.title() == "The Dream House"


async def test_markdown_is_drawn(box: DiscordBox, people: People, chromium: str) -> None:
    async with opened(box, chromium) as page:
        await people.bot.post(
            "# Title\n**bold** *italic* __under__ ~~gone~~ `code` ||hidden||\n"
            f"- one\n<@{box.persons[2].id}> <#{box.channel}> <t:0:R> snake_case_name https://a.example/x"
        )
        words = page.locator(".words")
        for selector, text in (
            (".heading", "Title"),
            ("strong", "bold"),
            ("em", "italic"),
            ("u", "under"),
            ("s", "gone"),
            ("code", "code"),
            (".spoiler", "hidden"),
            (".item", "one"),
            ("a", "https://a.example/x"),
        ):
            await expect(words.locator(selector)).to_have_text(text)
        await expect(words.locator(".mention")).to_have_text(["@Linus", "#dreams"])
        await expect(words.locator("time")).to_contain_text("years ago")
        await expect(words).to_contain_text("snake_case_name")


async def test_a_slash_command_is_filled_in_by_keyboard(
    box: DiscordBox, chromium: str, tmp_path: Path
) -> None:
    photo = tmp_path / "photo.png"
    photo.write_bytes(picture())
    bot = Dreamer()

    @bot.tree.command(name="dream", description="Dream a picture")
    async def dream(interaction: Interaction, image: discord.Attachment, preset: str = "") -> None:
        await interaction.response.defer(thinking=True)
        await asyncio.sleep(0.3)
        await interaction.edit_original_response(content=f"{image.filename} as {preset}")

    @dream.autocomplete("preset")
    async def presets(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        names = [name for name in ("Classic", "Strokes") if typed.lower() in name.lower()]
        return [app_commands.Choice(name=name, value=name.lower()) for name in names]

    async with connected(box, bot), opened(box, chromium) as page:
        await page.locator("#text").press_sequentially("/dr")
        await expect(page.locator("#picker").get_by_role("option")).to_have_text(
            "/dreamDream a picture"
        )
        await page.keyboard.press("Enter")
        await page.set_input_files("#command input[type=file]", photo)
        await page.get_by_role("button", name="preset").click()
        await page.get_by_label("preset").press_sequentially("str")
        await expect(page.locator("#picker").get_by_role("option")).to_have_text("Strokes")
        await page.keyboard.press("Enter")
        await page.keyboard.press("Enter")
        await expect(page.locator(".thinking")).to_be_visible()
        await expect(page.locator(".words")).to_have_text("photo.png as strokes")
        await expect(page.locator(".quoted")).to_contain_text("/dream")
        await expect(page.locator("#text")).to_be_focused()


async def test_a_missing_option_is_said_and_nothing_is_sent(box: DiscordBox, chromium: str) -> None:
    bot = Dreamer()

    @bot.tree.command(name="dream")
    async def dream(interaction: Interaction, image: discord.Attachment) -> None: ...

    async with connected(box, bot), opened(box, chromium) as page:
        await page.locator("#text").press_sequentially("/dream")
        await page.keyboard.press("Enter")
        await page.get_by_role("button", name="Run it").click()
        await expect(page.get_by_role("alert")).to_contain_text("image is missing")
        await page.keyboard.press("Escape")
        await expect(page.locator("#text")).to_be_visible()


class Form(ui.Modal, title="Differently"):
    layer: ui.TextInput[Any] = ui.TextInput(label="Layer")
    mood: ui.Label[Any] = ui.Label(
        text="Mood",
        component=ui.Select(options=[discord.SelectOption(label=m) for m in ("calm", "wild")]),
    )
    guide: ui.Label[Any] = ui.Label(text="Guide", component=ui.FileUpload(required=False))

    async def on_submit(self, interaction: Interaction, /) -> None:
        assert isinstance(self.mood.component, ui.Select)
        assert isinstance(self.guide.component, ui.FileUpload)
        names = [file.filename for file in self.guide.component.values]
        text = f"{self.layer.value} {self.mood.component.values[0]} {names}"
        await interaction.response.send_message(text)


async def test_menus_and_modals_and_layouts(
    box: DiscordBox, ada: Hand, chromium: str, tmp_path: Path
) -> None:
    photo = tmp_path / "guide.png"
    photo.write_bytes(picture())
    bot = Dreamer()

    @bot.tree.context_menu(name="Dream this")
    async def menu(interaction: Interaction, message: discord.Message) -> None:
        view = ui.LayoutView(timeout=None)
        select: ui.Select[Any] = ui.Select(
            custom_id="preset", options=[discord.SelectOption(label="Classic", value="classic")]
        )

        async def chosen(answer: Interaction) -> None:
            await answer.response.send_modal(Form())

        select.callback = chosen  # type: ignore[assignment, method-assign]
        gallery: ui.MediaGallery[Any] = ui.MediaGallery(
            discord.MediaGalleryItem("attachment://dream.png", description="a dream")
        )
        row: ui.ActionRow[Any] = ui.ActionRow(select)
        container: ui.Container[Any] = ui.Container(
            ui.TextDisplay(f"## Of {message.author.display_name}"), gallery, ui.Separator(), row
        )
        view.add_item(container)
        file = discord.File(io.BytesIO(picture()), "dream.png")
        await interaction.response.send_message(view=view, file=file)

    async with connected(box, bot), opened(box, chromium) as page:
        await ada.post("look", ("cat.png", picture()))
        await page.locator(".message").hover()
        await page.get_by_role("button", name="More for this message").click()
        await page.get_by_role("menuitem", name="Dream this").click()
        layout = page.locator(".container")
        await expect(layout.locator(".heading")).to_have_text("Of Ada")
        await expect(layout.get_by_alt_text("a dream")).to_be_visible()
        await layout.get_by_role("combobox").select_option("classic")
        sheet = page.locator("dialog.sheet")
        await expect(sheet.get_by_role("heading")).to_have_text("Differently")
        await sheet.get_by_label("Layer").fill("inception_4c")
        await sheet.get_by_label("Mood").select_option("wild")
        await sheet.get_by_label("Guide").set_input_files(photo)
        await sheet.get_by_role("button", name="Send").click()
        await expect(page.locator(".message").last).to_contain_text(
            "inception_4c wild ['guide.png']"
        )
        await expect(sheet).not_to_be_visible()


async def test_channels_that_are_chosen_already_are_shown_so(
    box: DiscordBox, people: People, chromium: str
) -> None:
    select = {"type": 8, "custom_id": "where", "max_values": 5, "placeholder": "Where"}
    chosen = {**select, "default_values": [{"id": box.channel, "type": "channel"}]}
    one = {**chosen, "custom_id": "one", "max_values": 1}
    none = {**select, "custom_id": "none"}
    rows = [{"type": 1, "components": [each]} for each in (chosen, one, none)]
    async with opened(box, chromium) as page:
        await people.bot.post("choose", components=rows)
        shown = page.locator("details.many summary")
        await expect(shown).to_have_text(["#dreams", "Where"])
        await expect(
            page.locator("#messages").get_by_role("combobox").locator("option:checked")
        ).to_have_text("#dreams")
        await shown.first.click()
        await expect(page.get_by_role("checkbox", name="#dreams").first).to_be_checked()
        await expect(page.get_by_role("checkbox", name="#lounge").first).not_to_be_checked()


async def test_replies_reactions_and_deletions(
    box: DiscordBox, people: People, chromium: str
) -> None:
    async with opened(box, chromium) as page:
        first = await people.linus.post("first")
        message = page.locator(f"#message-{first['id']}")
        await message.hover()
        await message.get_by_role("button", name="Love it").click()
        await expect(message.locator(".reaction")).to_have_attribute("aria-pressed", "true")
        await people.grace.ask(
            "PUT", f"{people.grace.channel}/messages/{first['id']}/reactions/❤️/@me"
        )
        await expect(message.locator(".reaction .count")).to_have_text("2")
        await message.locator(".reaction").click()
        await expect(message.locator(".reaction")).to_have_attribute("aria-pressed", "false")
        await message.get_by_role("button", name="Reply", exact=True).click()
        await page.keyboard.type("second")
        await page.keyboard.press("Enter")
        reply = page.locator(".message", has_text="second")
        await expect(reply.locator(".quoted")).to_contain_text("Linus")
        await people.linus.ask("DELETE", f"{people.linus.channel}/messages/{first['id']}")
        await expect(message).to_have_count(0)


async def test_pictures_are_dropped_and_pasted(box: DiscordBox, ada: Hand, chromium: str) -> None:
    data = base64.b64encode(picture()).decode()
    carrying = f"""
        const bytes = Uint8Array.from(atob("{data}"), each => each.charCodeAt(0));
        const carried = new DataTransfer();
        carried.items.add(new File([bytes], "image.png", {{ type: "image/png" }}));
    """
    async with opened(box, chromium) as page:
        await page.evaluate(
            f"""() => {{ {carrying}
                const event = new DragEvent("drop", {{ dataTransfer: carried, bubbles: true }});
                document.body.dispatchEvent(event); }}"""
        )
        await page.evaluate(
            f"""() => {{ {carrying}
                const event = new ClipboardEvent("paste", {{ clipboardData: carried }});
                document.querySelector("#text").dispatchEvent(event); }}"""
        )
        await expect(page.locator("#tray .held")).to_have_count(2)
        await page.get_by_role("button", name="Send with !dream").click()
        await expect(page.locator(".message figure img")).to_have_count(2)
    (message,) = await ada.messages()
    assert message["content"] == "!dream"
    assert [file["size"] for file in message["attachments"]] == [len(picture())] * 2


async def test_it_fits_a_phone_and_every_control_has_a_name(
    box: DiscordBox, people: People, chromium: str
) -> None:
    async with opened(box, chromium, 390, 844) as page:
        button = {"type": 2, "style": 1, "label": "A button with a long name", "custom_id": ""}
        row = [{**button, "custom_id": str(number)} for number in range(5)]
        embed = {"title": "wide " * 20, "image": {"url": "attachment://wide.png"}}
        await people.bot.post(
            "x" * 300,
            ("wide.png", picture((2000, 300))),
            embeds=[embed],
            components=[{"type": 1, "components": row}],
        )
        await expect(page.locator(".card img")).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth") == 390
        assert await page.evaluate(
            "[...document.querySelectorAll('.message *')]"
            ".every(each => each.getBoundingClientRect().right <= 391)"
        )
        nameless = await page.evaluate(
            """[...document.querySelectorAll("button, input, select, textarea")]
                .filter(each => each.checkVisibility() && !each.ariaLabel
                    && !each.textContent.trim() && !each.labels?.length)
                .map(each => each.outerHTML)"""
        )
        assert nameless == []
        await page.get_by_role("button", name="Rooms and people").click()
        await page.get_by_role("button", name="#lounge").click()
        await expect(page.locator("#room-name")).to_have_text("#lounge")
        await people.linus.post("over here")
        await page.get_by_role("button", name="Rooms and people").click()
        await expect(page.get_by_role("button", name="#dreams, new messages")).to_be_visible()


async def test_who_reads_the_end_stays_there_and_who_reads_above_is_left_in_peace(
    box: DiscordBox, people: People, chromium: str
) -> None:
    async with opened(box, chromium) as page:

        async def to_the_end() -> bool:
            left: float = await page.evaluate("log.scrollHeight - log.scrollTop - log.clientHeight")
            return left < 2

        async def away() -> bool:
            return not await to_the_end()

        for number in range(4):
            await people.linus.post("line\n" * 12 + str(number))
        growing = await people.bot.post("short")
        await expect(page.locator(".message")).to_have_count(5)
        path = f"{people.bot.channel}/messages/{growing['id']}"
        await page.locator("#text").fill("one\ntwo\nthree\nfour\nfive\nsix")
        await people.bot.ask("PATCH", path, json={"content": "line\n" * 40 + "end"})
        await page.locator("#text").fill("")
        await expect(page.locator(".words").last).to_contain_text("end")
        await until(to_the_end)
        # Browsers tell of scrolling late: what has grown meanwhile isn't the reader's doing.
        await page.evaluate(
            """() => {
                log.querySelector("li:last-child").style.paddingTop = "400px";
                log.dispatchEvent(new Event("scroll"));
            }"""
        )
        await until(to_the_end)
        await page.evaluate(
            """() => {
                const style = log.querySelector("li:last-child").style;
                style.paddingTop = "0px";
                log.getBoundingClientRect();
                style.paddingTop = "800px";
                log.dispatchEvent(new Event("scroll"));
            }"""
        )
        await until(to_the_end)
        await page.locator("#log").hover()
        await page.mouse.wheel(0, -500)
        await until(away)
        await people.grace.post("later")
        await expect(page.locator(".message")).to_have_count(6)
        assert await away()


async def test_the_first_screen_leads_to_a_picture_and_the_word(
    box: DiscordBox, chromium: str, tmp_path: Path
) -> None:
    photo = tmp_path / "photo.png"
    photo.write_bytes(picture())
    async with opened(box, chromium) as page:
        async with page.expect_file_chooser() as chooser:
            await page.get_by_role("button", name="Choose a picture", exact=True).click()
        await (await chooser.value).set_files(photo)
        hint = page.get_by_role("button", name="!dream")
        await expect(hint).to_be_visible()
        await page.keyboard.type("!d")
        await expect(hint).not_to_be_visible()


async def test_slivers_are_tall_enough_to_be_seen_and_bare_of_buttons(
    box: DiscordBox, people: People, chromium: str
) -> None:
    async with opened(box, chromium, 390, 844) as page:
        await people.linus.post("", ("dot.png", picture((1, 1))), ("line.png", picture((5000, 40))))
        await expect(page.locator("figure.slim img")).to_have_count(2)
        for box_of_it in await page.locator("figure.slim").all():
            size = await box_of_it.bounding_box()
            assert size is not None
            assert size["height"] >= 24
        await expect(page.locator("figure.slim .save").first).not_to_be_visible()


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
async def test_nothing_is_missed_while_the_line_is_cut(
    box: DiscordBox, ada: Hand, chromium: str, name: str
) -> None:
    from tests.playground.conftest import order

    async with opened(box, chromium) as page:
        await page.goto(box.page.replace("127.0.0.1", name))
        await expect(page.locator("#empty")).to_be_visible()
        async with listening(box, box.persons[0].token):
            ended = await order(box, do="disconnect", user=box.persons[0].id, abruptly=True)
            assert ended["ended"] >= 1
        message = await ada.post("meanwhile", ("cat.png", picture()))
        shown = page.locator(f"#message-{message['id']}")
        await expect(shown.locator("img")).to_be_visible()
        await ada.post("and after")
        await expect(page.locator(".message")).to_have_count(2)


async def test_the_page_may_load_and_run_only_its_own(box: DiscordBox, ada: Hand) -> None:
    answer = await ada.client.get(box.page)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "<script>" not in answer.text
    assert (await ada.client.get(f"{box.page}page/..%2fchat.py")).status_code == 404

    async def there() -> bool:
        return (await ada.client.get(f"{box.page}page/main.js")).status_code == 200

    assert await until(there)
