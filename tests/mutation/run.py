"""Mutate the safety core one place at a time, and see whether its unit tests notice.

    python tests/mutation/run.py                 # every module, the survivors on the screen
    python tests/mutation/run.py governor -j 2 -o survivors.txt

A mutant replaces a comparison, an operator, a boolean, a number, a return value or a whole statement.
It lives in memory alone: each worker imports the mutant under the module's name and runs pytest in a
child of its own, so that nothing on disk changes. A mutant that hangs counts as noticed.
"""

import argparse
import ast
import copy
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "quarterturn"
UNIT = "tests/unit"

# The tests that are asked, the quickest to notice first.
TESTS = {
    "governor": ("test_governor.py", "test_invariants.py"),
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
_CALLS = {"min": "max", "max": "min"}

# Loads the mutant in place of the module, then hands over to pytest.
_CHILD = """
import ast, importlib.abc, importlib.util, sys
name, path, mutant = sys.argv[1], sys.argv[2], sys.stdin.read()
class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, fullname, *_):
        if fullname == name:
            return importlib.util.spec_from_loader(name, self, origin=path)
    def exec_module(self, module):
        module.__file__ = path
        exec(compile(mutant, path, "exec"), module.__dict__)
sys.meta_path.insert(0, Finder())
import pytest
sys.exit(pytest.main(["-x", "-q", "--no-header", "-p", "no:cacheprovider", *sys.argv[3:]]))
"""


@dataclass(frozen=True)
class Mutant:
    module: str
    line: int
    what: str
    source: str

    def __str__(self) -> str:
        return f"{self.module}:{self.line}: {self.what}"


def mutants_of(module: str) -> Iterator[Mutant]:
    tree = ast.parse((SOURCE / f"{module}.py").read_text())
    for index, node in enumerate(ast.walk(tree)):
        for what, change in _changes(node):
            mutated = copy.deepcopy(tree)
            twin = next(each for at, each in enumerate(ast.walk(mutated)) if at == index)
            change(mutated, twin)
            source = ast.unparse(ast.fix_missing_locations(mutated))
            yield Mutant(module, getattr(node, "lineno", 0), what, source)


def _changes(node: ast.AST) -> Iterator[tuple[str, "object"]]:
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
            yield f"{ast.unparse(node)}: not", _replacer(lambda twin: twin.operand)
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


def _setter(field: str, value: object, place: int | None = None):  # type: ignore[no-untyped-def]
    def change(_: ast.AST, twin: ast.AST) -> None:
        if place is None:
            setattr(twin, field, value)
        else:
            getattr(twin, field)[place] = value

    return change


def _dropper(field: str, place: int):  # type: ignore[no-untyped-def]
    def change(_: ast.AST, twin: ast.AST) -> None:
        values = getattr(twin, field)
        del values[place]
        if len(values) == 1:
            values.append(copy.deepcopy(values[0]))

    return change


def _renamer(name: str):  # type: ignore[no-untyped-def]
    def change(_: ast.AST, twin: ast.AST) -> None:
        twin.func.id = name  # type: ignore[attr-defined]

    return change


def _taker(branch: str):  # type: ignore[no-untyped-def]
    return lambda twin: getattr(twin, branch)


def _replacer(make):  # type: ignore[no-untyped-def]
    def change(tree: ast.AST, twin: ast.AST) -> None:
        class Replace(ast.NodeTransformer):
            def visit(self, node: ast.AST) -> ast.AST:
                return make(node) if node is twin else self.generic_visit(node)

        Replace().visit(tree)

    return change


def survives(mutant: Mutant) -> bool:
    name = f"quarterturn.{mutant.module}"
    path = str(SOURCE / f"{mutant.module}.py")
    tests = [f"{UNIT}/{test}" for test in TESTS[mutant.module]]
    try:
        child = subprocess.run(
            [sys.executable, "-c", _CHILD, name, path, *tests],
            input=mutant.source,
            text=True,
            capture_output=True,
            cwd=ROOT,
            timeout=120,
            check=False,
            # One seed for all, so that a second run says the same.
            env={**os.environ, "HYPOTHESIS_SEED": "7", "PYTHONDONTWRITEBYTECODE": "1"},
        )
    except subprocess.TimeoutExpired:
        return False
    return child.returncode == 0


def main() -> None:
    parser = argparse.ArgumentParser(description="Mutate the safety core and run its unit tests.")
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=", ".join(TESTS))
    parser.add_argument("-j", type=int, default=2, help="workers")
    parser.add_argument("-o", type=Path, help="write the survivors here")
    options = parser.parse_args()
    lines = []
    began_s = time.perf_counter()
    for module in options.modules or TESTS:
        mutants = list(mutants_of(module))
        with ThreadPoolExecutor(options.j) as workers:
            alive = list(workers.map(survives, mutants))
        left = [str(mutant) for mutant, survived in zip(mutants, alive, strict=True) if survived]
        noticed = len(mutants) - len(left)
        lines += [f"# {module}: {noticed} of {len(mutants)} noticed", *left]
        print("\n".join(lines[-len(left) - 1 :]), flush=True)
        if options.o:
            options.o.write_text("\n".join(lines) + "\n")
    print(f"{time.perf_counter() - began_s:.0f} s")


if __name__ == "__main__":
    main()
