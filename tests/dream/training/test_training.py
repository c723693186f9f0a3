"""The command trains a network that dreams, and goes on where it was stopped."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from dream.networks.loading import load
from dream.networks.registry import network


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_training_that_is_killed_goes_on_and_leaves_a_network_and_its_sheet(
    weights: Path, varied_packs: Path, tmp_path: Path
) -> None:
    out = tmp_path / "training"
    command = [
        *(sys.executable, "-m", "dream.training", "--data", str(varied_packs), "--out", str(out)),
        *("--teacher", str(weights), "--minutes", "2.6", "--sheets", "1"),
    ]
    begun = subprocess.Popen(command, start_new_session=True)
    while not (out / "checkpoint.safetensors").exists():
        assert begun.poll() is None
        time.sleep(1)
    os.killpg(begun.pid, signal.SIGKILL)
    begun.wait()
    again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "--resume goes on with it" in again.stderr
    subprocess.run([*command, "--resume"], check=True)
    lines = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    assert {"fit", "all"} <= {line["stage"] for line in lines}
    assert lines[-1]["stage"] == "all"
    assert set(lines[-1]["explained"]) == {"inception_3b", "inception_4a", "inception_4c"}
    assert lines[-1]["explained"]["inception_4a"] > 0.1
    load(network("dreamnet"), out / "dreamnet.safetensors")
    sheets = sorted(out.glob("sheet-*.png"))
    with Image.open(sheets[-1]) as sheet:
        assert sheet.width > 6 * 160
    assert (out / "curves.png").is_file()
