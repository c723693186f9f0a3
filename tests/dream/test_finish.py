"""How much of a dream is kept, and of the photograph's colours."""

import torch

from dream.finish import finish
from dream.recipe import Recipe

ORIGINAL = torch.rand(1, 3, 20, 30, generator=torch.Generator().manual_seed(1)) * 100 + 70
DREAMT = torch.rand(1, 3, 20, 30, generator=torch.Generator().manual_seed(2)) * 100 + 70


def finished(**choices: object) -> torch.Tensor:
    return finish(DREAMT.clone(), ORIGINAL, Recipe().with_(**choices))


def test_strength_mixes() -> None:
    assert torch.equal(finished(), DREAMT)
    torch.testing.assert_close(finished(strength=0), ORIGINAL)
    torch.testing.assert_close(finished(strength=0.25), ORIGINAL + (DREAMT - ORIGINAL) / 4)
    doubled = (ORIGINAL + 2 * (DREAMT - ORIGINAL)).clamp(0, 255)
    torch.testing.assert_close(finished(strength=2), doubled)


def test_kept_colours_are_the_photographs_and_the_light_is_the_dreams() -> None:
    found = finished(keep_colours=True)
    luma = torch.tensor([0.299, 0.587, 0.114])[None, :, None, None]
    light, before, dreamt = ((each * luma).sum(1) for each in (found, ORIGINAL, DREAMT))
    torch.testing.assert_close(light, dreamt, atol=0.01, rtol=0)
    for channel in (0, 2):
        kept = found[:, channel] - light
        torch.testing.assert_close(kept, ORIGINAL[:, channel] - before, atol=0.01, rtol=0)
