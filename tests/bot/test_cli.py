"""The command `dreambot`, as a shell runs it."""

import base64
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.settings import Settings


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Without anybody's settings."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("DREAMBOT_", "DISCORD_"))}
    kept.pop("DATABASE_URL", None)
    return {**kept, "DREAMBOT_DATA": str(tmp_path / "data")}


def dreambot(
    *arguments: str, environment: dict[str, str], **more: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        env={**environment, **more},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def in_one_sentence(run: subprocess.CompletedProcess[str]) -> str:
    """What it failed with: no traceback, exit code 1."""
    assert run.returncode == 1
    assert "Traceback" not in run.stderr
    return run.stderr.strip().splitlines()[-1]


def test_the_invite_asks_for_exactly_what_is_needed(environment: dict[str, str]) -> None:
    discord = pytest.importorskip("discord")
    address = dreambot("invite", "--id", "123456789012345678", environment=environment).stdout
    assert "client_id=123456789012345678" in address
    assert "scope=bot+applications.commands" in address
    found = re.search(r"permissions=(\d+)", address)
    assert found is not None
    permissions = discord.Permissions(int(found[1]))
    assert {name for name, held in permissions if held} == {
        "read_messages",  # what the library calls View Channel
        "send_messages",
        "send_messages_in_threads",
        "embed_links",
        "attach_files",
        "read_message_history",
    }


def test_the_invite_takes_the_application_from_the_token(environment: dict[str, str]) -> None:
    first = base64.urlsafe_b64encode(b"1234567890123456789").decode().rstrip("=")
    run = dreambot("invite", environment=environment, DISCORD_TOKEN=f"{first}.abc.def")
    assert "client_id=1234567890123456789&" in run.stdout


@pytest.mark.parametrize("token", ["", "nonsense", "äöü.b.c"])
def test_without_an_application_the_invite_says_what_it_needs(
    environment: dict[str, str], token: str
) -> None:
    run = dreambot("invite", environment=environment, DISCORD_TOKEN=token)
    assert "--id" in in_one_sentence(run)
    assert "https://" not in run.stdout


def test_every_setting_is_listed_with_its_variable(environment: dict[str, str]) -> None:
    table = dreambot("settings", environment=environment).stdout
    listed = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    assert len(listed) == len(Settings.model_fields)
    assert {"DISCORD_TOKEN", "DATABASE_URL", "DREAMBOT_DATA", "DREAMBOT_LOG"} <= set(listed)
    assert str(environment["DREAMBOT_DATA"]) not in table


@pytest.mark.parametrize("variable", ["DATABASE_URL", "DREAMBOT_STORAGE", "DREAMBOT_DEVICES"])
def test_a_community_without_a_token_is_refused(environment: dict[str, str], variable: str) -> None:
    run = dreambot("run", environment=environment, **{variable: "sqlite:////tmp/x"})
    sentence = in_one_sentence(run)
    assert variable in sentence
    assert "DISCORD_TOKEN" in sentence


def test_a_wrong_setting_is_named_with_its_variable(environment: dict[str, str]) -> None:
    run = dreambot("run", environment=environment, DREAMBOT_DAILY_CREDITS="many")
    assert "DREAMBOT_DAILY_CREDITS" in in_one_sentence(run)


def test_a_token_is_never_printed(environment: dict[str, str]) -> None:
    run = dreambot(
        "run",
        environment=environment,
        DISCORD_TOKEN="secret-token",
        DREAMBOT_DISCORD_API="http://127.0.0.1:9/api/v10",
        DREAMBOT_DAILY_CREDITS="many",
    )
    assert "secret-token" not in run.stdout + run.stderr


def test_help_comes_without_loading_torch_or_discord(environment: dict[str, str]) -> None:
    code = (
        "import sys, bot.__main__ as m\n"
        "try: m.main(['--help'])\n"
        "except SystemExit: pass\n"
        "sys.exit(bool({'torch', 'discord', 'sqlalchemy'} & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, check=False, timeout=60
    )
    assert run.returncode == 0, run.stderr
