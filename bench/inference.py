"""How soon and how many answers come from a finished net, in the few ways there are to run it, on one core.

Milliseconds and rows a second are of the processor's time, since a machine that others use too would else be what is
measured; the ways take turns within a round, and ratios are to hold, not seconds. Weights are fresh: time does not
depend on them.
"""

from __future__ import annotations

import copy
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image as Pictures

import lamina
from lamina.export.parity import Runtime
from lamina.export.ports import given, ports_of
from lamina.kinds import Field, Schema, Text, schema_from_json
from lamina.kinds.text import MARKS
from lamina.predict import Predictor
from lamina.predict.fold import fold_norms
from lamina.predict.write import write_text
from lamina.recipe import Net, Recipe, build_net, kept_recipe
from lamina.teller import Quiet

BATCHES = (1, 32, 256)
SECONDS = 0.7  # of the processor, for each way at each batch
TOKENS = 1000
FILES = 200
FAMILIES: dict[str, tuple[str, tuple[int, ...], tuple[str, ...]]] = {  # page, shape of a row, settings
    "digits of 8 × 8, cnn": ("cnn", (8, 8), ()),
    "pictures of 64 × 64, resnet18": ("resnet18", (64, 64, 3), ("model.width=16",)),
    "20 numbers, mlp": ("mlp", (20,), ()),
}
Answer = Callable[[dict[str, Any]], Any]


def rows_of(shape: tuple[int, ...], count: int = 300) -> tuple[Any, Any]:
    """Made rows, bytes where they are pictures, and their classes."""
    draw = np.random.default_rng(0)
    pictures = len(shape) > 1
    made = draw.integers(0, 256, (count, *shape), np.uint8) if pictures else draw.normal(size=(count, *shape))
    return made if pictures else made.astype(np.float32), np.arange(count) % 5


def ways(net: Net) -> dict[str, Answer]:
    """The ways to run a net that answers, each on a copy of its own."""
    folded, compiled = copy.deepcopy(net), copy.deepcopy(net)
    count = fold_norms(folded)

    def short(inputs: dict[str, Any]) -> Any:
        with torch.autocast("cpu", torch.bfloat16):
            return net.answer(inputs)

    made: dict[str, Answer] = {"float32": net.answer, "bf16": short}
    if count:
        made["norms folded"] = folded.answer
        fold_norms(compiled)
    return {**made, "compiled": torch.compile(compiled.answer, dynamic=False)}


def exported(run: lamina.Run, schema: Schema, place: Path) -> Answer:
    """The run as an ONNX graph, answered by onnxruntime from the same arrays."""
    runtime = Runtime((run.export(place).place / "model.onnx").read_bytes())
    ports = ports_of(schema)
    return lambda inputs: runtime.answer([x.numpy() for x in given(ports, inputs)])


def timed(work: Callable[[], object]) -> float:
    """Processor seconds of one turn."""
    began = time.process_time()
    work()
    return time.process_time() - began


def compare(found: dict[str, Answer], inputs: dict[str, Any]) -> dict[str, list[float]]:
    """Processor seconds of many turns of each way, which take turns; the first ones, already warm, fix how many."""
    once = max(timed(lambda way=way: way(inputs)) for way in found.values())  # type: ignore[misc]
    rounds = max(5, min(300, int(SECONDS / max(once, 1e-5))))
    seconds: dict[str, list[float]] = {name: [] for name in found}
    for _ in range(rounds):
        for name, way in found.items():
            seconds[name].append(timed(lambda way=way: way(inputs)))  # type: ignore[misc]
    return seconds


def of_nets(folder: Path) -> dict[str, lamina.Run]:
    """Each family's table; the runs that were made for it."""
    runs = {}
    print(f"{'':<32}{'way':<14}{'one row, ms':>12}{'95 %':>8}{'rows/s at ' + str(BATCHES[0]):>14}", end="")
    print("".join(f"{'at ' + str(batch):>10}" for batch in BATCHES[1:]), "  begun, s")
    for number, (family, (page, shape, settings)) in enumerate(FAMILIES.items()):
        data = rows_of(shape)
        run = lamina.fit(data, steps=1, model=page, settings=settings, out=folder / str(number), teller=Quiet())
        runs[family] = run
        schema = schema_from_json(run.directory.read_json("schema.json"))
        net = build_net(kept_recipe(run.directory.read_json("recipe.json")), schema).eval()
        net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        kind, slot = schema.inputs[0].kind, next(s.name for s in schema.slots() if s.role == "input")
        torch.compiler.reset()  # it compiles one function a few times only, and then no more
        found, begun = {**ways(net), "onnxruntime": exported(run, schema, folder / f"{number}-onnx")}, 0.0
        seconds: dict[int, dict[str, list[float]]] = {}
        with torch.inference_mode():
            for batch in BATCHES:
                some = data[0][:batch].reshape(batch, *shape[:2], -1) if len(shape) > 1 else data[0][:batch]
                inputs = {slot: kind.collate(some) if len(shape) > 1 else torch.from_numpy(some)}
                before = sum(os.times()[:4])  # the compiler is a process of its own
                found["compiled"](inputs)
                begun += sum(os.times()[:4]) - before
                seconds[batch] = compare(found, inputs)
        for name in found:
            middle = {batch: statistics.median(times[name]) for batch, times in seconds.items()}
            late = sorted(seconds[1][name])[int(0.95 * len(seconds[1][name]))]
            speeds = "".join(f"{batch / s:>10,.0f}" for batch, s in list(middle.items())[1:])
            line = f"{family:<32}{name:<14}{1e3 * middle[1]:>12.2f}{1e3 * late:>8.2f}{1 / middle[1]:>14,.0f}{speeds}"
            print(f"{line}{begun:>12.1f}" if name == "compiled" else line, flush=True)
    return runs


def of_calls(runs: dict[str, lamina.Run]) -> None:
    """One row through `run.predict`, by a run that is opened for it and by one that has answered before."""
    print(f"\n{'one row by run.predict':<30}{'first, ms':>12}{'later, ms':>12}{'95 %':>8}")
    for family, run in runs.items():
        row = rows_of(FAMILIES[family][1], 1)[0]
        first = [timed(lambda: lamina.load(run.path).predict(row)) for _ in range(10)]  # noqa: B023
        later = sorted(timed(lambda: run.predict(row)) for _ in range(100))[1:]  # noqa: B023
        figures = 1e3 * statistics.median(first), 1e3 * statistics.median(later), 1e3 * later[95]
        print("{:<30}{:>12.2f}{:>12.2f}{:>8.2f}".format(family, *figures), flush=True)


def of_files(folder: Path, run: lamina.Run) -> None:
    """A folder of pictures, from files to typed answers."""
    (folder / "files").mkdir()
    for i, pixels in enumerate(rows_of((64, 64, 3), FILES)[0]):
        Pictures.fromarray(pixels).save(folder / "files" / f"{i}.jpg")
    seconds = statistics.median(timed(lambda: run.predict(folder / "files")) for _ in range(3))
    print(f"\n{FILES} JPEG files of 64 × 64, resnet18: {FILES / seconds:,.0f} a second", flush=True)


def of_writing() -> None:
    """1,000 tokens of a GPT, with keys and values kept and with all read anew for each, and in bf16."""
    letters = (*MARKS, *"abcdefghijklmnopqrstuvwxyz ,.\n")
    kind = Text(by="characters", lower=False, vocab=letters, length=256)
    schema = Schema((Field("t", kind, "input"), Field("t", kind, "target", link="causal")))
    net = build_net(Recipe(model={"name": "gpt", "width": 128}), schema)
    predictor = Predictor(net, schema)

    def write() -> str:
        return "".join(write_text(predictor, "abc", TOKENS))

    def short() -> str:
        with torch.autocast("cpu", torch.bfloat16):
            return write()

    ids = torch.zeros(1, kind.length // 2 + kind.length // 4, dtype=torch.long)  # as long as a context is in the mean

    def anew() -> None:
        with torch.inference_mode():
            for _ in range(TOKENS // 10):
                net.head.logits(net({"t": ids}))  # type: ignore[attr-defined]

    print(f"\n{'a GPT of width 128, 4 blocks':<30}{'tokens/s':>12}")
    kept, bf16, read = ([timed(work) for _ in range(3)] for work in (write, short, anew))
    for name, seconds, count in (
        ("keys and values kept", kept, TOKENS),
        ("the same in bf16", bf16, TOKENS),
        ("all read anew", read, TOKENS // 10),
    ):
        print(f"{name:<30}{count / statistics.median(seconds):>12,.0f}", flush=True)


def main() -> None:
    """Print all tables."""
    torch.set_num_threads(1)
    settings: Any = torch._inductor.config
    settings.force_disable_caches, settings.compile_threads = True, 1  # compiling is seen, and all of it
    with tempfile.TemporaryDirectory() as folder:
        runs = of_nets(Path(folder))
        of_calls(runs)
        of_files(Path(folder), runs["pictures of 64 × 64, resnet18"])
    of_writing()


if __name__ == "__main__":
    main()
