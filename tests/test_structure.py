"""Who may know whom, and that the words about the project are true."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

import dream
from bot.__main__ import main as dreambot
from bot.settings import Settings, variable
from dream.cli import main as dream_command

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()

KNOWS_DISCORD = {"bot/client.py", "bot/app.py", "bot/permissions.py"}
KNOWS_DISCORD_BELOW = ("bot/ui/", "bot/commands/")


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imports(module: Path) -> set[str]:
    """Full names of all that a module imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def test_the_engine_knows_nothing_of_people() -> None:
    for module in modules("dream"):
        strange = {name.split(".")[0] for name in imports(module)} & {"bot", "discord", "aiohttp"}
        assert not strange, module


def test_the_bot_knows_the_engine_by_its_public_names_alone() -> None:
    public = {f"dream.{name}" for name in dream.__all__}
    for module in modules("bot"):
        inside = {name for name in imports(module) if name.startswith("dream.")}
        assert inside <= public, module


def test_only_what_people_touch_knows_discord() -> None:
    for module in modules("bot"):
        name = module.relative_to(ROOT).as_posix()
        if name not in KNOWS_DISCORD and not name.startswith(KNOWS_DISCORD_BELOW):
            assert not {n for n in imports(module) if n.split(".")[0] == "discord"}, name


def test_all_sql_lives_with_the_database() -> None:
    for module in modules("bot"):
        if "database" not in module.parts:
            assert not {n for n in imports(module) if n.split(".")[0] == "sqlalchemy"}, module


@pytest.mark.parametrize("package", ["dream", "bot.app", "bot.__main__"])
def test_the_bots_process_never_loads_torch(package: str) -> None:
    code = f"import sys, {package}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=False).returncode == 0


def test_public_names_are_all_there_and_in_order() -> None:
    assert dream.__all__ == sorted(dream.__all__)
    for name in dream.__all__:
        assert getattr(dream, name) is not None


def test_the_readme_has_every_setting_as_it_is() -> None:
    table = README.split("prints this table -->\n")[1].split("<!-- /settings -->")[0]
    assert table.strip() == CliRunner().invoke(dreambot, ["settings"]).output.strip()
    for name in Settings.model_fields:
        assert f"`{variable(name)}`" in table


def test_the_readme_names_only_commands_that_there_are() -> None:
    for line in README.splitlines():
        words = line.strip().split()
        if len(words) > 1 and words[0] == "dream":
            assert words[1] in dream_command.commands, line


def test_pictures_in_the_readme_are_there() -> None:
    for part in README.split("](")[1:]:
        target = part.split(")")[0]
        if "://" not in target:
            assert (ROOT / target).exists(), target


def test_every_dependency_is_bounded() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [name for names in project["optional-dependencies"].values() for name in names]
    for requirement in [*project["dependencies"], *extras]:
        assert "<" in requirement or requirement.startswith("dreambot["), requirement
