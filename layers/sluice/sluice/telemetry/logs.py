"""The function's logger. No payload and no secret is ever logged."""

import logging
import traceback
from typing import Any

from aws_lambda_powertools import Logger

logger = Logger()
#: The root logger writes for all libraries what the function's level lets through; at DEBUG these would quote what they
#: send.
for _library in ("boto3", "botocore", "httpcore", "urllib3"):
    logging.getLogger(_library).setLevel(logging.WARNING)


def invocation(context: Any) -> None:
    """Add the id of this invocation to every line."""
    logger.append_keys(invocation=context.aws_request_id)


def is_debugging() -> bool:
    return logger.log_level <= logging.DEBUG


def fault(error: BaseException) -> None:
    """Log an exception that our code should not have raised: its type and place, never its text, which may quote a
    payload.
    """
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    logger.error("unexpected error", extra={"error": type(error).__name__, "places": places})
