"""The model pages, by name. A page goes from a tensor to a form; its `.width` is that of the form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_type_hints

from torch import Tensor

from .. import config
from ..errors import PlanError, SettingError, nearest
from ..forms import Form, Vector
from .body import Body
from .cnn import Cnn, CnnPlan
from .lenet import LeNet, LeNetPlan
from .mlp import Mlp, MlpPlan
from .resnet import RESNET18, RESNET34, RESNET50, ResNet

__all__ = ["PAGES", "Body", "Page", "build", "form_of", "plan_of"]


@dataclass(frozen=True)
class Page:
    """What a name stands for: `model(plan, width)` where it takes a vector, `model(plan, channels, height, width)`
    where it takes a map. `plan` is the plan it has where no setting says otherwise.
    """

    name: str
    model: Callable[..., Body]
    plan: Any
    takes: Literal["vector", "map"]
    says: str


PAGES: dict[str, Page] = {
    page.name: page
    for page in (
        Page("mlp", Mlp, MlpPlan(), "vector", "multilayer perceptron: tables, or pictures as one long row"),
        Page("cnn", Cnn, CnnPlan(), "map", "plain convolution net: quick, for pictures up to about 128 pixels"),
        Page("lenet", LeNet, LeNetPlan(), "map", "LeNet-5 of 1998: a small classic to learn from"),
        Page("resnet18", ResNet, RESNET18, "map", "18 layers that add to what they are given: photos"),
        Page("resnet34", ResNet, RESNET34, "map", "34 layers, twice the work of resnet18"),
        Page("resnet50", ResNet, RESNET50, "map", "50 layers in bottlenecks: many photos and a GPU"),
    )
}


def build(name: str, settings: Mapping[str, Any], shape: tuple[int, ...]) -> Body:
    """The model of a page for inputs of a shape: (N,) for a table, (C, H, W) for pictures.

    Raises SettingError for an unknown page or setting, PlanError where page and shape do not go together.
    """
    plan = plan_of(name, settings)
    page = PAGES[name]
    if len(shape) not in (1, 3) or min(shape) < 1:
        raise PlanError(f"no page takes inputs of shape {shape}", expected="(N,) for a table, (C, H, W) for pictures")
    if page.takes == "map":
        if len(shape) == 1:
            tables = [p.name for p in PAGES.values() if p.takes == "vector"]
            raise PlanError(
                f"{name} reads pictures, and these inputs are a table of {shape[0]} values a row",
                expected=f"a page that takes tables: {', '.join(tables)}",
                fix=f"--model {tables[0]}",
            )
        return page.model(plan, *shape)
    if len(shape) == 3:
        return Flat(page.model(plan, shape[0] * shape[1] * shape[2]))
    return page.model(plan, *shape)


def plan_of(name: str, settings: Mapping[str, Any]) -> Any:
    """A page's plan with settings laid over it. Raises SettingError for an unknown page or setting."""
    if name not in PAGES:
        raise SettingError(f'there is no model "{name}"', expected=nearest(name, PAGES))
    plan = PAGES[name].plan
    return config.build(type(plan), {**asdict(plan), **settings}, where="model.")


def form_of(body: Body) -> type[Form]:
    """The form that a page gives, as its `forward` says."""
    form: type[Form] = get_type_hints(type(body).forward)["return"]
    return form


class Flat(Body):
    """A page for vectors that is given pictures, which are one long row to it.

    pixels (B, C, H, W) -> Vector (B, D)
    """

    def __init__(self, body: Body):
        super().__init__()
        self.body, self.width = body, body.width

    def forward(self, pixels: Tensor) -> Vector:
        form: Vector = self.body(pixels.flatten(1))
        return form
