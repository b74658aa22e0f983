"""Lamina: from raw data of any kind to a deep model its owner can trust.

>>> import lamina as lm
>>> run = lm.fit("digits")                          # doctest: +SKIP
>>> run.scores["accuracy"], run.predict("new.png")  # doctest: +SKIP

Nothing heavy is imported before it is used: `import lamina` loads no torch.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .flow import Run
    from .teller import Teller

__version__ = "0.1.0"
__all__ = ["fit", "load", "resume"]


def fit(
    source: Any,
    target: str = "",
    *,
    out: str | Path = "",
    teller: Teller | None = None,
    resume: bool = False,
    kinds: dict[str, str] | None = None,
    ranks: int = 1,
    **asked: Any,
) -> Run:
    """Train a model on a source and score it on rows it never saw.

    `source`: a path, a built-in name, numpy arrays, or a pandas, polars or pyarrow frame. `asked` is what the command
    line knows by the same names: model, objective, epochs, steps, minutes, seed, test, valid, inputs, horizon, known,
    fold, plan, weights, start (--from), teacher, judge, unseen, settings, config, header, missing, encoding, delimiter,
    group, time. `settings`: values by name, {"train.batch": 8}, or words, ["train.batch=8"]. What is handed over may
    come in parts: {"train": frame, "test": other}. `ranks`: processes that train together. Raises LaminaError saying
    what to type instead.
    """
    from .config import build
    from .flow import Request, as_asked, begin
    from .teller import Lines

    named = os.fspath(source) if isinstance(source, str | os.PathLike) else type(source).__name__
    told = as_asked({"target": target, "kinds": kinds or {}, **asked})
    values = {"source": named, "version": __version__, **told}
    values.setdefault("command", _python_words(named, told["target"], {name: told[name] for name in asked}))
    run = begin(build(Request, values), source, out or None, teller or Lines(), resume=resume, ranks=ranks)
    if teller is None:
        Lines().say("score", run.verdict)
    return run


def load(path: str | Path) -> Run:
    """A run from its directory. Raises RunError when there is none."""
    from .flow import Run

    return Run(path)


def resume(path: str | Path, *, source: Any = None, teller: Teller | None = None, ranks: int = 1, **asked: Any) -> Run:
    """Take a run up where it was left, to the same bits as if it had never stopped; a finished one is left as it is.

    `source` hands the data over again where it was no path. What is `asked` besides must be what the run was asked for,
    and of `ranks` there may be more or fewer than before.
    Raises RunError where there is no run, or it was asked for otherwise.
    """
    from .flow import as_asked, go_on
    from .teller import Lines

    return go_on(path, teller or Lines(), source, as_asked(asked), ranks)


def _python_words(source: str, target: str, asked: dict[str, Any]) -> str:
    words = [repr(source), *([f"target={target!r}"] if target else []), *(f"{k}={v!r}" for k, v in asked.items())]
    return f"lm.fit({', '.join(words)})"
