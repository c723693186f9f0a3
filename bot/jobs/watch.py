"""People who wait see where they stand, as it changes and as their channel allows."""

import asyncio
from dataclasses import dataclass

from bot.jobs.forecast import Forecast
from bot.jobs.job import Job
from bot.jobs.lineup import Lineup
from bot.jobs.messenger import Messenger

APART = 5.0
"""Seconds between two such edits in a channel: half of what dreams that grow there may use."""

NOTABLE = 0.25
"""Share by which a time changes before it is said anew, and at least `NOTABLE_SECONDS`."""

NOTABLE_SECONDS = 5.0


@dataclass(slots=True)
class _Shown:
    """What the person of a job sees, and since when."""

    job: Job
    forecast: Forecast | None
    at: float


class Watch:
    """Looks after the answers of those that wait; first of all, of those found waiting."""

    def __init__(self, lineup: Lineup, messenger: Messenger) -> None:
        self._lineup = lineup
        self._messenger = messenger
        self._waiting: dict[str, _Shown] = {}
        self._adopted = False
        self._channels: dict[int, float] = {}

    def add(self, job: Job, forecast: Forecast | None = None) -> None:
        """Look after that job's answer, which says that by now."""
        self._waiting[job.id] = _Shown(job, forecast, 0.0)

    def drop(self, job_id: str) -> None:
        """The job doesn't wait any more."""
        self._waiting.pop(job_id, None)

    async def refresh(self) -> None:
        """Show what has changed notably, in each channel at most one answer: the oldest.

        Raises:
            DatabaseAway: Nobody knows what has changed.
        """
        if not self._adopted:
            for job in await self._lineup.waiting():
                self._waiting.setdefault(job.id, _Shown(job, None, 0.0))
            self._adopted = True
        if not self._waiting:
            return
        forecasts = (await self._lineup.outlook()).forecasts
        now = asyncio.get_running_loop().time()
        for shown in sorted(self._waiting.values(), key=lambda shown: shown.at):
            forecast = forecasts.get(shown.job.id)
            if forecast is None:
                self.drop(shown.job.id)
                continue
            channel = shown.job.place.channel_id
            quiet = now - self._channels.get(channel, -APART) >= APART
            if quiet and _notable(shown.forecast, forecast):
                self._messenger.moved(shown.job, forecast)
                shown.forecast, shown.at, self._channels[channel] = forecast, now, now
        self._channels = {c: at for c, at in self._channels.items() if now - at < APART}


def _notable(then: Forecast | None, now: Forecast) -> bool:
    if then is None or (then.before, then.line) != (now.before, now.line):
        return True
    if then.begins_in is None or now.begins_in is None:
        return then.begins_in != now.begins_in
    return abs(then.begins_in - now.begins_in) > max(NOTABLE_SECONDS, NOTABLE * then.begins_in)
