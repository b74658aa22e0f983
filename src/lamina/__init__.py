"""Lamina: from raw data of any kind to a deep model its owner can trust.

>>> import lamina as lm
>>> run = lm.fit("digits")                          # doctest: +SKIP
>>> run.scores["accuracy"], run.predict("new.png")  # doctest: +SKIP

Nothing heavy is imported before it is used: `import lamina` loads no torch.
"""

from __future__ import annotations

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
    group, time. `settings`: values by name, {"train.batch": 8}, or words, ["train.batch=8"]. `ranks`: processes that
    train together. Raises LaminaError saying what to type instead.
    """
    from .config import build
    from .flow import Request, begin
    from .teller import Lines

    if "settings" in asked:
        asked["settings"] = _words(asked["settings"])
    named = source if isinstance(source, str) else str(source) if isinstance(source, Path) else type(source).__name__
    values = {"source": named, "target": target, "kinds": kinds or {}, "version": __version__, **asked}
    values.setdefault("command", _python_words(named, target, asked))
    run = begin(build(Request, values), source, out or None, teller or Lines(), resume=resume, ranks=ranks)
    if teller is None:
        Lines().say("score", run.verdict)
    return run


def _words(settings: Any) -> list[str]:
    """Settings as the command line has them: name=value."""
    if isinstance(settings, str):
        return [settings]
    if not isinstance(settings, dict):
        return list(settings)
    told = {name: str(value).lower() if isinstance(value, bool) else value for name, value in settings.items()}
    return [f"{name}={value}" for name, value in told.items()]


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
    from .flow import go_on
    from .teller import Lines

    return go_on(path, teller or Lines(), source, asked, ranks)


def _python_words(source: str, target: str, asked: dict[str, Any]) -> str:
    words = [repr(source), *([f"target={target!r}"] if target else []), *(f"{k}={v!r}" for k, v in asked.items())]
    return f"lm.fit({', '.join(words)})"
