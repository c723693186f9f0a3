"""Pictures at rest: in a folder, in a bucket, and wherever else fsspec leads."""

import asyncio
import subprocess
import sys
from pathlib import Path
from secrets import token_hex

import pytest

from bot.storage import NoSuchStorage, NotStored, Storage, StorageError, StorageFull
from tests.bot.bucket import BREAKS_OFF, HANGS, Bucket

NOWHERE = "http://127.0.0.1:9"
"""Nobody listens there."""


@pytest.fixture
def folder(tmp_path: Path) -> Storage:
    return Storage(tmp_path / "pictures")


@pytest.fixture(params=["folder", "s3", "memory"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    """An empty storage of each kind."""
    if request.param == "s3":
        bucket: Bucket = request.getfixturevalue("bucket")
        return Storage(bucket.address)
    if request.param == "memory":
        return Storage(f"memory://{token_hex(8)}/some/where")
    return Storage(str(tmp_path / "pictures"))


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
async def test_a_key_never_leads_out_of_the_storage(folder: Storage, key: str) -> None:
    for act in (folder.put(key, b""), folder.get(key), folder.delete(key)):
        with pytest.raises(ValueError, match="not a key"):
            await act


async def test_readers_never_see_half_a_picture(storage: Storage) -> None:
    pictures = [bytes([number]) * 300_000 for number in range(8)]
    await storage.put("inputs/01J", pictures[0])
    writers = asyncio.gather(*(storage.put("inputs/01J", picture) for picture in pictures))
    while not writers.done():
        assert await storage.get("inputs/01J") in pictures
    await writers


async def test_keys_are_listed_by_folder_and_as_things_are(storage: Storage) -> None:
    assert await storage.keys("inputs") == []
    for key in ("inputs/01J", "inputs/01K", "results/01J"):
        await storage.put(key, b"a picture")
    assert sorted(await storage.keys("inputs")) == ["inputs/01J", "inputs/01K"]
    await storage.delete("inputs/01J")
    assert await storage.keys("inputs") == ["inputs/01K"]


async def test_a_storage_is_tried_out_without_a_trace(storage: Storage) -> None:
    await storage.try_out()
    assert await storage.keys("trial") == []


async def test_two_bots_share_a_storage(bucket: Bucket, tmp_path: Path) -> None:
    for address in (bucket.address, str(tmp_path / "pictures")):
        one, other = Storage(address), Storage(address)
        assert await other.keys("inputs") == []
        await one.put("inputs/01J", b"a picture")
        assert await other.keys("inputs") == ["inputs/01J"]
        assert await other.get("inputs/01J") == b"a picture"
        await other.delete("inputs/01J")
        await one.delete("inputs/01J")


async def test_more_is_listed_than_a_server_tells_at_once(bucket: Bucket) -> None:
    storage = Storage(bucket.address)
    keys = [f"inputs/{number:04}" for number in range(1001)]
    await bucket.fill(f"some/where/{key}" for key in keys)
    assert sorted(await storage.keys("inputs")) == keys


async def test_a_put_that_fails_leaves_what_was_there_and_nothing_besides(
    folder: Storage, tmp_path: Path
) -> None:
    await folder.put("inputs/01J", b"a picture")
    (tmp_path / "pictures" / "inputs" / "folder").mkdir()
    with pytest.raises(StorageError):
        await folder.put("inputs/folder", b"no file can be here")
    assert await folder.keys("unfinished") == []
    assert await folder.get("inputs/01J") == b"a picture"


async def test_a_folder_is_full_before_the_last_byte_is_taken(folder: Storage) -> None:
    with pytest.raises(StorageFull):
        await folder.put("inputs/01J", b"a picture", leaving=2**62)
    assert await folder.keys("inputs") == []
    await folder.put("inputs/01J", b"a picture", leaving=1)


async def test_a_server_that_stumbles_is_asked_again(bucket: Bucket) -> None:
    storage = Storage(bucket.address)
    bucket.troubles.extend([500, 503])
    await storage.put("inputs/01J", b"a picture")
    bucket.troubles.extend([500])
    assert await storage.get("inputs/01J") == b"a picture"


async def test_an_answer_that_breaks_off_is_never_taken_for_a_picture(bucket: Bucket) -> None:
    storage = Storage(bucket.address)
    await storage.put("inputs/01J", b"a picture" * 100_000)
    bucket.troubles.append(BREAKS_OFF)
    assert await storage.get("inputs/01J") == b"a picture" * 100_000


@pytest.mark.parametrize("trouble", [500, 403, HANGS], ids=["broken", "forbidden", "silent"])
async def test_a_server_that_fails_is_a_sentence_and_no_missing_picture(
    bucket: Bucket, trouble: int
) -> None:
    await Storage(bucket.address).put("inputs/01J", b"a picture")
    bucket.away = trouble
    await _all_fails(Storage(bucket.address, patience=0.5))
    bucket.away = None
    assert await Storage(bucket.address).get("inputs/01J") == b"a picture"


async def test_a_server_that_is_gone_is_a_sentence(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", NOWHERE)
    await _all_fails(Storage(bucket.address, patience=0.5))


async def test_without_its_bucket_nothing_is_stored(bucket: Bucket) -> None:
    with pytest.raises(StorageError):
        await Storage("s3://nobody-made-this/place").put("inputs/01J", b"a picture")


async def test_the_event_loop_is_free_while_a_server_is_silent(bucket: Bucket) -> None:
    bucket.away = HANGS
    asking = asyncio.create_task(Storage(bucket.address, patience=20).get("inputs/01J"))
    for _ in range(10):
        await asyncio.sleep(0.01)
    # Whoever blocks the loop has had its answer, and its patience, before the second turn.
    assert not asking.done()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking


def test_a_missing_package_is_named() -> None:
    run = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; sys.modules['s3fs'] = None\n"
            "from bot.storage import NoSuchStorage, Storage\n"
            "try:\n    Storage('s3://bucket/prefix')\n"
            "except NoSuchStorage as error:\n    print(error)",
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "dreambot[s3]" in run.stdout


@pytest.mark.parametrize(
    "address",
    [
        "nosuch://me:hidden@somewhere/x",
        "sftp://me:hidden@127.0.0.1:9/x",
        "ftp://me:hidden@127.0.0.1:9/x",
    ],
)
def test_an_address_that_leads_nowhere_is_refused_without_its_password(address: str) -> None:
    with pytest.raises(NoSuchStorage) as refusal:
        Storage(address)
    assert "hidden" not in str(refusal.value)
    assert address.partition(":")[0] in str(refusal.value)


def test_a_storage_is_named_by_its_place(tmp_path: Path) -> None:
    assert str(Storage(tmp_path)) == str(Storage(f"file://{tmp_path}")) == str(tmp_path)
    assert str(Storage("s3://bucket/prefix/")) == "s3://bucket/prefix"


async def _all_fails(storage: Storage) -> None:
    for act in (
        storage.put("inputs/01J", b"another"),
        storage.get("inputs/01J"),
        storage.delete("inputs/01J"),
        storage.keys("inputs"),
        storage.try_out(),
    ):
        with pytest.raises(StorageError) as failure:
            await act
        assert not isinstance(failure.value, NotStored)
        assert str(failure.value).endswith(".")
