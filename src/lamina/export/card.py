"""What stands beside an exported graph: `model.json`, which says what its numbers mean, and a page for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ..kinds import Kind, Schema
from .parity import Parity
from .ports import Answer, Port, answers_of, ports_of

FORMAT = 1
INSIDE = ("edges", "counts", "shares", "naive", "season", "within")
README = """# An exported model

`model.onnx` is the net and `model.json` says what its numbers mean. Any runtime of ONNX serves it, without Lamina.

| input | type | shape | what it holds |
| --- | --- | --- | --- |
{inputs}

| output | type | shape | what it holds |
| --- | --- | --- | --- |
{outputs}

A name in a shape is an axis of any length. Held against the run itself on {rows:,} test rows, in batches of {batches},
the outputs were {largest:.1e} apart at most. What follows answers two rows of ones:

```python
import json
from pathlib import Path

import numpy as np
import onnxruntime

card = json.loads(Path("model.json").read_text(encoding="utf-8"))
session = onnxruntime.InferenceSession("model.onnx")
rows = {{
    port["name"]: np.ones([n if isinstance(n, int) else 2 for n in port["shape"]], port["dtype"])
    for port in card["inputs"]
}}
for output, answer in zip(card["outputs"], session.run(None, rows)):
    print(output["name"], answer.shape, output["labels"])
```
"""


def card_of(schema: Schema, graph: Any, facts: Mapping[str, Any], parity: Parity) -> dict[str, Any]:
    """What `model.json` holds: the arrays in and out with the fitted kinds behind them, and how far the graph was from
    the run."""
    ports, answers = ports_of(schema), answers_of(schema)
    inputs = [_input(port, found) for port, found in zip(ports, graph.graph.input, strict=True)]
    outputs = [_output(answer, found) for answer, found in zip(answers, graph.graph.output, strict=True)]
    target = {"name": schema.target.name, "link": schema.target.link, **_fitted(schema.target.kind)}
    opset = next(found.version for found in graph.opset_import if not found.domain)
    parts = {"inputs": inputs, "outputs": outputs, "target": target}
    return {"format": FORMAT, **facts, "opset": opset, **parts, "parity": asdict(parity)}


def page_of(card: Mapping[str, Any]) -> str:
    """The page for people."""
    parity = card["parity"]
    batches = [f"{n:,}" for n in parity["batches"]]
    return README.format(
        inputs="\n".join(map(_line, card["inputs"])),
        outputs="\n".join(map(_line, card["outputs"])),
        rows=parity["rows"],
        batches=" and ".join(filter(None, [", ".join(batches[:-1]), batches[-1]])),
        largest=parity["largest"],
    )


def _line(array: Mapping[str, Any]) -> str:
    how = array["how"].replace("|", "\\|")
    return f"| `{array['name']}` | {array['dtype']} | {' × '.join(map(str, array['shape']))} | {how} |"


def _input(port: Port, found: Any) -> dict[str, Any]:
    columns = [{"name": f.name, **_fitted(f.kind)} for f in port.slot.fields]
    most = {"longest": port.most} if port.most else {}
    return {**_array(port.name, found), **most, "how": port.how, "columns": columns}


def _fitted(kind: Kind) -> dict[str, Any]:
    """A kind as schema.json has it, but for what stands in the net already, or is of training alone."""
    return {name: x for name, x in kind.to_json().items() if name not in INSIDE}


def _output(answer: Answer, found: Any) -> dict[str, Any]:
    return {**_array(answer.name, found), "how": answer.how, "labels": list(answer.labels)}


def _array(name: str, found: Any) -> dict[str, Any]:
    import onnx

    kind = found.type.tensor_type
    shape = [axis.dim_param or axis.dim_value for axis in kind.shape.dim]
    return {"name": name, "dtype": str(onnx.helper.tensor_dtype_to_np_dtype(kind.elem_type)), "shape": shape}
