"""How long dreams take, learnt from those that were dreamt."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean

UNIT = 1e9
"""Pixel-steps that a pace is given for."""

LEAST_TIME = 60.0
"""Seconds that a worker may take for any dream before it counts as hung."""

MARGIN, MARGIN_UNMEASURED = 10.0, 100.0
"""So many times the expected seconds it may take; far more where nothing was measured."""

BUSY = ""
"""In place of a network: by what factor everything takes longer on the machine just now."""

_BESIDES = {"cpu": 7e5, "mps": 3e6, "cuda": 1e7}
"""Pixel-steps that would take as long as all that isn't one: decoding, encoding, many calls."""

_PRIOR = {"cpu": 600.0, "mps": 60.0, "cuda": 15.0}
"""Seconds of a pace: on the CPU of one thread, and of GoogLeNet."""

_PRIOR_OF_NETWORK = {"dreamnet": 0.4, "squeezenet": 0.7}

_FARTHEST = math.log(2)
"""How far off, up or down, one dream may be and still be believed; more is an accident."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What dreams here.

    Attributes:
        name: Of the computer.
        kind: Its device, with the number of threads where that matters: `cpu x4`, `cuda`.
    """

    name: str
    kind: str

    def __str__(self) -> str:
        return f"{self.name} {self.kind}"


SOMEWHERE = Machine("somewhere", "cpu")
"""A machine that nobody has told more of."""


@dataclass(frozen=True, slots=True)
class Effort:
    """What a dream's time depends on.

    Attributes:
        network: Its name; several for a sheet of several networks' dreams, with `+` between them.
        layer: What of it is run: all that lies below.
        work: In pixel-steps.
    """

    network: str
    layer: str
    work: int


@dataclass(frozen=True, slots=True)
class Pace:
    """How quick a machine dreams with a network.

    Attributes:
        seconds: For `UNIT` pixel-steps; of a layer, and of `BUSY`, a factor to that.
        dreams: How many were measured.
    """

    seconds: float
    dreams: int


@dataclass(frozen=True, slots=True)
class Paces:
    """What is known of a machine.

    A dream's seconds are those of its network's pace for its work, times its layer's factor, times
    how busy the machine is. After each dream all three are corrected by a share of what it was off
    by, in logarithms: pace and layer by less the better they are known, the machine always alike.

    Attributes:
        kind: Of the machine.
        measured: By network, by network and layer, and `BUSY`.
    """

    kind: str
    measured: Mapping[str, Pace]

    def seconds(self, effort: Effort) -> float:
        """What a dream is expected to take."""
        device = self.kind.partition(" ")[0]
        work = effort.work + _BESIDES.get(device, _BESIDES["cpu"])
        factors = (self._factor(_layer(effort)), self._factor(BUSY))
        return self._pace(effort.network).seconds * math.prod(factors) * work / UNIT

    def time_limit(self, effort: Effort) -> float:
        """Seconds after which a worker that is still at it counts as hung."""
        margin = MARGIN if effort.network in self.measured else MARGIN_UNMEASURED
        return max(LEAST_TIME, margin * self.seconds(effort))

    def after(self, effort: Effort, seconds: float) -> dict[str, Pace]:
        """What changes by a dream that took so long: those paces as they are then."""
        pace = self._pace(effort.network)
        off = math.log(max(seconds, 1e-3) / self.seconds(effort))
        if pace.dreams:
            off = min(max(off, -_FARTHEST), _FARTHEST)
            before = self.measured.get(_layer(effort))
            shares = {
                effort.network: max(0.05, 1 / (pace.dreams + 1)),
                _layer(effort): max(0.1, 1 / (before.dreams + 2 if before else 2)),
                BUSY: 0.2,
            }
        else:
            shares = {effort.network: 1.0}
        return {name: self._corrected(name, off * share) for name, share in shares.items()}

    def _corrected(self, name: str, off: float) -> Pace:
        pace = self.measured.get(name) or Pace(self._prior(name), 0)
        return Pace(pace.seconds * math.exp(off), pace.dreams + 1)

    def _factor(self, name: str) -> float:
        pace = self.measured.get(name)
        return pace.seconds if pace else 1.0

    def _pace(self, network: str) -> Pace:
        return self.measured.get(network) or Pace(self._prior(network), 0)

    def _prior(self, name: str) -> float:
        """A modest guess: by the device, and by the networks that are known on it."""
        if name == BUSY or " " in name:
            return 1.0
        known = {one: pace for one, pace in self.measured.items() if one != BUSY and " " not in one}
        off = [math.log(pace.seconds / self._guess(one)) for one, pace in known.items()]
        return self._guess(name) * math.exp(sum(off) / len(off) if off else 0.0)

    def _guess(self, network: str) -> float:
        device, _, threads = self.kind.partition(" x")
        of_device = _PRIOR.get(device, _PRIOR["cpu"]) / (int(threads) if threads else 1)
        return of_device * fmean(_PRIOR_OF_NETWORK.get(one, 1.0) for one in network.split("+"))


def left(expected: float, elapsed: float, done: float) -> float:
    """Seconds that a dream still takes, which is `done` to that share of 1 after `elapsed`.

    What was foretold counts for less the more there is to see.
    """
    foretold = expected * (1 - done)
    seen = elapsed * (1 - done) / done if done > 0 else 0.0
    return foretold * (1 - done) + seen * done


def _layer(effort: Effort) -> str:
    return f"{effort.network} {effort.layer[:100]}"
