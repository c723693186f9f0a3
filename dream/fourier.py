"""A picture as waves in colours of photographs: a space in which an ascent finds shapes, not grain.

After “Feature Visualization” (Olah, Mordvintsev and Schubert 2017, distill.pub/2017/
feature-visualization, “Preconditioning and Parameterization”) and “Differentiable Image
Parameterizations” (Mordvintsev et al. 2018, distill.pub/2018/differentiable-parameterizations).
"""

import torch
from torch import Tensor

DECAY = 1.0
"""Amplitudes fall as 1/frequency^DECAY: photographs have about that spectrum (Field 1987)."""

FAINTNESS = 0.01
"""Standard deviation of the random amplitudes that a picture begins with."""

LOUDER, LOUDEST = 1.5, 1.0
"""What noise grows by where nothing answers to it, and the standard deviation it may reach."""

# How red, green and blue vary together in a dozen public-domain photographs: their covariance, in
# grey levels squared.
_COVARIANCE = torch.tensor(
    [[4254.0, 3327.0, 2912.0], [3327.0, 3296.0, 3169.0], [2912.0, 3169.0, 3529.0]]
)


class Waves:
    """A square picture, given by the amplitudes of its waves in three uncorrelated colours.

    A sum of waves x is turned into colours by the square root of photographs' covariance, and into
    a pixel by 255 / (1 + e^-x): any amplitudes are a picture.

    Args:
        size: Side of the picture in pixels.
        draw: Where the faint noise to begin with comes from, on the CPU.
        device: Where the amplitudes lie.
    """

    def __init__(self, size: int, draw: torch.Generator, device: torch.device) -> None:
        self._size = size
        down = torch.fft.fftfreq(size)[:, None]
        across = torch.fft.rfftfreq(size)[None, :]
        frequency = (down.square() + across.square()).sqrt().clamp_min(1 / size)
        # Times the size: amplitudes of 1 give the same picture at any.
        self._scale = (size / 4 / frequency**DECAY)[:, :, None].to(device)
        self._colours = _colours().to(device)
        amplitudes = FAINTNESS * torch.randn((3, *frequency.shape, 2), generator=draw)
        self.amplitudes = amplitudes.to(device).requires_grad_()
        """What an ascent changes: 3 x H x (W/2 + 1) x 2, real and imaginary parts."""

    def picture(self) -> Tensor:
        """1 x 3 x H x W, RGB, 0 to 255; it can be derived by the amplitudes."""
        spectrum = torch.view_as_complex(self.amplitudes * self._scale)
        waves = torch.fft.irfft2(spectrum, s=(self._size, self._size))
        colours = torch.einsum("rc,chw->rhw", self._colours, waves)
        return 255 * torch.sigmoid(colours)[None]

    @torch.no_grad()
    def grow_louder(self) -> None:
        """Strengthen all waves, up to a loudness at which a picture is all noise."""
        if self.amplitudes.std() * LOUDER <= LOUDEST:
            self.amplitudes *= LOUDER


def _colours() -> Tensor:
    """From three uncorrelated colours to red, green and blue, 3 x 3; the longest row is 1 long.

    With the eigenvectors E and eigenvalues l of the covariance, E √l: its rows' products are the
    covariance again.
    """
    values, vectors = torch.linalg.eigh(_COVARIANCE)
    root = vectors * values.sqrt()
    scaled: Tensor = root / torch.linalg.vector_norm(root, dim=1).max()
    return scaled
