"""Mutate the safety core one place at a time, and see whether its unit tests notice.

    python tests/mutation/run.py                 # every module, the survivors on the screen
    python tests/mutation/run.py governor -j 2 -o survivors.txt

A mutant replaces a comparison, an operator, a boolean, a number, a return value or a whole
statement. It lives in memory alone: a child process imports it under the module's name and runs
pytest, so that nothing on disk changes. A mutant that hangs counts as noticed.
"""

import argparse
import ast
import copy
import importlib.abc
import importlib.machinery
import importlib.util
import multiprocessing
import os
import signal
import sys
import time
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis.internal.conjecture import engine

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "quarterturn"
UNIT = "tests/unit"

_SESSION = tuple(
    f"session/test_{name}.py" for name in ("walk", "faults", "intents", "incline", "any_order")
)
# The tests that are asked, the quickest to notice first.
TESTS = {
    "governor": (
        "test_governor.py",
        "test_handshake.py",
        "test_recovery.py",
        "test_invariants.py",
    ),
    "speed_limits": ("test_limits_of_a_phase.py", "test_governor.py"),
    "incline_control": ("test_limits_of_a_phase.py", "test_governor.py"),
    "walked_time": ("test_limits_of_a_phase.py", "test_governor.py"),
    "movement": ("test_limits_of_a_phase.py", "test_governor.py"),
    "outcomes": ("test_governor.py",),
    "requests": ("test_governor.py",),
    "monitors": ("test_monitors.py", "test_governor.py"),
    "ledger": ("test_ledger.py", "test_monitors.py"),
    "handshake": ("test_handshake.py",),
    "stillness": ("test_stillness.py", "test_governor.py"),
    "caps": ("test_caps.py",),
    "controller": ("test_controller.py", "session/test_heart_rate_sources.py", *_SESSION),
    "recovery": ("test_recovery.py", "test_recovery_and_people.py"),
    "session.table": ("session/test_table.py", *_SESSION),
    "session.clock": ("session/test_clock.py", *_SESSION),
    "session.leg": ("session/test_leg.py", *_SESSION),
    "session.heart_rate": ("session/test_heart_rate.py", "session/test_heart_rate_sources.py"),
    "session.route": _SESSION,
    "session.standstill": ("session/test_course.py", *_SESSION),
    "session.course": (
        "session/test_course.py",
        "session/test_heart_rate_sources.py",
        "test_controller.py",
        "session/test_incline.py",
        *_SESSION,
    ),
    "session.machine": ("session/test_intents.py", "session/test_incline.py", *_SESSION),
}

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
}
Change = Callable[[ast.AST, ast.AST], None]
_CALLS = {"min": "max", "max": "min"}

# What tests import before they come to the mutated module, so that no child has to.
_PRELOADED = ("hypothesis.stateful", "quarterturn_simulator.clock", "quarterturn.model")
# Of computing, and not of waiting: a busy machine must not pass for a mutant that hangs.
_PATIENCE_S = 60


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Load a mutant in place of its module."""

    def __init__(self, mutant: "Mutant") -> None:
        self._name = f"quarterturn.{mutant.module}"
        self._path = str(_file_of(mutant.module))
        self._source = mutant.source

    def find_spec(
        self, fullname: str, path: object, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._name:
            return None
        return importlib.util.spec_from_loader(fullname, self, origin=self._path)

    def exec_module(self, module: types.ModuleType) -> None:
        module.__file__ = self._path
        exec(compile(self._source, self._path, "exec"), module.__dict__)


@dataclass(frozen=True)
class Mutant:
    module: str
    line: int
    what: str
    source: str

    def __str__(self) -> str:
        return f"{self.module}:{self.line}: {self.what}"


def _file_of(module: str) -> Path:
    return SOURCE.joinpath(*module.split(".")).with_suffix(".py")


def mutants_of(module: str) -> Iterator[Mutant]:
    tree = ast.parse(_file_of(module).read_text())
    for index, node in enumerate(ast.walk(tree)):
        for what, change in _changes(node):
            mutated = copy.deepcopy(tree)
            twin = next(each for at, each in enumerate(ast.walk(mutated)) if at == index)
            change(mutated, twin)
            source = ast.unparse(ast.fix_missing_locations(mutated))
            yield Mutant(module, getattr(node, "lineno", 0), what, source)


def _changes(node: ast.AST) -> Iterator[tuple[str, Change]]:
    match node:
        case ast.Compare(ops=ops):
            for place, op in enumerate(ops):
                for other in _COMPARISONS[type(op)]:
                    words = f"{ast.unparse(node)}: {type(op).__name__} -> {other.__name__}"
                    yield words, _setter("ops", other(), place)
        case ast.BoolOp(op=op):
            other_op = ast.Or() if isinstance(op, ast.And) else ast.And()
            yield f"{ast.unparse(node)[:70]}: and <-> or", _setter("op", other_op)
            for place in range(len(node.values)):
                yield f"{ast.unparse(node.values[place])}: left out", _dropper("values", place)
        case ast.BinOp(op=op) if type(op) in _OPERATORS:
            new = _OPERATORS[type(op)]
            yield f"{ast.unparse(node)}: -> {new.__name__}", _setter("op", new())
        case ast.UnaryOp(op=ast.Not()):
            yield f"{ast.unparse(node)}: not", _replacer(_taker("operand"))
        case ast.Constant(value=bool(value)):
            yield f"{value} -> {not value}", _setter("value", not value)
        case ast.Constant(value=int() | float() as number):
            yield f"{number} -> {number + 1}", _setter("value", number + 1)
        case ast.Call(func=ast.Name(id=name)) if name in _CALLS:
            yield f"{ast.unparse(node)}: -> {_CALLS[name]}", _renamer(_CALLS[name])
        case ast.Return(value=value) if value is not None and not _is_none(value):
            yield f"{ast.unparse(node)[:70]}: -> None", _setter("value", ast.Constant(None))
        case ast.IfExp():
            for branch in ("body", "orelse"):
                yield f"{ast.unparse(node)[:70]}: always {branch}", _replacer(_taker(branch))
        case ast.Expr(value=ast.Call()) | ast.Assign() | ast.AugAssign() | ast.Raise():
            if not _is_definition(node):
                yield f"{ast.unparse(node)[:70]}: deleted", _replacer(lambda _: ast.Pass())
        case _:
            pass


def _is_none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _is_definition(node: ast.AST) -> bool:
    """A module's constant cannot be left out; its value is mutated instead."""
    return isinstance(node, ast.Assign) and node.col_offset == 0


def _setter(field: str, value: object, place: int | None = None) -> Change:
    def change(_: ast.AST, twin: ast.AST) -> None:
        if place is None:
            setattr(twin, field, value)
        else:
            getattr(twin, field)[place] = value

    return change


def _dropper(field: str, place: int) -> Change:
    def change(_: ast.AST, twin: ast.AST) -> None:
        values = getattr(twin, field)
        del values[place]
        if len(values) == 1:
            values.append(copy.deepcopy(values[0]))

    return change


def _renamer(name: str) -> Change:
    def change(_: ast.AST, twin: ast.AST) -> None:
        twin.func.id = name  # type: ignore[attr-defined]

    return change


def _taker(branch: str) -> Callable[[ast.AST], ast.AST]:
    def take(twin: ast.AST) -> ast.AST:
        taken: ast.AST = getattr(twin, branch)
        return taken

    return take


def _replacer(make: Callable[[ast.AST], ast.AST]) -> Change:
    def change(tree: ast.AST, twin: ast.AST) -> None:
        class Replace(ast.NodeTransformer):
            def visit(self, node: ast.AST) -> ast.AST:
                return make(node) if node is twin else self.generic_visit(node)

        Replace().visit(tree)

    return change


def survives(mutant: Mutant) -> bool:
    """Run in a process of its own, forked from one that has imported what never changes."""
    os.chdir(ROOT)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    signal.signal(signal.SIGPROF, _give_up)
    signal.setitimer(signal.ITIMER_PROF, _PATIENCE_S)
    sys.meta_path.insert(0, Finder(mutant))
    sys.dont_write_bytecode = True
    engine.MAX_SHRINKING_SECONDS = 0  # that a mutant is noticed is enough to know
    quick = ["-x", "-q", "--assert=plain", "-p", "no:cacheprovider", "--hypothesis-seed=7"]
    tests = [f"{UNIT}/{test}" for test in TESTS[mutant.module]]
    try:
        return pytest.main([*quick, *tests]) == pytest.ExitCode.OK
    except TimeoutError:
        return False


def _give_up(_signal: int, _frame: object) -> None:
    raise TimeoutError


def main() -> None:
    parser = argparse.ArgumentParser(description="Mutate the safety core and run its unit tests.")
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=", ".join(TESTS))
    parser.add_argument("-j", type=int, default=2, help="workers")
    parser.add_argument("-o", type=Path, help="write the survivors here")
    options = parser.parse_args()
    for name in _PRELOADED:
        importlib.import_module(name)
    lines = []
    began_s = time.perf_counter()
    for module in options.modules or TESTS:
        # The first is no mutant: where its tests fail, no survivor means anything.
        mutants = [Mutant(module, 0, "unchanged", _file_of(module).read_text())]
        mutants += mutants_of(module)
        with multiprocessing.get_context("fork").Pool(options.j, maxtasksperchild=1) as workers:
            unchanged, *alive = workers.map(survives, mutants, chunksize=1)
        if not unchanged:
            sys.exit(f"{module}: its tests fail without a mutant")
        del mutants[0]
        left = [str(mutant) for mutant, survived in zip(mutants, alive, strict=True) if survived]
        noticed = len(mutants) - len(left)
        lines += [f"# {module}: {noticed} of {len(mutants)} noticed", *left]
        print("\n".join(lines[-len(left) - 1 :]), flush=True)
        if options.o:
            options.o.write_text("\n".join(lines) + "\n")
    print(f"{time.perf_counter() - began_s:.0f} s")


if __name__ == "__main__":
    main()
