"""`@liquid`: what templates give, as LiquidJS was seen to give it, and what they must not do."""

from typing import Any

import pytest

from sluice import mapping
from sluice.mapping import MappingError, UnmappableError
from sluice.mapping.liquid import engine

EVENT: dict[str, Any] = {
    "event": "Order Completed",
    "n": 7,
    "price": "12.50",
    "whole": 12.0,
    "small": 1e-7,
    "yes": True,
    "no": False,
    "nothing": None,
    "text": "  Tom & 'Jerry'  ",
    "html": "<p>a <b>b</b><script>c</script></p><!-- d --><e",
    "list": [3, None, "x", [1, 2]],
    "products": [{"name": "Hat", "price": 2, "tags": {"new": True}}, {"name": "Cap", "price": "3.5"}, {}],
    "object": {"a": {"b": 1.0}},
    "at": "2026-01-05T15:04:05.678Z",
    "unix": 1768474960,
    "name": "Ünïcödé",
}


def rendered(template: str, event: Any = None) -> Any:
    return mapping.compile({"@liquid": template})(EVENT if event is None else event)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ n }}|{{ whole }}|{{ small }}|{{ yes }}|{{ nothing }}|{{ missing }}", "7|12|1e-7|true||"),
        ("{{ list }}|{{ object }}|{{ object.a.b }}|{{ list[0] }}|{{ list.size }}", "3x12|[object Object]|1|3|4"),
        ("{{ n | divided_by: 2 }}|{{ n | divided_by: 2, true }}|{{ n | divided_by: 0 }}", "3.5|3|Infinity"),
        ("{{ price | plus: '1' }}|{{ price | times: 100 | round }}|{{ missing | minus: 1 }}", "13.5|1250|-1"),
        ("{{ 2.675 | round: 2 }}|{{ -2.5 | round }}|{{ -7 | modulo: 3 }}|{{ 'x' | abs }}", "2.68|-3|2|0"),
        ("{{ n | minus: missing }}|{{ n | times: missing }}|{{ n | minus }}|{{ event | truncate: missing }}",
         "7|0|NaN|Order Completed"),
        ("{{ n | at_least: 9 }}|{{ n | at_most: 3 }}|{{ 1.2 | ceil }}|{{ 1.8 | floor }}", "9|3|2|1"),
        ("{{ 0.1 | plus: 0.2 }}|{{ price | to_integer }}|{{ 'x' | to_integer }}", "0.30000000000000004|12.5|NaN"),
        ("{{ text | strip | escape }}", "Tom &amp; &#39;Jerry&#39;"),
        ("{{ '&lt;a&gt; & b' | escape_once }}", "&lt;a&gt; &amp; b"),
        ("{{ html | strip_html }}", "a b<e"),
        ("{{ event | upcase }}|{{ event | downcase }}|{{ 'aBC' | capitalize }}", "ORDER COMPLETED|order completed|Abc"),
        ("{{ event | replace: 'e', 'E' }}|{{ event | remove_first: 'e' }}", "OrdEr ComplEtEd|Ordr Completed"),
        ("{{ event | replace_last: 'e', '_' }}|{{ event | remove: 'e' }}", "Order Complet_d|Ordr Compltd"),
        ("{{ event | truncate: 8 }}|{{ event | truncatewords: 1, '~' }}", "Order...|Order~"),
        ("{{ name | slice: 1, 3 }}|{{ name | slice: -2, 2 }}", "nïc|dé"),
        ("{{ event | split: ' ' | last }}|{{ 'a,b,,' | split: ',' | size }}|{{ 'ab' | first }}", "Completed|2|a"),
        ("{{ event | slugify }}|{{ name | slugify: 'latin' }}|{{ 'a  b' | squish }}", "order-completed|ünicode|a b"),
        ("{{ 'a b&c=d/é' | url_encode }}|{{ 'a%20b+c' | url_decode }}", "a+b%26c%3Dd%2F%C3%A9|a b c"),
        ("{{ 'a b(c)' | cgi_escape }}|{{ 'a b[c]' | uri_escape }}", "a+b%28c%29|a%20b[c]"),
        ("{{ 'Hello' | base64_encode }}|{{ 'SGVsbG8=' | base64_decode }}", "SGVsbG8=|Hello"),
        ("{{ 'a' | sha256 | slice: 0, 8 }}|{{ 'a' | hmac_sha256: 'k' | slice: 0, 8 }}", "ca978112|78da9151"),
        ("{{ list | join: '-' }}|{{ list | compact | size }}|{{ n | join }}", "3--x-1,2|3|7"),
        ("{{ products | where: 'tags.new' | size }}|{{ products | where: 'name', 'Cap' | size }}", "1|1"),
        ("{{ products | sum: 'price' }}|{{ list | pop | shift | push: 9 | unshift: 8 | json }}", '5.5|[8,null,"x",9]'),
        ("{{ object | json }}|{{ missing | json }}|{{ event | json }}", '{"a":{"b":1}}||"Order Completed"'),
        ("{{ no | default: 'd' }}|{{ no | default: 'd', allow_false: true }}|{{ '' | default: 'd' }}", "d|false|d"),
        ("{{ at | date: '%Y-%m-%d %H:%M:%S.%L %j %a %-d %e' }}", "2026-01-05 15:04:05.678 005 Mon 5  5"),
        ("{{ unix | date: '%s %B %y %I %P %z' }}", "1768474960 January 26 11 am +0000"),
        ("{{ at | date: '%H:%M %Z', 'Asia/Tokyo' }}|{{ at | date: '%H %:z', 300 }}", "00:04 Asia/Tokyo|10 -05:00"),
        ("{{ at | date }}|{{ 'soon' | date: '%Y' }}", "Monday, January 5, 2026 at 3:04 pm +0000|soon"),
        ("{{ at | date_to_xmlschema }}|{{ at | date_to_rfc822 }}",
         "2026-01-05T15:04:05+00:00|Mon, 05 Jan 2026 15:04:05 +0000"),
        ("{{ at | date_to_string }}|{{ at | date_to_long_string: 'ordinal', 'US' }}", "05 Jan 2026|January 5th, 2026"),
        ("{% assign a = n | plus: 1 %}{% capture b %}<{{ a }}>{% endcapture %}{{ b }}", "<8>"),
        ("{% cycle 'a', 'b' %}{% cycle 'a', 'b' %}{% increment i %}{% increment i %}", "ab01"),
        ("{% raw %}{{ n }}{% endraw %}{% comment %}x{% endcomment %}{%- if yes -%} y {%- endif -%}", "{{ n }}y"),
    ],
)  # fmt: skip
def test_what_a_template_gives(template: str, text: str) -> None:
    assert rendered(template) == text


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("price > 12", True),
        ("n < '9'", True),
        ("n == '7'", False),
        ("missing > 1", False),
        ("nothing >= 0", True),
        ("event contains 'Order'", True),
        ("list contains 3", True),
        ("n contains 7", False),
        ("object contains 'a'", False),
        ("missing == nil", True),
        ("nothing == blank", True),
        ("'' == empty", True),
        ("'  ' == empty", False),
        ("'  ' == blank", True),
        ("no == false", True),
        ("1 == yes", False),
        ("not no", True),
        ("not no and no", False),
        ("n > 9 or yes and no", False),
        ("missing", False),
        ("n", True),
    ],
)
def test_conditions_compare_as_javascript_does(condition: str, holds: bool) -> None:
    assert rendered(f"{{% if {condition} %}}yes{{% else %}}no{{% endif %}}") == ("yes" if holds else "no")
    assert rendered(f"{{% unless {condition} %}}no{{% endunless %}}") == ("" if holds else "no")


@pytest.mark.parametrize(
    "template",
    [
        "{{ 'not base 64!' | base64_decode }}",
        "{{ event | append }}",
        "{{ '%E0%A4%A' | url_decode }}",
        "{{ at | date: '%Y', 'Nowhere/Land' }}",
        "{{ (1..1000000000) | size }}",
    ],
)
def test_what_cannot_be_rendered_costs_the_event_and_nothing_else(template: str) -> None:
    with pytest.raises(UnmappableError, match="@liquid"):
        rendered(template)


@pytest.mark.parametrize(
    "template",
    [
        "{% assign a = 'xxxxxxxxxx' %}" + "{% assign a = a | append: a %}" * 30 + "{{ a }}",
        "{{ long | replace: 'x', long }}",
        "{{ long | split: '' | join: long }}",
        "{% assign a = long | append: long | append: long %}{{ a }}{{ a }}{{ a }}",
    ],
)
def test_what_grows_without_end_is_ended(template: str) -> None:
    with pytest.raises(UnmappableError, match=r"more than 100000|limit"):
        rendered(template, {"long": "x" * 30_000})


def test_numbers_do_not_grow_without_end_either() -> None:
    squared = "{% assign a = 10 %}" + "{% assign a = a | times: a %}" * 30 + "{{ a }}"
    assert rendered(squared) == "Infinity"


def test_a_template_has_half_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter([0.0, 0.4, 0.6])
    monkeypatch.setattr(engine, "monotonic", lambda: next(moments))
    with pytest.raises(UnmappableError, match=r"longer than 0\.5 seconds"):
        rendered("{{ event | upcase | downcase }}")


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("{{ a", "is no template"),
        ("{% for a in b %}{% endfor %}", "is no template"),
        ("{% include 'x' %}", "is no template"),
        ("{% render 'x' %}", "is no template"),
        ("{{ a | map: 'x' }}", "is no template: there is no filter 'map'"),
        ("{{ a | sort }}", "is no template: there is no filter 'sort'"),
        ("{% if a %}{{ b | nosuch }}{% endif %}", "is no template: there is no filter 'nosuch'"),
        ("x" * 1001, "must be a text of at most 1000 characters"),
    ],
)
def test_what_segment_leaves_out_is_a_mistake(template: str, problem: str) -> None:
    with pytest.raises(MappingError) as caught:
        mapping.compile({"@liquid": template})
    assert caught.value.errors[0][1].startswith(problem)
