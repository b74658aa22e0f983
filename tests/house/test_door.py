"""The door: what it costs, what it shows, and what nothing behind it may do."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys

import pytest

import lamina

HEAVY = (
    "torch",
    "torch._dynamo",
    "onnx",
    "onnxscript",
    "onnxruntime",
    "pyarrow",
    "pydantic",
    "sklearn",
    "matplotlib",
    "PIL",
    "pandas",
    "numpy",
)
MARKS = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" * 3)) + r")\b")
PLACES = re.compile(r"(?<![\w.~])/(" + "|".join(("work", "tmp", "home", "root", "Users")) + r")\b(?!\()")
TEXT = (".py", ".md", ".toml", ".json", ".yaml", ".yml", ".txt", ".cfg", ".html", ".css", "")


def loaded(code: str, *words: str) -> set[str]:
    """Which heavy libraries are loaded when some code has run in a new process."""
    tail = f"\nimport sys\nprint('loaded', *[n for n in {HEAVY!r} if n in sys.modules])"
    made = subprocess.run([sys.executable, "-c", code + tail, *words], capture_output=True, text=True, check=True)
    return set(made.stdout.splitlines()[-1].split()[1:])


def test_importing_lamina_loads_nothing_heavy():
    assert loaded("import lamina") == set()


@pytest.mark.parametrize("word", ["--help", "--version"])
def test_asking_for_help_loads_nothing_heavy(word):
    code = "import lamina.cli\ntry:\n    lamina.cli.main()\nexcept SystemExit:\n    pass"
    assert loaded(code, word) & {"torch", "pyarrow", "sklearn", "matplotlib", "onnx", "onnxscript"} == set()


def test_the_report_needs_no_torch():
    assert "torch" not in loaded("import lamina.report")


def test_what_every_command_needs_is_no_more_than_that():
    more = {"sklearn", "pandas", "matplotlib", "torch._dynamo", "onnx", "onnxscript", "onnxruntime"}
    assert loaded("import lamina.flow") & more == set()


TRAINED = """
import tempfile, lamina
from lamina.teller import Quiet
lamina.fit("digits", out=tempfile.mkdtemp() + "/run", steps=2, teller=Quiet(), settings=("optimizer.name=WHICH",))
"""


@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
def test_training_that_compiles_nothing_does_not_wait_for_the_compiler(optimizer):
    assert "torch._dynamo" not in loaded(TRAINED.replace("WHICH", optimizer))


def test_the_door_shows_what_is_listed():
    assert sorted(lamina.__all__) == ["fit", "load", "resume"]
    assert {name for name in dir(lamina) if inspect.isfunction(getattr(lamina, name)) and name[0] != "_"} == set(
        lamina.__all__
    )
    assert re.fullmatch(r"\d+\.\d+\.\d+", lamina.__version__)


# --- every public thing says what it is -------------------------------------------------------------------------------


def bases(node: ast.ClassDef) -> list[str]:
    """The names of a class's bases, without their modules and parameters."""
    return [ast.unparse(base).split("[")[0].split(".")[-1] for base in node.bases]


def undocumented(modules):
    """Public functions, classes and methods without a docstring.

    A method that a base of ours documents needs none of its own; nor does `forward`, whose class has its shape line,
    nor the plan of a model page, whose fields say what they are.
    """
    classes = {
        node.name: node
        for module in modules.values()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef)
    }

    def said_above(node: ast.ClassDef, method: str) -> bool:
        for base in bases(node):
            above = classes.get(base)
            if above is None:
                continue
            said = any(isinstance(m, ast.FunctionDef) and m.name == method and ast.get_docstring(m) for m in above.body)
            if said or said_above(above, method):
                return True
        return False

    for module in modules.values():
        if not ast.get_docstring(module.tree):
            yield f"{module.path} (module)"
        for node in module.tree.body:
            if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name[0] == "_":
                continue
            if not ast.get_docstring(node) and not (
                module.name.startswith("lamina.models.") and node.name.endswith("Plan")
            ):
                yield f"{module.path}:{node.lineno} {node.name}"
            if not isinstance(node, ast.ClassDef) or "Protocol" in bases(node):
                continue
            for method in node.body:
                if (
                    isinstance(method, ast.FunctionDef)
                    and method.name[0] != "_"
                    and method.name != "forward"
                    and not ast.get_docstring(method)
                    and not said_above(node, method.name)
                ):
                    yield f"{module.path}:{method.lineno} {node.name}.{method.name}"


def test_every_public_thing_says_what_it_is(modules):
    missing = list(undocumented(modules))
    assert not missing, "\n".join(missing)


# --- nothing that is read can run -------------------------------------------------------------------------------------

UNSAFE_MODULES = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "runpy", "imp"}
UNSAFE_NAMES = {"eval", "exec", "compile", "__import__"}
UNSAFE_CALLS = {
    "torch.load", "torch.jit.load", "torch.hub.load", "torch.package.PackageImporter", "yaml.load", "yaml.load_all",
    "yaml.unsafe_load", "yaml.full_load", "yaml.unsafe_load_all", "yaml.full_load_all", "pd.read_pickle",
    "pandas.read_pickle", "importlib.import_module", "os.system", "os.popen", "np.fromregex",
    "torch.serialization.add_safe_globals", "torch.serialization.safe_globals",
}  # fmt: skip
CAREFUL = "torch.load of weights only"
CAREFULLY = ("src/lamina/weights/pickled.py", CAREFUL)  # the one place that reads other libraries' pickles, and how


def unsafe(tree: ast.Module):
    """What in a module could run code that it reads."""
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            inside = name.split(".")
            if inside[0] in UNSAFE_MODULES or (
                inside[0] == "importlib" and inside[1:2] not in (["metadata"], ["resources"])
            ):
                yield node.lineno, f"import {name}"
            if name in UNSAFE_CALLS:
                yield node.lineno, name
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        if called == "torch.load" and any(
            k.arg == "weights_only" and ast.unparse(k.value) == "True" for k in node.keywords
        ):
            yield node.lineno, CAREFUL
        elif (isinstance(node.func, ast.Name) and called in UNSAFE_NAMES) or called in UNSAFE_CALLS:
            yield node.lineno, called
        if called in ("np.load", "numpy.load"):
            allowed = {k.arg: ast.unparse(k.value) for k in node.keywords}.get("allow_pickle")
            if allowed != "False":
                yield node.lineno, "np.load without allow_pickle=False"
        if any(k.arg == "allow_pickle" and ast.unparse(k.value) != "False" for k in node.keywords):
            yield node.lineno, f"{called} with pickle"
        if any(k.arg == "shell" and ast.unparse(k.value) != "False" for k in node.keywords):
            yield node.lineno, f"{called} through a shell"


def test_nothing_that_is_read_can_run(modules):
    found = [(module.path, line, what) for module in modules.values() for line, what in unsafe(module.tree)]
    wrong = [f"{path}:{line} {what}" for path, line, what in found if (path, what) != CAREFULLY]
    assert not wrong, "\n".join(wrong)
    assert len(found) == 1  # and the careful one is seen


@pytest.mark.parametrize(
    "code",
    [
        "import pickle", "from joblib import load", "eval('1')", "exec(x)", "torch.load(p, weights_only=True)",
        "torch.load(p)", "torch.load(p, weights_only=flag)", "torch.serialization.add_safe_globals([f])",
        "np.load(p)", "np.load(p, allow_pickle=True)", "yaml.load(x, Loader=L)", "import importlib",
        "importlib.import_module(name)", "from importlib import import_module", "f(x, allow_pickle=flag)",
        "subprocess.run(x, shell=True)", "__import__(name)", "from torch import load\nfrom yaml import load",
    ],
)  # fmt: skip
def test_the_scan_sees_what_could_run(code):
    assert list(unsafe(ast.parse(code)))


def test_only_a_reader_that_says_so_reads_weights_alone():
    said = {code: [what for _, what in unsafe(ast.parse(code))] for code in ("torch.load(p, weights_only=True)",
            "torch.load(p, weights_only=flag)", "torch.load(p, weights_only=False)", "torch.load(p)")}  # fmt: skip
    assert [CAREFUL in found for found in said.values()] == [True, False, False, False]


def test_the_scan_lets_the_harmless_pass():
    fine = "from importlib.metadata import version\nre.compile(x)\nmodule.compile()"
    assert not list(unsafe(ast.parse(fine)))
    fine = "np.load(x, allow_pickle=False)\njson.load(f)\nsafetensors.torch.load(x)"
    assert not list(unsafe(ast.parse(fine)))


# --- nothing is left lying about --------------------------------------------------------------------------------------


def lines(root):
    """(place, line) of every text file of the repository that people wrote."""
    for folder in ("src", "tests", "docs", "bench", "examples", "."):
        for file in sorted((root / folder).glob("*" if folder == "." else "**/*")):
            ours = not {"__pycache__", ".venv", ".git"} & set(file.parts)
            if file.is_file() and file.suffix in TEXT and ours:
                try:
                    text = file.read_text(encoding="utf-8")
                except UnicodeDecodeError:
                    continue
                for number, line in enumerate(text.splitlines(), 1):
                    yield f"{file.relative_to(root)}:{number}", line


def test_nothing_is_left_for_later(root):
    assert not [f"{place} {line}" for place, line in lines(root) if MARKS.search(line)]


def test_no_line_names_a_place_on_one_machine(root):
    assert not [f"{place} {line}" for place, line in lines(root) if PLACES.search(line)]


def test_no_test_moves_the_clock_that_other_threads_sleep_by(root):
    moved = re.compile(r"setattr\(time, \"(monotonic|perf_counter)|setattr\([\"'][\w.]+\.time\.")
    assert not [f"{place} {line}" for place, line in lines(root) if moved.search(line)]


def test_small_files_are_read_without_threads_of_arrow(root):
    """Just started, they abort a process that ends at once in an error: four times in ten of a refused graph."""
    found = []
    for path in sorted((root / "src" / "lamina").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        for call in re.finditer(r"\bread_csv\(|\.group_by\(", text):
            if "use_threads" not in text[max(0, call.start() - 200) : call.start() + 300]:
                found.append(f"{path.relative_to(root)} {text.count(chr(10), 0, call.start()) + 1}")
    assert not found
