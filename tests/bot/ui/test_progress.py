"""The scheduler of progress edits: who is shown when, and what never is."""

import asyncio
import itertools
from collections.abc import AsyncIterator

import pytest

from bot.jobs.job import Place
from bot.ui.allowance import Allowance
from bot.ui.cards import Card, Picture
from bot.ui.progress import ProgressBoard

APART = 0.1


class Wall:
    """Where cards are put: remembers each with its time, and can be slow or broken."""

    def __init__(self) -> None:
        self.seen: list[tuple[float, int, Card]] = []
        self.seconds = 0.0
        self.answers = True
        self.error: Exception | None = None
        self.changed = asyncio.Event()

    async def put(self, place: Place, card: Card) -> bool:
        await asyncio.sleep(self.seconds)
        self.seen.append((asyncio.get_running_loop().time(), place.answer_id, card))
        self.changed.set()
        if self.error is not None:
            raise self.error
        return self.answers

    @property
    def texts(self) -> list[str]:
        return [card.text for _, _, card in self.seen]

    async def until(self, number: int) -> None:
        async with asyncio.timeout(5):
            while len(self.seen) < number:
                self.changed.clear()
                await self.changed.wait()


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
async def board(wall: Wall) -> AsyncIterator[ProgressBoard]:
    board = ProgressBoard(wall.put, apart=APART)
    yield board
    await board.close()


def place(answer: int, channel: int = 1) -> Place:
    return Place(None, channel, None, answer)


async def test_the_first_state_is_shown_at_once(wall: Wall, board: ProgressBoard) -> None:
    began = asyncio.get_running_loop().time()
    board.show("a", place(1), Card("10 %"))
    await wall.until(1)
    assert wall.seen[0][0] - began < APART


async def test_of_many_states_the_latest_wins(wall: Wall, board: ProgressBoard) -> None:
    board.show("a", place(1), Card("0 %"))
    await wall.until(1)
    for share in range(1, 50):
        board.show("a", place(1), Card(f"{share} %"))
    await wall.until(2)
    await asyncio.sleep(2 * APART)
    assert wall.texts == ["0 %", "49 %"]


async def test_two_dreams_of_a_channel_share_its_edits(wall: Wall, board: ProgressBoard) -> None:
    async def dream(job: str, answer: int) -> None:
        for share in range(40):
            board.show(job, place(answer), Card(f"{job} {share}"))
            await asyncio.sleep(APART / 4)

    await asyncio.gather(dream("a", 1), dream("b", 2))
    times = [time for time, _, _ in wall.seen]
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert min(gaps) >= APART * 0.9
    answers = [answer for _, answer, _ in wall.seen]
    assert abs(answers.count(1) - answers.count(2)) <= 1


async def test_channels_do_not_wait_for_each_other(wall: Wall, board: ProgressBoard) -> None:
    for channel in range(20):
        board.show(f"job {channel}", place(channel, channel), Card("1 %"))
    began = asyncio.get_running_loop().time()
    await wall.until(20)
    assert asyncio.get_running_loop().time() - began < APART


async def test_a_skipped_preview_is_shown_with_the_next_state(
    wall: Wall, board: ProgressBoard
) -> None:
    picture = Picture("preview.jpg", b"jpeg", "a preview")
    board.show("a", place(1), Card("0 %"))
    await wall.until(1)
    board.show("a", place(1), Card("10 %", picture))
    board.show("a", place(1), Card("20 %"))
    await wall.until(2)
    assert wall.seen[1][2] == Card("20 %", picture)


async def test_nothing_of_a_finished_job_is_shown(wall: Wall, board: ProgressBoard) -> None:
    board.show("a", place(1), Card("0 %"))
    await wall.until(1)
    board.show("a", place(1), Card("waits for its turn"))
    await board.finish("a", 1)
    board.show("a", place(1), Card("comes late"))
    await asyncio.sleep(3 * APART)
    assert wall.texts == ["0 %"]


async def test_an_edit_under_way_lands_before_its_job_is_finished(
    wall: Wall, board: ProgressBoard
) -> None:
    wall.seconds = APART
    board.show("a", place(1), Card("99 %"))
    await asyncio.sleep(APART / 4)
    await board.finish("a", 1)
    assert wall.texts == ["99 %"]


async def test_finishing_does_not_wait_for_other_dreams(wall: Wall, board: ProgressBoard) -> None:
    wall.seconds = 30
    board.show("other", place(2), Card("1 %"))
    await asyncio.sleep(APART / 4)
    async with asyncio.timeout(APART):
        await board.finish("a", 1)


async def test_after_a_failed_edit_the_next_one_comes(wall: Wall, board: ProgressBoard) -> None:
    wall.error = RuntimeError("Discord is away")
    board.show("a", place(1), Card("1 %"))
    await wall.until(1)
    wall.error = None
    board.show("a", place(1), Card("2 %"))
    await wall.until(2)
    assert wall.texts == ["1 %", "2 %"]


async def test_an_answer_that_is_gone_uses_no_more_edits(wall: Wall, board: ProgressBoard) -> None:
    wall.answers = False
    board.show("a", place(1), Card("1 %"))
    await wall.until(1)
    await asyncio.sleep(0)
    board.show("a", place(1), Card("2 %"))
    await asyncio.sleep(3 * APART)
    assert wall.texts == ["1 %"]


async def test_the_allowance_holds_after_a_quiet_moment(wall: Wall, board: ProgressBoard) -> None:
    board.show("a", place(1), Card("1 %"))
    await wall.until(1)
    await asyncio.sleep(APART / 2)
    board.show("b", place(2), Card("1 %"))
    await wall.until(2)
    assert wall.seen[1][0] - wall.seen[0][0] >= APART * 0.9


async def test_that_a_dream_is_next_is_not_shown_once_it_has_begun(
    wall: Wall, board: ProgressBoard
) -> None:
    board.show("a", place(1), Card("0 %"))
    board.show_first("a", place(1), Card("yours is next"))
    board.show_first("b", place(2), Card("yours is next"))
    await wall.until(2)
    await asyncio.sleep(2 * APART)
    assert [(answer, card.text) for _, answer, card in wall.seen] == [
        (1, "0 %"),
        (2, "yours is next"),
    ]


async def test_what_is_untrue_by_its_turn_is_not_shown(wall: Wall, board: ProgressBoard) -> None:
    true = asyncio.Event()
    true.set()

    async def still() -> float:
        return 5.0 if true.is_set() else 0.0

    board.show("a", place(1), Card("waiting"), still)
    await wall.until(1)
    board.show("a", place(1), Card("waiting on"), still)
    board.show("b", place(2), Card("10 %"))
    true.clear()
    await wall.until(2)
    await asyncio.sleep(2 * APART)
    assert wall.texts == ["waiting", "10 %"]


async def test_an_edit_that_may_come_too_late_is_given_up(wall: Wall, board: ProgressBoard) -> None:
    async def still() -> float:
        return 0.05

    wall.seconds = 0.3
    board.show("a", place(1), Card("waiting"), still)
    await asyncio.sleep(0.1)
    board.show("a", place(1), Card("10 %"))
    await wall.until(1)
    assert wall.texts == ["10 %"]


async def test_what_is_cut_off_is_not_shown_and_the_job_may_come_back(
    wall: Wall, board: ProgressBoard
) -> None:
    wall.seconds = 30
    board.show("a", place(1), Card("under way"))
    await asyncio.sleep(APART / 4)
    board.show("a", place(1), Card("next"))
    board.cut("a", 1)
    wall.seconds = 0
    await asyncio.sleep(2 * APART)
    assert wall.texts == []
    board.show("a", place(1), Card("anew"))
    await wall.until(1)
    assert wall.texts == ["anew"]


async def test_results_take_their_turns_before_all_progress(wall: Wall) -> None:
    board = ProgressBoard(wall.put, apart=APART, allowance=Allowance(2, 0.3))
    now = asyncio.get_running_loop().time
    began = now()
    board.show("a", place(1), Card("10 %"))
    await wall.until(1)

    async def result() -> float:
        await board.room(1)
        return now() - began

    results = [asyncio.create_task(result()) for _ in range(3)]
    board.show("a", place(1), Card("20 %"))
    first, second, third = sorted(await asyncio.gather(*results))
    assert first < 0.1 < 0.29 < second <= third
    assert wall.texts == ["10 %"]
    await wall.until(2)
    async with asyncio.timeout(0.1):
        await board.room(2)
