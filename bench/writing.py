"""What a run writes while it trains, without a net, and what must be true of it when it is opened again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch

from lamina.errors import LaminaError
from lamina.flow.disk import Disk
from lamina.run import RunDirectory
from lamina.teller import Quiet

OF = {"seed": 1}
SLOT = ("manifest.json", "tensors.safetensors", "state.json")
KNOWN = {"manifest.json", "request.json", "data.json", "log.jsonl", *(f"exhibits/{n}.png" for n in range(3))}
KNOWN |= {f"resume/{slot}/{name}" for slot in "ab" for name in SLOT}


def write(folder: Path, rounds: int, say: Callable[[int], object] = str, size: int = 2000) -> None:
    """Make the run in a folder or take it up, and write everything that a run writes, `rounds` times.

    `say` is told of each step that is saved. Raises RunError as a training would.
    """
    path = folder / "run"
    run = RunDirectory.open(path) if path.exists() else RunDirectory.create(path, {"source": "made"})
    with run.hold():
        disk = Disk(run, Quiet(), OF)
        found = disk.load()
        step = 0
        if found is not None:
            step = found[1]["step"]
            disk.truncate(found[1]["log"])
        for n in range(step + 1, step + rounds + 1):
            disk.append({"step": n})
            run.write("data.json", {"step": n})
            run.write(f"exhibits/{n % 3}.png", bytes([n % 256]) * 100)
            disk.save(tensors(n, size), {"step": n, "log": disk.log_length()})
            say(n)


def tensors(step: int, size: int) -> dict[str, torch.Tensor]:
    """What a step's checkpoint holds."""
    return {"weight": torch.full((size,), float(step)), "mean": torch.arange(9.0) + step}


def again(folder: Path, said: int) -> list[str]:
    """Start once more on a folder where step `said` was saved, or one after it; what is lost, unreadable or astray."""
    path, wrong, told = folder / "run", [], Quiet()
    try:
        if not path.exists():
            wrong += ["the run is gone"] if said else []
            RunDirectory.create(path, {"source": "made"})
        run = RunDirectory.open(path)
        with run.hold():
            disk = Disk(run, told, OF)
            found = disk.load()
            step = found[1]["step"] if found else 0
            if not said <= step <= said + 1:
                wrong.append(f"step {said} was saved, and step {step} came back")
            if found is not None:
                saved, state = found
                disk.truncate(state["log"])
                if any(not torch.equal(x, saved[name]) for name, x in tensors(step, len(saved["weight"])).items()):
                    wrong.append("the tensors are not those of their step")
            if [line["step"] for line in disk.log.lines()][:step] != list(range(1, step + 1)):
                wrong.append("the log is not that of the checkpoint")
            for name in run.files():
                if run.has(name):
                    run.read_bytes(name)
            if run.has("data.json") and run.read_json("data.json")["step"] not in (step, step + 1):
                wrong.append("data.json is of another step")
    except (LaminaError, KeyError, ValueError) as error:
        wrong.append(f"{type(error).__name__}: {error}")
    wrong += [f"said of a run that was only cut short: {line}" for line in told.lines]
    found_files = {str(p.relative_to(folder)) for p in folder.rglob("*") if not p.is_dir()}
    return wrong + [f"astray: {name}" for name in sorted(found_files - {f"run/{name}" for name in KNOWN})]
