"""A picture as waves in colours of photographs: a space in which an ascent finds shapes, not grain.

After “Feature Visualization” (Olah, Mordvintsev and Schubert 2017, distill.pub/2017/
feature-visualization, “Preconditioning and Parameterization”) and “Differentiable Image
Parameterizations” (Mordvintsev et al. 2018, distill.pub/2018/differentiable-parameterizations).
"""

import torch
from torch import Tensor

LIGHT_DECAY, COLOUR_DECAY = 1.25, 1.55
"""Amplitudes fall as 1/frequency^decay: light and dark about as in photographs (1.28 in those that
the colours are of), colours faster, for they would else be rainbows."""

CONTRAST = 1.2
"""Root mean square of the sum of waves, at most: about a photograph's contrast. Without that
limit, an ascent goes for contrast, and ends in black and white."""

FAINTNESS = 0.01
"""Standard deviation of the random amplitudes that a picture begins with."""

LOUDER, LOUDEST = 1.5, 1.0
"""What noise grows by where nothing answers to it, and the standard deviation it may reach."""

# How red, green and blue vary together in thirteen photographs of all kinds: their covariance, in
# grey levels squared.
_COVARIANCE = torch.tensor(
    [[4254.0, 3327.0, 2912.0], [3327.0, 3296.0, 3169.0], [2912.0, 3169.0, 3529.0]]
)


class Waves:
    """A square picture, given by the amplitudes of its waves in three uncorrelated colours.

    The sum of waves, w, is held within a contrast c as c w / √(c² + mean w²). It is turned into
    colours by the square root of photographs' covariance, and a colour x into a pixel by
    255 / (1 + e^-x): any amplitudes are a picture.

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
        # Waves counted across the picture: equal amplitudes give the same picture at any size.
        decays = torch.tensor([COLOUR_DECAY, COLOUR_DECAY, LIGHT_DECAY])[:, None, None]
        self._scale = (size**2 / (size * frequency) ** decays)[..., None].to(device)
        self._colours = _colours().to(device)
        amplitudes = FAINTNESS * torch.randn((3, *frequency.shape, 2), generator=draw)
        self.amplitudes = amplitudes.to(device).requires_grad_()
        """What an ascent changes: 3 x H x (W/2 + 1) x 2, real and imaginary parts."""

    def picture(self) -> Tensor:
        """1 x 3 x H x W, RGB, 0 to 255; it can be derived by the amplitudes."""
        spectrum = torch.view_as_complex(self.amplitudes * self._scale)
        waves = torch.fft.irfft2(spectrum, s=(self._size, self._size))
        held = CONTRAST * waves * (CONTRAST**2 + waves.square().mean()).rsqrt()
        colours = torch.einsum("rc,chw->rhw", self._colours, held)
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
