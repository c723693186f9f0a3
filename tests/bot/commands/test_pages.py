"""The rules in short, and that the whole pages tell the figures there are."""

import re
from pathlib import Path

import pytest

from bot.settings import Settings, variable
from dream.networks import registry
from tests.bot.chat import Chat, open_chat

DOCS = Path(__file__).parents[3] / "docs"
FIGURE = re.compile(r"(\d+(?:\.\d+)?) (?:hours|days) \(`([A-Z_]+)`\)")


async def shown(chat: Chat, command: str) -> str:
    """The card of a typed command."""
    await chat.alice.send(chat.channel, f"!{command}")
    [card] = chat.answers()[-1].embeds
    return f"{card.title}\n{card.description}"


async def test_privacy_tells_how_long_what_is_kept(tmp_path: Path) -> None:
    async with open_chat(tmp_path, keep_hours=5.5, record_days=31) as chat:
        said = await shown(chat, "privacy")
        assert "5.5 hours" in said
        assert "31 days" in said
        assert "/forget" in said
        assert "a program" not in said
        assert "](" not in said


async def test_terms_are_told(chat: Chat) -> None:
    said = await shown(chat, "terms")
    assert "blocked" in said
    assert "](" not in said


@pytest.mark.parametrize("command", ["privacy", "terms"])
async def test_a_slash_command_is_told_privately_in_the_persons_language(
    chat: Chat, command: str
) -> None:
    english = await chat.alice.slash(chat.channel, command)
    assert english.ephemeral
    assert english.response is not None
    await chat.bot.parts.preferences.note_locale(chat.alice.id, "de")
    german = await shown(chat, command)
    assert german.splitlines()[0] != english.response.embeds[0].title


@pytest.mark.parametrize("address", ["https://example.org/dreams", "https://example.org/dreams/"])
async def test_the_whole_page_is_linked_to_where_there_is_one(tmp_path: Path, address: str) -> None:
    async with open_chat(tmp_path, pages=address) as chat:
        for page in ("privacy", "terms"):
            said = await shown(chat, page)
            assert f"(https://example.org/dreams/{page}.md)" in said
            assert (DOCS / f"{page}.md").exists()


async def test_a_gate_is_told_of(tmp_path: Path) -> None:
    async with open_chat(tmp_path, gate="somewhere:look") as chat:
        assert "a program of whoever runs me" in await shown(chat, "privacy")


async def test_help_leads_there(chat: Chat) -> None:
    said = await shown(chat, "help settings")
    assert "`!privacy`" in said
    assert "`!terms`" in said


@pytest.mark.parametrize("page", ["privacy.md", "terms.md", "storage.md"])
def test_figures_on_the_pages_are_the_defaults(page: str) -> None:
    defaults = {variable(name): field.default for name, field in Settings.model_fields.items()}
    for figure, name in FIGURE.findall((DOCS / page).read_text()):
        assert float(figure) == float(defaults[name]), (page, name)


def test_the_privacy_page_tells_both_figures() -> None:
    told = {name for _, name in FIGURE.findall((DOCS / "privacy.md").read_text())}
    assert told == {"DREAMBOT_KEEP_HOURS", "DREAMBOT_RECORD_DAYS"}


def test_the_terms_tell_every_networks_licence() -> None:
    page = (DOCS / "terms.md").read_text()
    for network in registry.networks().values():
        assert network.weights.licence in page, network.name
