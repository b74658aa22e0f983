"""A trained net as one ONNX graph: arrays in, the answer out, calibrated as it is where the net itself answers."""

from __future__ import annotations

import copy
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import PlanError
from ..extras import extra
from ..predict import Predictor
from .ports import Answer, Port, answers_of, by_slot, ports_of
from .recurrent import as_operations

ROWS, LONG = 3, 7  # of what the trace is made with, at least: more than one, and as many as nothing else in a net
MOST = (1 << 31) - (1 << 24)  # bytes that one file of protocol buffers holds, with room for the graph


class Served(nn.Module):
    """Arrays of the ports -> arrays of the answers."""

    def __init__(self, predictor: Predictor, ports: tuple[Port, ...], answers: tuple[Answer, ...]):
        super().__init__()
        self.net = as_operations(copy.deepcopy(predictor.net))
        self.ports, self.answers, self.temperature = ports, answers, predictor.temperature
        self.target, self.link = predictor.schema.target.name, predictor.link

    def forward(self, *arrays: Tensor) -> tuple[Tensor, ...]:
        inputs = by_slot(self.ports, arrays)
        if self.link == "same":
            form = self.net(inputs)
            figures = self.net.head.figures(form, inputs[self.target])  # type: ignore[union-attr, operator]
            return figures[:, 0] / figures[:, 1], self.net.head.decode(form)  # type: ignore[union-attr, operator]
        made: Any = self.net.answer(inputs, self.temperature)  # type: ignore[operator]
        parts = (made,) if isinstance(made, Tensor) else (made.x, made.mask)
        return tuple(_in_units(x, answer) for x, answer in zip(parts, self.answers, strict=True))


def _in_units(x: Tensor, answer: Answer) -> Tensor:
    """Numbers as the user knows them; in double precision, for a mean may be far larger than a deviation."""
    if not answer.scale:
        return x
    scale, shift = (torch.tensor(v, dtype=torch.float64).squeeze() for v in (answer.scale, answer.shift))
    return x.double() * scale + shift


def graph_of(predictor: Predictor) -> Any:
    """The ONNX model of a predictor, with free axes for rows and for tokens or steps, and nothing of the machine that
    made it in it.

    Raises ExtraError where a library is missing, PlanError for a net that is too large or cannot be traced.
    """
    ports, answers = ports_of(predictor.schema), answers_of(predictor.schema)
    size = sum(x.numel() * x.itemsize for x in predictor.net.state_dict().values())
    if size > MOST:
        raise PlanError(f"the net has {size:,} bytes of weights, and an ONNX file holds at most {MOST:,}")
    exporter()
    served = Served(predictor, ports, answers).eval()
    axes = tuple({at: axis for at, axis in enumerate(port.axes) if _free(port, axis)} for port in ports)
    with _quietly(), torch.no_grad():
        try:
            program = torch.onnx.export(
                served,
                tuple(_example(port) for port in ports),
                dynamo=True,
                verbose=False,
                dynamic_shapes=(axes,),
                input_names=[port.name for port in ports],
                output_names=[answer.name for answer in answers],
            )
        except Exception as error:  # a trace can fail at anything that a net does
            why = str(error.__cause__ or error).strip().split("\n")[0]
            raise PlanError(f"this net cannot be one ONNX graph: {why}", expected="see docs/export.md") from error
    assert program is not None
    return _bare(program.model_proto)


def exporter() -> None:
    """Load what torch's exporter is made of. Raises ExtraError where a library is missing."""
    with extra("onnx", "a net is exported"):
        import onnx
    with extra("onnxscript", "a net is exported"):
        import onnxscript
    del onnx, onnxscript


def _free(port: Port, axis: Any) -> bool:
    return isinstance(axis, str) and (axis == "rows" or port.most > 1)


def _example(port: Port) -> Tensor:
    """An array of a port to trace with: what it holds changes nothing."""
    long = min(port.most, max(LONG, port.most // 2))
    return torch.ones(
        [ROWS if axis == "rows" else long if isinstance(axis, str) else axis for axis in port.axes], dtype=port.dtype
    )


@contextmanager
def _quietly() -> Iterator[None]:
    """Without what the exporter says of itself."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def _bare(model: Any) -> Any:
    """A model without the notes of its making, which name files of this machine."""
    parts = [model, model.graph, *model.graph.node, *model.graph.value_info, *model.graph.initializer]
    parts += [*model.graph.input, *model.graph.output, *model.functions]
    parts += [node for function in model.functions for node in function.node]
    for part in parts:
        part.ClearField("doc_string")
        part.ClearField("metadata_props")
    return model
