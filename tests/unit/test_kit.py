"""The kit: from events to requests to an outcome for each, whatever the vendor answers."""

import gzip
import json
from collections.abc import Callable, Sequence
from typing import Any

import orjson
import pytest

from sluice.delivery.plan import plan
from sluice.delivery.send import send as deliver
from sluice.delivery.subscriptions import compiled
from sluice.destinations.action import Action
from sluice.destinations.field import path, string
from sluice.destinations.http import Request, Response
from sluice.destinations.item import Batch, Endpoint, Item, json_array
from sluice.destinations.outcome import (
    Delivered,
    Discarded,
    Failed,
    Outcome,
    Resend,
    Retry,
)
from tests.twins import MemoryVendor


def request(batch: Batch[Any]) -> Request:
    return Request("https://vendor.example.com/", json_array(batch))


def endpoint(**more: Any) -> Endpoint[Any]:
    return Endpoint(request=request, **{"max_items": 10, **more})


def action(to: Endpoint[Any], items: Callable[..., Any] | None = None) -> Action[Any]:
    return Action(
        id="send",
        title="Send",
        description="Send.",
        trigger="all",
        fields={"id": string("Id.", path("$.messageId"), required=True), "kind": string("Kind.", path("$.kind"))},
        items=items or (lambda payload, _: [Item(to, payload["id"], payload.get("kind"))]),
    )


def documents(*names: str, **fields: Any) -> list[bytes]:
    return [orjson.dumps({"type": "track", "messageId": name, **fields}) for name in names]


def send(texts: Sequence[bytes], to: Endpoint[Any], answer: Callable[[Request], Response]) -> tuple[Any, list[Any]]:
    """Outcomes by message id, and what each request held."""
    mine = compiled([action(to)], [{"id": "send", "action": "send", "trigger": "all", "mapping": MAPPING}])
    planned = plan(texts, mine, None)
    vendor = MemoryVendor(answer)
    outcomes = deliver(planned.tasks, None, vendor, concurrency=1)
    ids = [json.loads(texts[task.document])["messageId"] for task in planned.tasks]
    return dict(zip(ids, outcomes, strict=True)), [json.loads(each.body) for each in vendor.requests]


MAPPING = {"id": path("$.messageId"), "kind": path("$.kind")}


def test_items_travel_together_by_number_bytes_and_key() -> None:
    _, held = send(documents(*"abcde"), endpoint(max_items=2), lambda _: Response(200))
    assert held == [["a", "b"], ["c", "d"], ["e"]]
    _, held = send(documents(*"abcde"), endpoint(max_bytes=9), lambda _: Response(200))
    assert held == [["a", "b"], ["c", "d"], ["e"]]
    mixed = [*documents("a", "c", kind="x"), *documents("b", kind="y")]
    _, held = send(mixed, endpoint(), lambda _: Response(200))
    assert held == [["a", "c"], ["b"]]


def test_one_that_is_too_large_by_itself_goes_alone() -> None:
    _, held = send(documents("a", "b" * 50, "c"), endpoint(max_bytes=20), lambda _: Response(200))
    assert held == [["a"], ["b" * 50], ["c"]]


def test_a_long_request_is_compressed_for_a_vendor_that_takes_it() -> None:
    def sizes(to: Endpoint[Any]) -> tuple[bool, bool]:
        vendor, mine = (
            MemoryVendor(),
            compiled([action(to)], [{"id": "s", "action": "send", "trigger": "all", "mapping": MAPPING}]),
        )
        for texts in (documents("a"), documents(*(f"name-{at}" for at in range(500)))):
            deliver(plan(texts, mine, None).tasks, None, vendor)
        for each in vendor.requests:
            text = gzip.decompress(each.body) if "content-encoding" in each.headers else each.body
            assert isinstance(json.loads(text), list)
        short, long = ("content-encoding" in each.headers for each in vendor.requests)
        return short, long

    assert sizes(endpoint(max_items=1000, takes_gzip=True)) == (False, True)
    assert sizes(endpoint(max_items=1000)) == (False, False)


def test_a_request_that_is_too_large_is_halved_until_it_is_not() -> None:
    def answer(request: Request) -> Response:
        return Response(413 if len(json.loads(request.body)) > 1 or b"huge" in request.body else 200)

    outcomes, held = send(documents("a", "b", "huge", "c"), endpoint(), answer)
    assert outcomes == {"a": Delivered(200), "b": Delivered(200), "c": Delivered(200), "huge": Discarded("413", 413)}
    assert held[0] == ["a", "b", "huge", "c"]


@pytest.mark.parametrize("status", [400, 422])
def test_a_refusal_that_names_nobody_is_halved_down_to_the_bad_one(status: int) -> None:
    def answer(request: Request) -> Response:
        return Response(status if b"bad" in request.body else 200)

    outcomes, _ = send(documents("a", "b", "bad", "c", "d"), endpoint(), answer)
    assert outcomes == {**dict.fromkeys("abcd", Delivered(200)), "bad": Discarded(str(status), status)}


def test_a_refusal_of_everything_is_soon_believed() -> None:
    names = [f"name-{number}" for number in range(1000)]
    outcomes, held = send(documents(*names), endpoint(max_items=1000), lambda _: Response(400))
    assert outcomes == dict.fromkeys(names, Discarded("400", 400))
    assert len(held) < 200


def test_many_bad_ones_cost_the_good_ones_no_more_than_another_attempt() -> None:
    names = [f"bad-{number}" if number % 8 == 0 else f"good-{number}" for number in range(800)]
    outcomes, held = send(
        documents(*names), endpoint(max_items=1000), lambda request: Response(400 if b"bad" in request.body else 200)
    )
    assert len(held) < 300
    assert all(isinstance(outcomes[name], Delivered | Retry | Discarded) for name in names)
    assert not any(isinstance(outcomes[name], Discarded) for name in names if name.startswith("good"))


def test_an_address_that_is_wrong_is_asked_once() -> None:
    outcomes, held = send(documents("a", "b"), endpoint(), lambda _: Response(404))
    assert (outcomes, len(held)) == (dict.fromkeys("ab", Discarded("404", 404)), 1)


def test_the_bad_ones_are_dropped_and_the_rest_is_sent_again_at_once() -> None:
    def outcomes(batch: Batch[Any], response: Response) -> Any:
        bad = response.json()
        return (
            [Discarded("400", 400) if at in bad else Resend() for at in range(len(batch.items))]
            if bad
            else Delivered(200)
        )

    def answer(request: Request) -> Response:
        held = json.loads(request.body)
        bad = [at for at, name in enumerate(held) if name.startswith("bad")][:1]
        return Response(400 if bad else 200, body=json.dumps(bad).encode())

    found, held = send(documents("a", "bad1", "b", "bad2"), endpoint(outcomes=outcomes), answer)
    assert found == {"a": Delivered(200), "b": Delivered(200), **dict.fromkeys(("bad1", "bad2"), Discarded("400", 400))}
    assert held == [["a", "bad1", "b", "bad2"], ["a", "b", "bad2"], ["a", "b"]]


def test_a_vendor_that_asks_for_the_same_again_and_again_is_left_for_later() -> None:
    found, held = send(
        documents("a", "b"), endpoint(outcomes=lambda batch, _: [Resend()] * len(batch.items)), lambda _: Response(400)
    )
    assert {type(each) for each in found.values()} == {Retry}
    assert len(held) == 1


def broken(_: Batch[Any], __: Response) -> Outcome:
    raise KeyError("status")


@pytest.mark.parametrize(
    ("outcomes", "status", "expected"),
    [
        (broken, 200, Delivered(200)),
        (broken, 503, Retry("503", 503)),
        (lambda *_: [Delivered(200)], 200, Delivered(200)),
        (lambda *_: [], 429, Retry("429", 429)),
    ],
)
def test_an_answer_that_is_read_wrongly_leaves_the_status_to_speak(
    outcomes: Any, status: int, expected: Outcome
) -> None:
    found, _ = send(documents("a", "b"), endpoint(outcomes=outcomes), lambda _: Response(status))
    assert set(found.values()) == {expected}


def test_a_fault_in_an_action_costs_its_event_a_detour_and_no_other() -> None:
    def items(payload: Any, _: Any) -> list[Item[Any]]:
        return [Item(to, 10**30 if payload["id"] == "huge" else 1 // (payload["id"] != "odd"))]

    to = endpoint()
    mine = compiled([action(to, items)], [{"id": "send", "action": "send", "trigger": "all", "mapping": MAPPING}])
    planned = plan(documents("a", "odd", "huge"), mine, None)
    assert [task.document for task in planned.tasks] == [0]
    assert [(at, type(outcome)) for at, _, outcome in planned.settled] == [(1, Failed), (2, Failed)]


def test_an_event_that_no_action_wants_or_whose_mapping_yields_nothing_is_a_discard_with_its_reason() -> None:
    mine = compiled(
        [action(endpoint())], [{"id": "send", "action": "send", "trigger": 'type = "track"', "mapping": MAPPING}]
    )
    texts = [orjson.dumps({"type": "page", "messageId": "a"}), orjson.dumps({"type": "track"})]
    assert [outcome for _, _, outcome in plan(texts, mine, None).settled] == [
        Discarded("NO_MATCHING_MAPPING"),
        Discarded("FILTERED_AT_MAPPING", response="id is missing"),
    ]


def test_an_event_goes_to_each_action_it_fits_and_only_what_is_left_is_done_again() -> None:
    to = endpoint()
    both = [
        {"id": name, "action": "send", "trigger": trigger, "mapping": MAPPING}
        for name, trigger in (("one", "all"), ("two", 'type = "track"'))
    ]
    mine = compiled([action(to, lambda _, __: [Item(to, 1), Item(to, 2)])], both)
    keys = [task.key for task in plan(documents("a"), mine, None).tasks]
    assert keys == ["one/0", "one/1", "two/0", "two/1"]
    assert [task.key for task in plan(documents("a"), mine, None, {"two/1"}).tasks] == ["two/1"]
    assert [task.key for task in plan(documents("a"), mine, None, {"one/"}).tasks] == ["one/0", "one/1"]
