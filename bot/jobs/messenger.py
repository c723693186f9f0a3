"""How jobs speak to people: a protocol that the user interface implements."""

from typing import Protocol

from bot.jobs.job import Job, Result
from dream import Progress


class Undeliverable(Exception):
    """Nobody can be reached with this: every way to the person is closed for good."""


class Rejected(Exception):
    """The place is open, but won't have this answer; a shorter one it may."""


class Messenger(Protocol):
    """Speaks to the person who asked for a job, in the place where they asked."""

    async def upload_limit(self, job: Job) -> int:
        """Most bytes of a file in the job's place."""

    def progress(self, job: Job, progress: Progress) -> None:
        """Show how far it is. Returns at once; the latest state wins, others may be skipped."""

    def restarted(self, job: Job) -> None:
        """Show that the dream begins again, since its worker died. Returns at once."""

    async def deliver(self, job: Job, result: Result, data: bytes) -> None:
        """Edit the answer into the result; doing it twice is doing it once.

        Retries what is worth retrying by itself (429, 500, a lost connection).

        Raises:
            Undeliverable: The place and the person are out of reach for good.
            Rejected: The result isn't taken where it would have to go.
        """

    async def fail(self, job: Job, sentence: str) -> None:
        """Edit the answer into that sentence, said with regret; the credit is back by then.

        Raises:
            Undeliverable: As above.
        """
