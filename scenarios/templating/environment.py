"""The environment that templates are compiled in: keys before methods, and every operation within the budget."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from jinja2 import StrictUndefined, Undefined, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.exceptions import TemplateRuntimeError
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing

from scenarios.errors import nearest
from scenarios.templating.budget import TooMuch, budget, check_size, iterates
from scenarios.templating.calls import check_method, check_percent, filters, tests
from scenarios.templating.printing import check_parts, printed

_MOST_POWER = 64
_LARGEST_BASE = 10**9
_CALLABLE = (types.FunctionType, types.MethodType, types.BuiltinMethodType, type)


class Missing(StrictUndefined):
    """What a template asks for and is not there. Any use of it is an error that names what is near."""

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        name, obj = self._undefined_name, self._undefined_obj
        if self._undefined_hint or obj is missing:
            return self._undefined_hint or f"'{name}' is undefined"
        if isinstance(obj, Mapping):
            known = [str(key) for key in obj]
            return f"'{name}' is not there{nearest(str(name), known)}; there is {', '.join(known[:20]) or 'nothing'}"
        return f"a {'text' if isinstance(obj, str) else type(obj).__name__} has no '{name}'"


class _Code(CodeGenerator):
    """Compiles what the sandbox has no hook for into calls of the environment."""

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:
        if isinstance(node.node, nodes.EnvironmentAttribute):
            self.write(f"environment.{node.node.name}(")
            self.visit(node.args[0], frame)
            self.write(")")
            return
        if isinstance(node.node, nodes.Getattr):
            node.node.called = True  # type: ignore[attr-defined]
        super().visit_Call(node, frame, forward_caller=forward_caller)

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:
        self.write("environment.method(" if getattr(node, "called", False) else "environment.getattr(")
        self.visit(node.node, frame)
        self.write(f", {node.attr!r})")

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:
        self.write("environment.chained((")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write("))")

    def visit_List(self, node: nodes.List, frame: Frame) -> None:
        self._made(lambda: super(_Code, self).visit_List(node, frame))

    def visit_Dict(self, node: nodes.Dict, frame: Frame) -> None:
        self._made(lambda: super(_Code, self).visit_Dict(node, frame))

    def visit_Tuple(self, node: nodes.Tuple, frame: Frame) -> None:
        if node.ctx == "load":
            self._made(lambda: super(_Code, self).visit_Tuple(node, frame))
        else:
            super().visit_Tuple(node, frame)

    def _made(self, write: Callable[[], None]) -> None:
        self.write("environment.made(")
        write()
        self.write(")")


class BoundedEnvironment(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, in which nothing grows or goes on beyond the budget, and only texts and numbers are printed."""

    code_generator_class = _Code
    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})

    def __init__(self) -> None:
        super().__init__(
            undefined=Missing, autoescape=False, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=False,
            finalize=printed,
        )  # fmt: skip
        self.filters.clear()
        self.filters.update(filters())
        self.tests.clear()
        self.tests.update(tests())
        del self.globals["lipsum"]

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        """With a count of what loops go through, and of what is compared."""
        tree = super()._parse(source, name, filename)
        for loop in tree.find_all(nodes.For):
            loop.iter = _through("looped", loop.iter)
        for compared in tree.find_all(nodes.Operand):
            if not isinstance(compared.expr, nodes.Const):
                compared.expr = _through("looked_at", compared.expr)
        return tree

    @staticmethod
    def looped(values: Any) -> Any:
        """What a loop goes through."""
        left = budget()
        return left.taken(values) if iterates(values) else left.looked_at(values)

    @staticmethod
    def looked_at(value: Any) -> Any:
        """What something is compared with."""
        return budget().looked_at(value)

    @staticmethod
    def made(value: Any) -> Any:
        """A list or a mapping that a template writes."""
        check_parts(value)
        return budget().made(value)

    @staticmethod
    def chained(parts: tuple[Any, ...]) -> str:
        """Values joined by `~`."""
        left = budget()
        check_size(sum(map(left.size, parts)))
        found: str = left.made("".join(map(str, map(printed, parts))))
        return found

    @staticmethod
    def concat(parts: Iterable[str]) -> str:
        """The text of a template, a macro or a block."""
        found, size = [], 0
        for part in parts:
            size += len(part)
            check_size(size)
            found.append(part)
        return "".join(found)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """What `obj.attribute` is without a call: a key before all else, and never a method."""
        if isinstance(obj, Mapping):
            return obj[attribute] if attribute in obj else self._not_there(obj, attribute)
        found = super().getattr(obj, attribute)
        if isinstance(found, _CALLABLE):
            return self.undefined(f"'{attribute}' is a method: write {attribute}(…)", obj=obj, name=attribute)
        return found

    def method(self, obj: Any, attribute: str) -> Any:
        """What `obj.attribute(…)` calls: a method before a key."""
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """What `obj[argument]` is; never an attribute."""
        try:
            return obj[argument]
        except (TypeError, LookupError):
            if isinstance(argument, str) and not isinstance(obj, Mapping):
                return self.getattr(obj, argument)
            return self._not_there(obj, argument)

    def _not_there(self, obj: Any, name: Any) -> Any:
        if isinstance(name, str) and name.startswith("__"):
            return self.unsafe_undefined(obj, name)
        return self.undefined(obj=obj, name=name)

    def call(self, context: Context, obj: Any, *args: Any, **named: Any) -> Any:
        """Call a macro, a method or a function."""
        left = budget()
        if isinstance(obj, types.BuiltinMethodType):
            left.spend(1)
            given = {key: value for key, value in named.items() if not key.startswith("_")}
            check_method(obj.__self__, obj.__name__, args, given)
            return left.made(super().call(context, obj, *args, **named))
        left.spend(2)
        if isinstance(obj, LoopContext) and args:
            args = (self.looped(args[0]), *args[1:])
        elif isinstance(obj, Undefined):
            obj()  # raises what is missing
        elif not callable(obj):
            raise TemplateRuntimeError("a value that is no function or method is called")
        with left.deeper():
            return left.made(super().call(context, obj, *args, **named))

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        """`format` of a text, whose sizes are estimated before it is called."""
        wrapped = super().wrap_str_format(value)
        if wrapped is None:
            return None

        def bounded(*args: Any, **named: Any) -> str:
            check_method(value.__self__, value.__name__, args, named)
            return wrapped(*args, **named)

        return bounded

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Compute, if what comes out is not too large."""
        if operator == "**":
            if not (_number(left) and _number(right) and abs(left) <= _LARGEST_BASE and abs(right) <= _MOST_POWER):
                raise TooMuch("a power grows too large")
        elif operator == "*" and (_number(left) != _number(right)):
            times, repeated = (left, right) if _number(left) else (right, left)
            if isinstance(times, int) and not isinstance(repeated, Undefined):
                check_size(max(0, times) * budget().size(repeated))
        elif operator == "+" and not (_number(left) and _number(right)):
            check_size(sum(budget().size(side) for side in (left, right) if not isinstance(side, Undefined)))
        elif operator == "%" and isinstance(left, str):
            check_percent(left, right)
        return budget().made(super().call_binop(context, operator, left, right))


def _number(value: Any) -> bool:
    return isinstance(value, int | float)


def _through(function: str, value: Any) -> nodes.Expr:
    """A value that goes through a function of the environment."""
    return nodes.Call(nodes.EnvironmentAttribute(function), [value], [], None, None, lineno=value.lineno)
