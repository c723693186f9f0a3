"""How workers are started: on their device, without secrets."""

import pytest

from dream import Limits, RecipeError
from dream.pool.plan import Plan

OURS = {
    "PATH": "/bin",
    "HOME": "/root",
    "LC_ALL": "C.UTF-8",
    "DREAM_WEIGHTS": "/weights",
    "HTTPS_PROXY": "http://proxy:3128",
    "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
    "DISCORD_TOKEN": "secret",
    "DATABASE_URL": "postgresql://secret",
    "DREAMBOT_STORAGE": "s3://secret",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "OMP_NUM_THREADS": "64",
    "ATEN_CPU_CAPABILITY": "avx2",
}


def test_a_dreamer_gets_what_it_needs_and_no_secret() -> None:
    theirs = Plan("dreamer", Limits()).environment(OURS)

    assert {name: value for name, value in theirs.items() if name in OURS} == {
        name: OURS[name]
        for name in (
            "PATH",
            "HOME",
            "LC_ALL",
            "DREAM_WEIGHTS",
            "CUDA_DEVICE_ORDER",
            "ATEN_CPU_CAPABILITY",
        )
    }
    assert "secret" not in str(theirs)


def test_an_opener_gets_less() -> None:
    theirs = Plan("opener", Limits()).environment(OURS)

    assert theirs.keys().isdisjoint({"DREAM_WEIGHTS", "HTTPS_PROXY", "CUDA_DEVICE_ORDER"})
    assert "secret" not in str(theirs)


@pytest.mark.parametrize(
    ("visible", "device", "shown"),
    [
        (None, "cuda:0", "0"),
        (None, "cuda:3", "3"),
        ("4,6", "cuda:1", "6"),
        ("GPU-8f2, GPU-91c", "cuda:1", "GPU-91c"),
    ],
)
def test_a_worker_sees_no_gpu_but_its_own(visible: str | None, device: str, shown: str) -> None:
    ours = OURS | ({} if visible is None else {"CUDA_VISIBLE_DEVICES": visible})
    plan = Plan("dreamer", Limits(), device, threads=2)

    assert plan.environment(ours)["CUDA_VISIBLE_DEVICES"] == shown
    assert plan.command(5)[-4:] == ["--device", "cuda:0", "--threads", "2"]


@pytest.mark.parametrize("device", ["", "gpu", "cuda:x", "cuda:", "cuda:0 "])
def test_what_is_no_devices_name_is_refused_before_a_process_is_started(device: str) -> None:
    with pytest.raises(RecipeError, match="cpu, cuda:N and mps"):
        Plan("dreamer", Limits(), device)
