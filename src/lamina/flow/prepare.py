"""From a source to arrays: opened, typed, split, looked through for leaks, decoded once; all problems said at once."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.context import training_context
from ..data.leaks import find_leaks
from ..data.locked import load_locked, save_locked
from ..data.schema import make_schema
from ..data.sources import ReadOptions, join, open_source
from ..data.split import Split, SplitOptions, split
from ..data.store import Store, build_store, open_store
from ..data.table import Table
from ..data.windows import Ahead, as_windows
from ..errors import LaminaError, RunError, SettingError, SourceError
from ..files import json_bytes
from ..findings import Findings
from ..kinds import Alike, Image, Kind, Schema, Text, kind_from_words, schema_from_json
from ..kinds.boxes import Boxes
from ..kinds.mask import Mask
from ..objectives import OBJECTIVES
from ..recipe import Data
from ..run import RunDirectory
from ..teller import Teller, late
from .helpers import refuse_link, without_unseen
from .request import Request, settled
from .seen import keep_seen, seen_before
from .words import say_columns

LAST = 0.2  # the share of a series, its newest steps, that is tested on
ENOUGH = 1_000_000  # rows of a part that is tested on
SIDE = 96  # pictures of many sizes are brought to at most this side unless asked otherwise
LARGER = 288  # and those in which something is to be found, to this

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Decoded:
    """What training works with: fitted kinds, decoded rows, and the arrays that all rows point into."""

    schema: Schema
    store: Store
    context: Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Prepared(Decoded):
    """What training and scoring work with: the raw rows of the locked test part too, and what data.json says."""

    test: Table
    test_rows: Ints
    data: dict[str, Any]


@dataclass(frozen=True)
class Looked:
    """A source as looked at before anything is written: all that `lamina check` says. `lost`: rows that its readers set
    aside, by part, which are in no table."""

    table: Table
    schema: Schema
    split: Split
    leaks: list[dict[str, Any]]
    lost: Mapping[str, int]

    def check_shares(self, findings: Findings, limit: float) -> None:
        """Turn too many rows set aside, of the source or of a part, into errors."""
        rows = int(self.table.facts.get("steps", len(self.table)))  # of a series, whose rows are windows on its steps
        for part, read in {"source": rows, **{name: len(held) for name, held in self.split.parts().items()}}.items():
            findings.check_share(part, read + self.lost.get(part, 0), limit)


def look(request: Request, source: Any, settings: Data, findings: Findings) -> Looked:
    """Open, type and split a source, gathering findings; raises only what leaves nothing to go on with."""
    table, inputs = _opened(request, source, settings, findings)
    kinds: Mapping[str, Kind] = {
        **{name: kind for name, kind in _known_kinds(request).items() if name in table.columns},
        **{name: kind_from_words(words) for name, words in request.kinds.items()},
    }
    link = OBJECTIVES[request.objective].link if request.objective else None
    schema = make_schema(table, request.target or None, inputs, kinds, findings, link)
    findings.raise_errors()
    refuse_link(request, schema)
    schema = _sized(schema, settings)
    apart = schema.target.name if isinstance(schema.target.kind, Alike) and table.parts is None else ""
    group = request.group or str(table.facts.get("group", "")) or apart  # classes of the test part are new ones
    parts = SplitOptions(*_shares(settings, len(table)), group, request.time)
    cut = without_unseen(split(table, schema, request.seed, parts, findings), table, request.unseen)
    leaks = find_leaks(table, schema, cut, findings) + seen_before(request, cut, findings)
    findings.raise_errors()
    return Looked(table, schema.fit(table.columns, cut.train), cut, leaks, findings.quarantined())


def _opened(request: Request, source: Any, settings: Data, findings: Findings) -> tuple[Table, tuple[str, ...]]:
    """A source with the parts that stand elsewhere, a series as its windows, and the inputs asked for."""
    options = ReadOptions(
        header=request.header,
        missing=request.missing,
        encoding=request.encoding,
        delimiter=request.delimiter,
        target=request.target,
        fold=request.fold,
        length=settings.length,
        shrink=settings.shrink,
    )
    table = open_source(source, options, findings)
    for part, other in (("test", request.test), ("valid", request.valid)):
        if other:
            table = join(table, open_source(other, options, findings), part, target=request.target, findings=findings)
    return _forecast(table, request, settings, findings)


def _shares(settings: Data, rows: int) -> tuple[float, float]:
    """The shares of validation and test as set; as they are by default, of a million rows each at most: no interval
    needs more, and what is not tested can train."""
    usual = Data()
    most = ENOUGH / max(rows, ENOUGH)
    return (
        settings.valid if settings.valid != usual.valid else min(usual.valid, most),
        settings.test if settings.test != usual.test else min(usual.test, most),
    )


def _known_kinds(request: Request) -> dict[str, Kind]:
    """The fitted text columns of the run that is gone on from: the same word has to be the same number."""
    if not request.start:
        return {}
    kept = RunDirectory.open(request.start).read_json("schema.json")
    schema = schema_from_json({name: value for name, value in kept.items() if name != "summaries"})
    return {f.name: f.kind for f in schema.inputs if isinstance(f.kind, Text)}


def _forecast(table: Table, request: Request, settings: Data, findings: Findings) -> tuple[Table, tuple[str, ...]]:
    """A table that is one long series as its windows, and the inputs asked for, which are then its channels."""
    if request.target not in ("", "none") or table.target:
        if request.horizon:
            raise SourceError(
                f'a forecast is of all its columns, and "{request.target or table.target}" is named as the target',
                expected="--horizon without --target",
                fix=f"--horizon {request.horizon} --input {request.target or table.target}",
            )
        _refuse_series(table, request, settings, f'"{request.target or table.target}" is the target')
        return table, request.inputs
    usual = Data()
    shares = (settings.valid, settings.test if settings.test != usual.test else LAST)
    parts, gaps = settings.parts, settings.gaps
    ahead = Ahead(request.horizon, settings.past, parts, shares, gaps, request.inputs, request.known)
    made = as_windows(table, ahead, findings)
    if made is table:
        _refuse_series(table, request, settings, "its columns are not one of even times and otherwise numbers")
    return made, request.inputs if made is table else ()


def _refuse_series(table: Table, request: Request, settings: Data, why: str) -> None:
    """Raise SettingError for what is said of series where the table is none: it would change nothing."""
    asked = {"parts": settings.parts, "past": settings.past, "gaps": settings.gaps}
    said = [f"data.{name}={value}" for name, value in asked.items() if value != getattr(Data(), name)]
    said += [f"--known {name}" for name in request.known]
    if said:
        raise SettingError(
            f"{said[0]} is said of a series to forecast, and {table.name} is none: {why}",
            fix="leave it out, or --horizon N to forecast",
        )


def _sized(schema: Schema, settings: Data) -> Schema:
    """Pictures get a side: the one asked for, or their own up to 96, or more where the answer lies in the picture; such
    an answer has the side of its picture."""
    dense = next((f.kind for f in schema.fields if isinstance(f.kind, Mask | Boxes)), None)
    asked = next((f.kind.side for f in schema.inputs if isinstance(f.kind, Image)), 0) if dense else 0
    most = SIDE if dense is None else LARGER
    fields = []
    for f in schema.fields:
        if isinstance(f.kind, Image | Mask | Boxes) and not f.kind.side:
            f = replace(f, kind=replace(f.kind, side=asked or settings.side, most=most))
        fields.append(f)
    return replace(schema, fields=tuple(fields))


def prepare(request: Request, source: Any, run: RunDirectory, settings: Data, teller: Teller) -> Prepared:
    """Do what `data.json` says was done, or do it now and write it; a killed run takes up where it can."""
    if run.has("data.json"):
        return reopen(run, request, source)
    findings = Findings()
    with late(lambda: teller.warn(f"{request.source} is still being read; does the disk still answer?")):
        looked = look(request, source, settings, findings)
    say_columns(looked.schema, request.target, teller)
    table, cut = looked.table, looked.split
    parts = {"train": cut.train, "valid": cut.valid}
    with teller.bar("decode", len(cut.train) + len(cut.valid)) as tell:
        store = build_store(
            run.path / "store",
            table,
            looked.schema,
            parts,
            findings,
            lambda done, _total: tell(done, "rows"),
            slow=teller.warn,
        )
    looked.check_shares(findings, settings.quarantine)
    findings.raise_errors()
    locked, why = save_locked(table, cut.test)
    if locked is not None:
        run.write("test.parquet", locked)
    else:
        findings.warn("locked", f"the test rows are not kept in the run: {why}")
    context = training_context(table.context, cut.train)
    if context:
        run.write_arrays("context.npz", dict(context))
    run.write_arrays("split.npz", cut.to_arrays())
    keep_seen(run, cut)
    run.write("leaks.json", {"found": looked.leaks})
    run.write("quarantine.jsonl", quarantine(findings))
    schema = looked.schema
    summaries = {f.name: f.kind.summary() for f in schema.fields}
    run.write("schema.json", {**schema.to_json(), "summaries": summaries})
    data = {
        "name": table.name,
        "fingerprint": table.fingerprint,
        "rows": len(table),
        "parts": {"train": len(store.part("train")), "valid": len(store.part("valid")), "test": len(cut.test)},
        "how": cut.how,
        "locked": cut.locked,
        "locked_file": hashlib.sha256(locked).hexdigest() if locked is not None else "",
        "facts": table.facts,
        **findings.to_json(),
    }
    run.write("data.json", data)
    return Prepared(schema, store, context, table, cut.test, data)


def reopen(run: RunDirectory, request: Request, source: Any = None) -> Prepared:
    """What an earlier start prepared. Raises RunError when the arrays are gone, or the test rows are nowhere."""
    data, kept = run.read_json("data.json"), decoded(run)
    return Prepared(kept.schema, kept.store, kept.context, *test_rows(run, request, source, data), data)


def refuse_other_data(run: RunDirectory, request: Request, source: Any) -> None:
    """Raises RunError where a run is to be gone on with on other data than it has read."""
    if not run.has("data.json"):
        return
    table, _ = _opened(request, source, data_settings(request), Findings())
    if table.fingerprint != run.read_json("data.json")["fingerprint"]:
        raise RunError(
            f"{table.name} is not the data that {run.path} has read",
            expected="the same content, and of folders the same times of files",
            fix=f"lamina fit {shlex.quote(str(run.path))} --resume, which goes on with what was read, or another --out",
        )


def decoded(run: RunDirectory) -> Decoded:
    """The decoded rows of a run that has been prepared. Raises RunError when they are gone."""
    schema = schema_from_json({k: v for k, v in run.read_json("schema.json").items() if k != "summaries"})
    store = open_store(run.path / "store")
    if store is None:
        raise RunError(f"{run.path} no longer holds its decoded rows", expected="the folder store/", fix="fit again")
    return Decoded(schema, store, run.read_arrays("context.npz") if run.has("context.npz") else {})


def test_rows(run: RunDirectory, request: Request, source: Any, data: dict[str, Any]) -> tuple[Table, Ints]:
    """The locked rows: from the run itself, or from the source where they were too large to keep.

    Raises RunError when the source is not what it was.
    """
    if run.has("test.parquet"):
        table = load_locked(run.read_bytes("test.parquet"))
        return table, np.arange(len(table))
    try:
        looked = look(request, source if source is not None else request.source, data_settings(request), Findings())
    except LaminaError as error:
        raise RunError(f"the test rows are not in the run, and the source cannot be opened: {error}") from None
    if looked.split.locked != data["locked"]:
        raise RunError("the test rows of the source are not those that were locked", expected="the source unchanged")
    return looked.table, looked.split.test


def data_settings(request: Request) -> Data:
    """The part of the settings that is needed before a recipe can be chosen."""
    return settled(request.config, request.settings).data


def quarantine(findings: Findings) -> bytes:
    """The lines of `quarantine.jsonl`."""
    return b"".join(json_bytes(line, indent=None) + b"\n" for line in findings.quarantine_lines())
