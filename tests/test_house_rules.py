"""The rules of the house that no linter knows: imports, settings, guards, and what may happen on import."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from operations.permissions import LEAST_ROLES
from routing.twilio_door import ENDPOINTS
from tests.conftest import PROJECT

# Imports point from left to right only.
LAYERS = ("wsgi", "app", "admin", "operations", "routing", "models", "config")
PRODUCT = (*LAYERS, "simulator")
MAY_USE_THE_SIMULATOR = {"app", "admin", "simulator"}
LONGEST_PRODUCT_FILE = 300
LONGEST_TEST_FILE = 400
READS_THE_ENVIRONMENT = {"environ", "environb", "getenv", "getenvb", "putenv"}
# What runs by being imported: the application, and what gunicorn and alembic execute.
EXECUTED = {"wsgi", "config.gunicorn", "models.migrations.env"}
NOTE_WHAT_HAPPENS = """
import importlib, json, os, sys, threading
happened = []
def note(event, arguments):
    is_writing = event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+")
    is_ours = event == "open" and str(arguments[0]).startswith(os.environ["DATA_DIR"])
    if is_writing or is_ours or event in WATCHED:
        happened.append([module, event, str(arguments[:1])])
WATCHED = {"socket.connect", "socket.getaddrinfo", "sqlite3.connect",
           "subprocess.Popen", "os.mkdir", "os.posix_spawn", "os.fork", "os.remove", "os.rename"}
module = ""
sys.addaudithook(note)
threading.Thread.start = lambda thread: happened.append([module, "thread", thread.name])
for module in sys.argv[1:]:
    importlib.import_module(module)
print(json.dumps(happened))
"""


def python_files(*folders: str) -> list[Path]:
    """Return the Python files of folders and modules at the top of the project."""
    found = [PROJECT / f"{folder}.py" for folder in folders if (PROJECT / f"{folder}.py").exists()]
    return found + sorted(path for folder in folders for path in (PROJECT / folder).rglob("*.py"))


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(PROJECT).with_suffix("").parts).removesuffix(".__init__")


PRODUCT_FILES = python_files(*PRODUCT)
TEST_FILES = python_files("tests", "benchmarks")


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def imports_of(root: ast.AST) -> Iterator[str]:
    """Yield the full names of the imported modules."""
    for node in ast.walk(root):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield node.module or ""


def functions_of(root: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(root) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def used_of_os(root: ast.AST) -> Iterator[str]:
    """Yield the names that are used of the module `os`."""
    for node in ast.walk(root):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "os":
            yield node.attr
        elif isinstance(node, ast.ImportFrom) and node.module == "os":
            yield from (alias.name for alias in node.names)


def happens_on_import(tmp_path: Path, modules: list[str], **environment: str) -> list[list[str]]:
    """Import modules in a process of its own and return what they did beyond defining things."""
    command = [sys.executable, "-B", "-c", NOTE_WHAT_HAPPENS, *modules]
    environment = {"DATA_DIR": str(tmp_path / "var"), "PYTHONPATH": str(PROJECT)} | environment
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_imports_point_one_way() -> None:
    """wsgi → app → admin → operations → routing → models → config."""
    for path in PRODUCT_FILES:
        layer = module_name(path).partition(".")[0]
        imported = {name.partition(".")[0] for name in imports_of(tree(path))}
        below = set(LAYERS[LAYERS.index(layer) :]) if layer in LAYERS else set()
        may_use = below | ({"simulator"} if layer in MAY_USE_THE_SIMULATOR else set())

        assert imported & {*PRODUCT, "tests", "benchmarks"} <= may_use, path


def test_the_call_path_knows_nothing_of_flask() -> None:
    """Webhooks are answered before it, and operations are for every door."""
    below = [
        path for path in PRODUCT_FILES if module_name(path).partition(".")[0] in LAYERS[LAYERS.index("operations") :]
    ]

    assert len(below) > 100
    assert [path for path in below if any(name.partition(".")[0] == "flask" for name in imports_of(tree(path)))] == []


def test_no_two_threads_share_a_websocket() -> None:
    """The library's blocking interface reads and writes in two threads, and over TLS loses a message now and then."""
    files = PRODUCT_FILES + TEST_FILES

    assert [path for path in files if any(name.startswith("websockets.sync") for name in imports_of(tree(path)))] == []


def test_nothing_is_imported_inside_a_function() -> None:
    """A cycle is broken by moving code, not by hiding an import."""
    hidden = [(path, *imports_of(function)) for path in PRODUCT_FILES for function in functions_of(tree(path))]

    assert [found for found in hidden if len(found) > 1] == []


def test_only_config_reads_the_environment() -> None:
    """Every setting is in config/settings.py, or it does not exist."""
    reading = [path for path in PRODUCT_FILES if {*used_of_os(tree(path))} & READS_THE_ENVIRONMENT]

    assert {module_name(path).partition(".")[0] for path in reading} <= {"config"}


def test_every_module_says_its_one_job() -> None:
    """In the first line, as a sentence."""
    said = {path: ast.get_docstring(tree(path)) or "" for path in PRODUCT_FILES + TEST_FILES if path.read_text()}

    assert [path for path, text in said.items() if not re.search(r"\w.*[.:!?]$", text.partition("\n")[0])] == []


def test_every_public_function_is_annotated() -> None:
    """Parameters and result."""
    public = [
        (path, function)
        for path in PRODUCT_FILES
        for function in functions_of(tree(path))
        if not function.name.startswith("_")
    ]

    assert len(public) > 100
    assert [(path, function.name) for path, function in public if not is_annotated(function)] == []


def is_annotated(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    arguments = function.args
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    bare = {argument.arg for argument in named if argument and argument.annotation is None}
    return bare <= {"self", "cls"} and function.returns is not None


@pytest.mark.parametrize(("files", "longest"), [(PRODUCT_FILES, LONGEST_PRODUCT_FILE), (TEST_FILES, LONGEST_TEST_FILE)])
def test_files_are_short(files: list[Path], longest: int) -> None:
    """Whoever opens one can read it to its end."""
    assert [str(path) for path in files if len(path.read_text().splitlines()) > longest] == []


def test_no_package_has_the_name_of_a_standard_one() -> None:
    """`numbers` above all: somebody else's import would find ours."""
    own = {path.stem for path in PROJECT.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}

    assert set(PRODUCT) <= own
    assert not own & sys.stdlib_module_names


def test_nothing_happens_on_import(tmp_path: Path) -> None:
    """No file is written, no thread or process started, nothing connected."""
    modules = [module_name(path) for path in PRODUCT_FILES if "versions" not in path.parts]

    assert happens_on_import(tmp_path, [name for name in modules if name not in EXECUTED]) == []


def test_making_the_application_connects_to_nothing_and_starts_nothing(tmp_path: Path) -> None:
    """gunicorn imports wsgi before it forks its workers."""
    happened = happens_on_import(
        tmp_path,
        ["wsgi"],
        DATABASE_URL="postgresql://clara@db.invalid/clara",
        REDIS_URL="redis://cache.invalid",
        TWILIO_ACCOUNT_SID="AC" + "0" * 32,
        TWILIO_AUTH_TOKEN="the-auth-token",
        PUBLIC_URL="https://calls.example.com",
    )

    assert happened == []


def test_every_endpoint_of_twilio_is_guarded(app: Flask) -> None:
    """A request without Twilio's signature gets 403 and not a word, wherever it goes below /twilio."""
    client = app.test_client()
    posted = {endpoint: client.post(endpoint, data={"To": "+14155550100"}) for endpoint in ENDPOINTS}
    read = [client.get(f"{endpoint}?To=%2B14155550100") for endpoint in ENDPOINTS]
    others = [client.open(endpoint, method=method) for endpoint in ENDPOINTS for method in ("HEAD", "OPTIONS", "PUT")]

    assert {"/twilio/voice", "/twilio/voice/fallback", "/twilio/voice/handoff-ended", "/twilio/voice/status"} == {
        *ENDPOINTS
    }
    assert {(answer.status_code, answer.data) for answer in [*posted.values(), *read]} == {(403, b"")}
    assert {(answer.status_code, answer.data) for answer in others} == {(405, b"")}
    assert [rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/twilio")] == []


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned_and_hashed(name: str) -> None:
    """Nothing is installed that was not seen before."""
    requirements = (PROJECT / name).read_text().replace("\\\n", " ").splitlines()
    wanted = [line for line in requirements if line.strip() and not line.lstrip().startswith("#")]

    assert wanted
    assert [line for line in wanted if not re.match(r"[\w.-]+(\[[\w,-]+\])?==\S+ .*--hash=sha256:", line)] == []


def test_everything_that_is_vendored_has_its_licence_beside_it() -> None:
    """Each folder is named for a package and its version, and holds the terms under which we may pass it on."""
    vendored = list((PROJECT / "admin" / "static" / "vendor").iterdir())

    assert vendored
    assert [folder.name for folder in vendored if "@" not in folder.name or not (folder / "LICENSE").is_file()] == []


def test_every_change_names_an_action_of_the_table() -> None:
    """`changes.making(who, "number.paused")`: what is not in `operations/permissions.py` nobody may do."""
    named = [name for path in python_files("operations", "admin") for name in actions_of(tree(path))]

    assert len(named) > 10
    assert [name for name in named if not any(re.fullmatch(name, action) for action in LEAST_ROLES)] == []


def actions_of(root: ast.AST) -> Iterator[str]:
    """Yield the actions that changes are made under, as patterns: parts that are only known later are anything."""
    for node in ast.walk(root):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "making":
            action = node.args[1]
            for one in (action.body, action.orelse) if isinstance(action, ast.IfExp) else (action,):
                parts = one.values if isinstance(one, ast.JoinedStr) else [one]
                yield "".join(re.escape(part.value) if isinstance(part, ast.Constant) else r"[\w.]+" for part in parts)
