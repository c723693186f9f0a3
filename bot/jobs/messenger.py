"""How jobs speak to people: a protocol that the user interface implements."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from bot.jobs.forecast import Forecast
from bot.jobs.job import Job, Result
from dream import Progress


class Undeliverable(Exception):
    """Nobody can be reached with this: every way to the person is closed for good."""


class Rejected(Exception):
    """The place is open, but won't have this answer; a shorter one it may."""


class TooLarge(Rejected):
    """The place won't have a file of so many bytes; a smaller one it may."""


@dataclass(frozen=True, slots=True)
class Telling:
    """How an answer is given.

    Attributes:
        mention: Whether the person is called, since an edit notifies nobody.
        again: Whether somebody may have given this answer before, who didn't live to note it.
    """

    mention: bool = False
    again: bool = False


class Messenger(Protocol):
    """Speaks to the person who asked for a job, in the place where they asked."""

    async def upload_limit(self, job: Job) -> int:
        """Most bytes of a file in the job's place."""

    def moved(self, job: Job, forecast: Forecast) -> None:
        """Show where a job that waits stands by now. Returns at once, as all that only show."""

    def progress(
        self, job: Job, progress: Progress, left: float, held: Callable[[], float]
    ) -> None:
        """Show how far it is, and that it takes `left` more seconds, about.

        Returns at once; the latest state wins, others may be skipped, and all that would be seen
        later than within the seconds for which the job is `held`, asked when its turn comes.
        """

    def lost(self, job: Job) -> None:
        """Somebody else has the job: show nothing more of what is under way. Returns at once."""

    def restarted(self, job: Job) -> None:
        """Show that the dream begins again, since its worker died. Returns at once."""

    async def deliver(self, job: Job, result: Result, data: bytes, telling: Telling) -> int:
        """Edit the answer into the result; doing it twice is doing it once.

        Retries what is worth retrying by itself (429, 500, a lost connection).

        Returns:
            Id of the message that holds the result: the answer's, or that of a new one where the
            answer is gone.

        Raises:
            Undeliverable: The place and the person are out of reach for good.
            TooLarge: The result isn't taken for its bytes where it would have to go.
            Rejected: It isn't taken there, whatever its size.
        """

    async def fail(self, job: Job, sentence: str, telling: Telling) -> int:
        """Edit the answer into that sentence, said with regret; the credit is back by then.

        Returns:
            As above.

        Raises:
            Undeliverable: As above.
        """
