"""The page while the server or the bot is gone, and when they are back."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import async_playwright, expect

from bot.playground import DiscordBox
from tests.playground.conftest import Dreamer, connected, picture
from tests.playground.pages import opened
from tests.playground.test_play import children, playing


async def test_the_page_goes_on_with_a_playground_that_was_started_again(
    chromium: str, tmp_path: Path
) -> None:
    photo = tmp_path / "photo.png"
    photo.write_bytes(picture())
    first = DiscordBox()
    await first.start()
    async with opened(first, chromium, may_be_cut=True) as page:
        await page.get_by_role("radio", name="Linus").click()
        await page.set_input_files("#files", photo)
        await first.close()
        stopped = page.get_by_text("The playground has stopped: start it again with make run")
        await expect(stopped).to_have_count(1)
        await expect(page.locator("#presence")).not_to_be_visible()
        await page.locator("#text").fill("still there?")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("alert")).to_contain_text("start it again with make run")
        await expect(page.locator("#text")).to_have_value("still there?")
        async with (
            DiscordBox(port=urlsplit(first.page).port or 0) as second,
            connected(second, Dreamer()) as bot,
        ):
            await expect(page.get_by_text("Dreambot is awake")).to_be_visible()
            await expect(page.locator("#stopped")).not_to_be_visible()
            await expect(page.get_by_role("radio", name="Linus")).to_be_checked()
            await page.locator("#text").press("Enter")
            heard = await bot.hears()
            assert (heard.author.name, heard.content) == ("linus", "still there?")
            assert [file.filename for file in heard.attachments] == ["photo.png"]
            await expect(page.locator(".message .name")).to_have_text("Linus")


async def test_somebody_can_be_chosen_while_the_playground_is_gone(chromium: str) -> None:
    first = DiscordBox()
    await first.start()
    async with opened(first, chromium, may_be_cut=True) as page:
        await first.close()
        await page.get_by_role("radio", name="Grace").click()
        await expect(page.locator("#stopped")).to_be_visible()
        async with DiscordBox(port=urlsplit(first.page).port or 0):
            await expect(page.locator("#empty")).to_be_visible()
            await expect(page.get_by_role("radio", name="Grace")).to_be_checked()


async def test_a_bot_that_comes_back_is_seen_to(box: DiscordBox, chromium: str) -> None:
    async with opened(box, chromium) as page:
        for _ in range(2):
            async with connected(box, Dreamer()):
                await expect(page.get_by_text("Dreambot is awake")).to_be_visible()
            await expect(page.get_by_text("Dreambot is away")).to_be_visible()


@pytest.mark.long
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
async def test_an_open_page_outlives_a_killed_bot_and_a_killed_playground(
    chromium: str, tmp_path: Path
) -> None:
    async def ready(process: asyncio.subprocess.Process) -> str:
        assert process.stdout is not None
        told = json.loads(await asyncio.wait_for(process.stdout.readline(), 60))
        return str(told["page"])

    here = {"TMPDIR": str(tmp_path)}
    async with async_playwright() as playwright, playing("--port", "0", "--json", **here) as first:
        address = await ready(first)
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = await browser.new_page()
        await page.goto(address)
        await expect(page.get_by_text("Dreambot is awake")).to_be_visible()
        (bot,) = children(first.pid)
        os.kill(bot, signal.SIGKILL)
        await expect(page.get_by_text("Dreambot is away")).to_be_visible()
        await expect(page.get_by_text("Dreambot is awake")).to_be_visible(timeout=60_000)
        first.kill()
        await expect(page.locator("#stopped")).to_be_visible()
        async with playing("--port", str(urlsplit(address).port), "--json", **here) as second:
            assert await ready(second) == address
            await expect(page.get_by_text("Dreambot is awake")).to_be_visible()
            await expect(page.locator("#stopped")).not_to_be_visible()
            await page.locator("#text").fill("!ping")
            await page.keyboard.press("Enter")
            await expect(page.locator(".message .words").first).to_have_text("!ping")
        await browser.close()
