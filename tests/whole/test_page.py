"""What a person sees: the chat page in a browser, with the real bot and its own network."""

from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from urllib.parse import urljoin

import pytest
from PIL import Image
from playwright.async_api import Page, async_playwright, expect

from dream.pictures import read_recipe
from tests.whole.conftest import Playground

DREAM = ".message img[src*='/dream-']"
PREVIEW = ".message img[src*='/preview.']"


@pytest.fixture
async def page(playground: Playground, chromium: str) -> AsyncIterator[Page]:
    """The playground's page, opened by somebody new; errors in it fail the test."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = await browser.new_page(viewport={"width": 1280, "height": 860})
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        await page.goto(playground.page)
        yield page
        await browser.close()
    assert not errors


@pytest.mark.long
async def test_a_picture_dropped_on_the_page_becomes_a_dream_while_one_watches(
    page: Page, playground: Playground, photograph: Path
) -> None:
    await page.set_input_files("#files", photograph)
    await page.get_by_role("textbox", name="Message").fill("!dream")
    await page.keyboard.press("Enter")
    await expect(page.locator(PREVIEW)).to_be_visible(timeout=60_000)
    await expect(page.get_by_text("octave")).to_be_visible()
    await expect(page.locator(DREAM)).to_be_visible(timeout=90_000)
    await expect(page.locator(PREVIEW)).to_have_count(0)
    await expect(page.get_by_text("seed")).to_be_visible()
    shown = await page.locator(DREAM).get_attribute("src")
    assert shown is not None
    answer = await playground.person.get(urljoin(playground.page, shown))
    assert read_recipe(answer.content).network == "dreamnet"
    with Image.open(BytesIO(answer.content)) as dream:
        assert dream.size == (1080, 720)
