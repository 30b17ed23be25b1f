"""The files of events/, and what one reads out of them."""

import base64
import json
import zlib
from pathlib import Path
from typing import Any

from tests.integration.rie import ROOT

FOLDER = ROOT / "events"


def names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def example(name: str) -> Any:
    return json.loads(Path(FOLDER / f"{name}.json").read_text("utf-8"))


def function_of(name: str) -> str:
    """The logical id of the function that an event is for."""
    kind = name.partition("-")[0]
    return "DestinationcrmFunction" if kind == "destination" else f"{kind.capitalize()}Function"


def bodies(name: str) -> list[str]:
    return [record["body"] for record in example(name)["Records"]]


def message_ids(name: str) -> list[str]:
    return [record["messageId"] for record in example(name)["Records"]]


def sent(event: Any) -> bytes:
    """What the client sent with an HTTP request: its body, inflated, or else its query."""
    if "body" not in event:
        return str(event["rawQueryString"]).encode()
    body = base64.b64decode(event["body"]) if event["isBase64Encoded"] else str(event["body"]).encode()
    return zlib.decompress(body, wbits=31) if event["headers"].get("content-encoding") == "gzip" else body
