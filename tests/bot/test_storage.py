"""Pictures at rest."""

import asyncio
import os
import time
from pathlib import Path

import pytest

from bot.storage import NotStored, Storage, StorageError


async def test_what_is_put_is_got_until_it_is_deleted(storage: Storage) -> None:
    await storage.put("inputs/01J", b"a picture")
    assert await storage.get("inputs/01J") == b"a picture"
    await storage.put("inputs/01J", b"another")
    assert await storage.get("inputs/01J") == b"another"
    await storage.delete("inputs/01J")
    with pytest.raises(NotStored):
        await storage.get("inputs/01J")
    await storage.delete("inputs/01J")


@pytest.mark.parametrize(
    "key",
    [
        "",
        "01J",
        "/inputs/01J",
        "inputs/",
        "inputs//01J",
        "inputs/../01J",
        "../inputs/01J",
        "inputs/..",
        "inputs/.hidden",
        ".unfinished/01J",
        "inputs\\01J",
        "inputs/01J\n",
        "C:/inputs",
    ],
)
async def test_a_key_never_leads_out_of_the_folder(storage: Storage, key: str) -> None:
    for act in (storage.put(key, b""), storage.get(key), storage.delete(key)):
        with pytest.raises(ValueError, match="not a key"):
            await act


async def test_readers_never_see_half_a_picture(storage: Storage) -> None:
    pictures = [bytes([number]) * 300_000 for number in range(8)]
    await storage.put("inputs/01J", pictures[0])
    writers = asyncio.gather(*(storage.put("inputs/01J", picture) for picture in pictures))
    while not writers.done():
        assert await storage.get("inputs/01J") in pictures
    await writers


async def test_a_put_that_fails_leaves_what_was_there_and_nothing_besides(
    storage: Storage, tmp_path: Path
) -> None:
    await storage.put("inputs/01J", b"a picture")
    (tmp_path / "pictures" / "inputs" / "folder").mkdir()
    with pytest.raises(StorageError):
        await storage.put("inputs/folder", b"no file can be here")
    assert list((tmp_path / "pictures" / ".unfinished").iterdir()) == []
    assert await storage.get("inputs/01J") == b"a picture"


async def test_old_pictures_are_found_by_their_age(storage: Storage, tmp_path: Path) -> None:
    assert await storage.older_than("inputs", 0) == set()
    await storage.put("inputs/old", b"")
    await storage.put("inputs/new", b"")
    await storage.put("results/old", b"")
    for name in ("inputs/old", "results/old"):
        os.utime(tmp_path / "pictures" / name, (time.time() - 100,) * 2)
    assert await storage.older_than("inputs", 50) == {"inputs/old"}


async def test_what_a_killed_bot_left_unfinished_is_removed_once_it_is_old(
    storage: Storage, tmp_path: Path
) -> None:
    await storage.put("inputs/01J", b"")
    old, new = (tmp_path / "pictures" / ".unfinished" / name for name in ("old", "new"))
    for half in (old, new):
        half.write_bytes(b"half a pict")
    os.utime(old, (time.time() - 100,) * 2)
    await storage.remove_unfinished(50)
    assert not old.exists()
    assert new.exists()
