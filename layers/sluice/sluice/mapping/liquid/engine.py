"""Templates, parsed once and rendered within limits."""

from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from functools import cache, wraps
from time import monotonic
from typing import Any, TextIO

from liquid import Environment, RenderContext
from liquid.builtin.output import Output, OutputNode
from liquid.builtin.tags.echo_tag import EchoTag
from liquid.builtin.tags.if_tag import IfNode, IfTag
from liquid.builtin.tags.unless_tag import UnlessNode, UnlessTag
from liquid.exceptions import LiquidError
from liquid.undefined import Undefined

from sluice.mapping.liquid import conditions, dates, lists, numbers, strings
from sluice.mapping.liquid.values import ABSENT, MAX_LENGTH, is_too_long, plain, text
from sluice.mapping.values import NOTHING, UnmappableError

#: Segment's limit of a rendering.
MAX_SECONDS = 0.5
_MAX_ASSIGNED_BYTES = 1_000_000
#: Those that Segment leaves out, those that could read files, and those that are python-liquid's own.
_TAGS = ("case", "for", "include", "render", "tablerow", "ifchanged", "doc")
_FILTERS = {**strings.FILTERS, **numbers.FILTERS, **lists.FILTERS, **dates.FILTERS}

_UNDEFINED = Undefined("nothing")
_deadline: ContextVar[float] = ContextVar("deadline")


def errors(template: str) -> Iterator[str]:
    """Yield what is wrong with a template."""
    try:
        used = _environment().from_string(template).analyze().filters
    except LiquidError as error:
        yield str(error.message)
        return
    yield from (f"there is no filter {name!r}" for name in used if name not in _FILTERS)


def compiled(template: str) -> Callable[[Any], str]:
    """Compile a template. What it returns raises UnmappableError: a wrong argument, or a limit."""
    parsed = _environment().from_string(template)

    def render(event: Any) -> str:
        token = _deadline.set(monotonic() + MAX_SECONDS)
        try:
            return parsed.render(event if isinstance(event, dict) else {})
        except (LiquidError, ArithmeticError, LookupError, TypeError, ValueError) as error:
            raise UnmappableError(f"@liquid: {error}") from error
        finally:
            _deadline.reset(token)

    return render


class _Output(OutputNode):
    """Values as LiquidJS writes them."""

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        return buffer.write(text(plain(self.expression.evaluate(context))))


class _If(IfNode):
    def __init__(self, token: Any, condition: Any, consequence: Any, alternatives: Any, default: Any) -> None:
        conditions.adapt(condition, alternatives)
        super().__init__(token, condition, consequence, alternatives, default)


class _Unless(UnlessNode):
    def __init__(self, token: Any, condition: Any, consequence: Any, alternatives: Any, default: Any) -> None:
        conditions.adapt(condition, alternatives)
        super().__init__(token, condition, consequence, alternatives, default)


def _with(tag: type[Any], node: type[Any]) -> type[Any]:
    return type(f"_{tag.__name__}", (tag,), {"node_class": node})


class _Bounded(Environment):
    output_stream_limit = MAX_LENGTH
    local_namespace_limit = _MAX_ASSIGNED_BYTES
    loop_iteration_limit = 1
    logical_not_operator = True
    suppress_blank_control_flow_blocks = False


@cache
def _environment() -> Environment:
    environment = _Bounded()
    for name in _TAGS:
        environment.tags.pop(name, None)
    for tag, node in ((Output, _Output), (EchoTag, _Output), (IfTag, _If), (UnlessTag, _Unless)):
        environment.add_tag(_with(tag, node))
    environment.filters.clear()
    for name, function in _FILTERS.items():
        environment.add_filter(name, _bounded(function))
    return environment


def _bounded(function: Callable[..., Any]) -> Callable[..., Any]:
    """A filter that gets plain values, and may neither come too late nor give too much."""
    most = function.__code__.co_argcount
    defaults = (ABSENT,) * (most - len(function.__defaults__ or ())) + (function.__defaults__ or ())

    @wraps(function)
    def bounded(left: Any, *others: Any, **named: Any) -> Any:
        if monotonic() > _deadline.get():
            raise UnmappableError(f"@liquid: it took longer than {MAX_SECONDS} seconds")
        given = [
            default if (value := plain(each)) is NOTHING and default is not ABSENT else value
            for each, default in zip((left, *others), defaults, strict=False)
        ]
        known: Mapping[str, Any] = {name: plain(each) for name, each in named.items() if name in _named(function)}
        made = function(*given, **known)
        if is_too_long(made):
            raise UnmappableError(f"@liquid: it makes more than {MAX_LENGTH} characters")
        return _UNDEFINED if made is NOTHING else made

    return bounded


def _named(function: Callable[..., Any]) -> tuple[str, ...]:
    code = function.__code__
    return code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
