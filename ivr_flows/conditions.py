"""Expressions over a caller's variables, in the Common Expression Language (CEL): small enough to be cheap.

No loops but one `exists` or `all` over one list, no regular expressions, no functions that are not listed here. So an
expression of at most 300 characters ends after some thousand operations.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from ivr_flows.variables import Unusable, Value, Variables, bounded, find

if TYPE_CHECKING:
    import cel

MAX_LENGTH = 300
MAX_OPERATORS = 60
_PATH = re.compile(r"[a-z][a-z0-9_]{0,63}(?:\.[a-z0-9_]{1,64}){0,4}")
_CALL = re.compile(r"\.\s*(\w+)\s*\(")
_LOOPS = frozenset({"exists", "all"})
_LOOP = re.compile(r"\.\s*(?:exists|all)\s*\(\s*(\w+)\s*,")
_WORDS = frozenset({"true", "false", "null", "in"})
_CALLER_FIELD = re.compile(r"\bcaller\s*\.\s*(\w+)")
_OPERATORS = ("_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_", "_&&_", "_||_", "!_", "-_", "_?_:_", "_[_]", "@in")
_SUMS = ("_+_", "_-_", "_*_", "_/_", "_%_", "@not_strictly_false")
_NAMED = ("size", "startsWith", "endsWith", "contains", "has", "int", "double", "string")
_FUNCTIONS = frozenset((*_OPERATORS, *_SUMS, *_NAMED))


class Expression:
    """One compiled expression. `names`: the variables it reads; `caller_fields`: what it reads of `caller`.

    `constant_kind`: the type of its value if that never changes (NoneType if it always fails), else None.
    """

    __slots__ = ("_path", "_program", "caller_fields", "constant_kind", "names", "source")

    def __init__(self, source: str) -> None:
        """ValueError says what is wrong with `source`."""
        self.source = source
        self._path: tuple[str, ...] | None = None
        self._program: cel.Program | None = None
        self.constant_kind: type | None = None
        self.caller_fields = frozenset(_CALLER_FIELD.findall(source))
        if _PATH.fullmatch(source) is not None and source not in _WORDS:
            self._path = tuple(source.split("."))
            self.names = frozenset(self._path[:1])
            return
        self._program, self.names = _compiled(source)
        if not self.names:
            try:
                self.constant_kind = type(self._run({}))
            except Unusable:
                self.constant_kind = type(None)

    @property
    def path(self) -> tuple[str, ...] | None:
        """The name and fields if it is nothing but a variable, such as bill.amount."""
        return self._path

    def value(self, variables: Variables) -> Value:
        """Return what it yields, bounded; Unusable if a variable is missing or of the wrong kind."""
        if self._path is not None:
            return find(variables, self._path)
        return bounded(self._run(variables))

    def holds(self, variables: Variables) -> bool:
        """Return whether it is true; Unusable if it is neither true nor false, or cannot be told."""
        found = find(variables, self._path) if self._path is not None else self._run(variables)
        if not isinstance(found, bool):
            raise Unusable(f"{self.source} is neither true nor false")
        return found

    def _run(self, variables: Variables) -> object:
        needed: dict[str, object] = {name: variables[name] for name in self.names if name in variables}
        if self._program is None:
            raise Unusable("nothing to run")
        try:
            result: object = self._program.execute(needed)
        except Exception as error:  # the binding raises whatever Python type it finds nearest
            raise Unusable(str(error)[:200]) from None
        return result


@lru_cache(maxsize=8192)
def expression(source: str) -> Expression:
    """Return the compiled expression; ValueError says what is wrong with it."""
    return Expression(source)


def _compiled(source: str) -> "tuple[cel.Program, frozenset[str]]":
    if len(source) > MAX_LENGTH:
        raise ValueError(f"an expression of more than {MAX_LENGTH} characters")
    if not source.isprintable():
        raise ValueError("an expression must be one line without control characters")
    # Counted in the text, where a loop can hide from nobody: one inside another would run for 50 times 50 turns.
    calls: list[str] = _CALL.findall(source)
    unknown = sorted(set(calls) - _LOOPS - _FUNCTIONS)
    if unknown:
        raise ValueError(f"'{unknown[0]}' cannot be used here; of loops there are `exists` and `all`")
    loops = sum(name in _LOOPS for name in calls)
    if loops > 1:
        raise ValueError("more than one `exists` or `all` in an expression")
    bound: list[str] = _LOOP.findall(source)
    if len(bound) != loops:
        raise ValueError("write a loop with a plain name: orders.exists(o, o.state == 'open')")
    if sum(map(source.count, "+-*/%<>=!?[(&|")) > MAX_OPERATORS:
        raise ValueError(f"more than {MAX_OPERATORS} operators in an expression")
    try:
        import cel  # slow, and most commands meet no expression

        program = cel.compile(source)
        names: Mapping[str, list[str]] = program.references()
    except Exception as error:  # the binding raises whatever Python type it finds nearest
        raise ValueError(f"no valid expression: {_first_line(error)}") from None
    refused = sorted(set(names["functions"]) - _FUNCTIONS)
    if refused:
        raise ValueError(f"'{refused[0].strip('_@')}' cannot be used here")
    return program, frozenset(names["variables"]) - frozenset(bound)


def _first_line(error: Exception) -> str:
    text = str(error)
    said = text.partition("ERROR: <input>:")[2] or text
    return said.splitlines()[0][:160]
