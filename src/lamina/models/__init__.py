"""The model pages, by name. A page goes from a tensor to a form; its `.width` is that of the form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_type_hints

from .. import config
from ..errors import PlanError, SettingError, nearest
from ..forms import Form
from .alphazero import AlphaZero, AlphaZeroPlan
from .autoencoder import Autoencoder, AutoencoderPlan
from .bert import Bert, BertPlan
from .body import Body
from .cnn import Cnn, CnnPlan
from .complex import Complex, ComplexPlan, DistMult
from .convrnn import ConvRnn, ConvRnnPlan
from .dcgan import Dcgan, DcganPlan
from .ddpm_unet import DdpmUnet, DdpmUnetPlan
from .dlinear import DLinear, DLinearPlan
from .edsr import Edsr, EdsrPlan
from .evoformer import Evoformer, EvoformerPlan
from .fcos import Fcos, FcosPlan
from .fuse import Fuse, FusePlan
from .gat import Gat, GatPlan
from .gcn import Gcn, GcnPlan
from .gin import Gin, GinPlan
from .gpt import Gpt, GptPlan
from .lenet import LeNet, LeNetPlan
from .mlp import Mlp, MlpPlan
from .mpnn import Mpnn, MpnnPlan
from .patchtst import PatchTst, PatchTstPlan
from .resnet import RESNET18, RESNET34, RESNET50, ResNet
from .rnn import GRU, LSTM, RNN, Rnn
from .seq2seq import Seq2Seq, Seq2SeqPlan
from .t5 import T5, T5Plan
from .tcn import Tcn, TcnPlan
from .tide import Tide, TidePlan
from .transformer import Transformer, TransformerPlan
from .unet import UNet, UNetPlan
from .vae import Vae, VaePlan

__all__ = ["AXES", "PAGES", "Body", "Page", "Takes", "build", "form_of", "plan_of"]


Takes = Literal["vector", "map", "tokens", "graph", "noise", "slots"]
AXES: dict[Takes, str] = {  # what each reads, in words
    "vector": "a table of (N,) values a row",
    "map": "pictures (C, H, W)",
    "tokens": "sequences (T, D)",
    "graph": "graphs of (D, G) wide nodes and edges",
    "noise": "noise (D, C, H, W) for a picture",
    "slots": "several inputs, each of a shape of its own",
}


@dataclass(frozen=True)
class Page:
    """What a name stands for. `plan` is the plan it has where no setting says otherwise.

    Takes "vector": `model(plan, width)`; "map": `model(plan, channels, height, width)`; "tokens": `model(plan, width,
    length)`, of vectors of a width, at most so many; "graph": `model(plan, width, edge_width)`; "noise": `model(plan,
    width, channels, height, side)`, a picture of that shape from a vector; "slots": `model(plan, *shapes)`, the shape
    of each input.
    """

    name: str
    model: Callable[..., Body]
    plan: Any
    takes: Takes
    says: str


PAGES: dict[str, Page] = {
    page.name: page
    for page in (
        Page("mlp", Mlp, MlpPlan(), "vector", "multilayer perceptron: tables, or pictures as one long row"),
        Page("cnn", Cnn, CnnPlan(), "map", "plain convolution net: quick, for pictures up to about 128 pixels"),
        Page("convrnn", ConvRnn, ConvRnnPlan(), "tokens", "convolution over time, then LSTMs both ways: speech"),
        Page(
            "edsr", Edsr, EdsrPlan(), "map", "residual blocks and a shuffle of pixels: restored and enlarged pictures"
        ),
        Page("fcos", Fcos, FcosPlan(), "map", "a ResNet with a pyramid of features: things found in pictures"),
        Page("fuse", Fuse, FusePlan(), "slots", "a net for each input, joined: pictures, texts and columns together"),
        Page("lenet", LeNet, LeNetPlan(), "map", "LeNet-5 of 1998: a small classic to learn from"),
        Page("resnet18", ResNet, RESNET18, "map", "18 layers that add to what they are given: photos"),
        Page("resnet34", ResNet, RESNET34, "map", "34 layers, twice the work of resnet18"),
        Page("resnet50", ResNet, RESNET50, "map", "50 layers in bottlenecks: many photos and a GPU"),
        Page("unet", UNet, UNetPlan(), "map", "down to see what is there, up to say where: a class for every pixel"),
        Page(
            "gcn", Gcn, GcnPlan(), "graph", "graph convolution: nodes that are like their neighbours, papers that cite"
        ),
        Page(
            "gat", Gat, GatPlan(), "graph", "graph attention: each node chooses whom among its neighbours to listen to"
        ),
        Page("gin", Gin, GinPlan(), "graph", "graph isomorphism net: whole graphs, told apart by adding neighbours up"),
        Page("mpnn", Mpnn, MpnnPlan(), "graph", "message passing: molecules, where bonds say what is passed on"),
        Page("complex", Complex, ComplexPlan(), "graph", "triples scored by complex vectors: knowledge graphs"),
        Page(
            "distmult",
            DistMult,
            ComplexPlan(),
            "graph",
            "triples scored by plain products: relations without direction",
        ),
        Page("dlinear", DLinear, DLinearPlan(), "tokens", "trend and rest, a straight map each: forecasts in seconds"),
        Page("patchtst", PatchTst, PatchTstPlan(), "tokens", "transformer of patches, each channel alone: forecasts"),
        Page("tide", Tide, TidePlan(), "slots", "dense layers over all steps: forecasts with what is known ahead"),
        Page("tcn", Tcn, TcnPlan(), "tokens", "causal convolutions that look ever farther back: series, sensors"),
        Page("lstm", Rnn, LSTM, "tokens", "reads step by step, both ways, and keeps what matters: texts, tagging"),
        Page("gru", Rnn, GRU, "tokens", "as lstm with fewer gates: somewhat smaller"),
        Page("rnn", Rnn, RNN, "tokens", "the plain recurrent net of 1990: short memory, a classic to learn from"),
        Page("transformer", Transformer, TransformerPlan(), "tokens", "all positions read each other: longer texts"),
        Page("bert", Bert, BertPlan(), "tokens", "a transformer made to fill gaps: hidden words, pairs of texts"),
        Page("gpt", Gpt, GptPlan(), "tokens", "a transformer that reads what came before: to write a corpus on"),
        Page("seq2seq", Seq2Seq, Seq2SeqPlan(), "tokens", "reads one text and writes another: translation"),
        Page("t5", T5, T5Plan(), "tokens", "as seq2seq, with distances in place of places: any length"),
        Page("evoformer", Evoformer, EvoformerPlan(), "tokens", "residues and all pairs of them: how a protein folds"),
        Page("autoencoder", Autoencoder, AutoencoderPlan(), "map", "squeezes a picture to a code and draws it again"),
        Page("vae", Vae, VaePlan(), "map", "a picture to a cloud of codes, and any code to a picture"),
        Page("alphazero", AlphaZero, AlphaZeroPlan(), "map", "residual tower at a board's full size: games of two"),
        Page("dcgan", Dcgan, DcganPlan(), "noise", "grows a picture from noise by convolutions: adversarial games"),
        Page("ddpm_unet", DdpmUnet, DdpmUnetPlan(), "noise", "tells the noise in a picture: denoising diffusion"),
    )
}


def build(name: str, settings: Mapping[str, Any], shape: tuple[Any, ...], takes: Takes | None = None) -> Body:
    """The model of a page for inputs of a shape: (N,) for a table, (C, H, W) for pictures, (T, D) for sequences, a
    tuple of such for several.

    `takes` says what inputs of the shape are, where its length alone does not. Raises SettingError for an unknown page
    or setting, PlanError where page and shape do not go together.
    """
    plan = plan_of(name, settings)
    page = PAGES[name]
    found = takes or ("slots" if shape and isinstance(shape[0], tuple) else BY_AXES.get(len(shape)))
    if found is None or (found != "slots" and (min(shape) < 0 or (shape[0] < 1 and found != "noise"))):
        raise PlanError(f"no page takes inputs of shape {shape}", expected="; ".join(AXES.values()))
    if found != page.takes:
        fitting = [p.name for p in PAGES.values() if p.takes == found]
        raise PlanError(
            f"{name} reads {AXES[page.takes]}, and these inputs are {_spoken(found, shape)}",
            expected=f"a page that takes them: {', '.join(fitting)}" if fitting else "a page that takes them",
            fix=f"--model {fitting[0]}" if fitting else "",
        )
    return page.model(plan, *(reversed(shape) if found == "tokens" else shape))


BY_AXES: dict[int, Takes] = {1: "vector", 2: "tokens", 3: "map", 4: "noise"}


def _spoken(takes: Takes, shape: tuple[Any, ...]) -> str:
    return f"a table of {shape[0]} values a row" if takes == "vector" else f"{AXES[takes].split(' (')[0]} of {shape}"


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
