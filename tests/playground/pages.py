"""The chat page, opened in a browser."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Page, async_playwright, expect

from bot.playground import DiscordBox


@asynccontextmanager
async def opened(
    box: DiscordBox,
    chromium: str,
    width: int = 1100,
    height: int = 760,
    *,
    locale: str = "en-US",
    may_be_cut: bool = False,
) -> AsyncIterator[Page]:
    """The page, connected, in a browser that reports no error.

    Args:
        may_be_cut: The server goes meanwhile, which a browser reports as errors of the network.
    """
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = await browser.new_page(viewport={"width": width, "height": height}, locale=locale)
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on(
            "console",
            lambda told: problems.append(told.text) if told.type in ("error", "warning") else None,
        )
        await page.goto(box.page)
        await expect(page.locator("#room-name")).to_have_text("#dreams")
        await expect(page.locator("#empty")).to_be_visible()
        yield page
        await browser.close()
        assert [each for each in problems if not (may_be_cut and "ERR_CONNECTION" in each)] == []
