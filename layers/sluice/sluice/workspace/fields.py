"""The forms of a workspace's fields: ids, hosts, keys, durations; and the model that all others are made of."""

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints

#: What a text must be, in words, by its pattern.
FORMS: dict[str, str] = {}
_DURATION = re.compile(r"(\d{1,6})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def text(pattern: str, form: str, **more: Any) -> StringConstraints:
    FORMS[pattern] = form
    return StringConstraints(pattern=pattern, **more)


#: Ids name queues, functions and S3 prefixes: short, lower case, no surprises.
type SourceId = Annotated[
    str, text(r"^[a-z][a-z0-9-]{0,31}$", "lower-case letters, digits and dashes, at most 32, a letter first")
]
#: Also part of logical ids, which CloudFormation wants alphanumeric. Of destinations and of warehouses.
type DestinationId = Annotated[
    str, text(r"^[a-z][a-z0-9]{0,31}$", "lower-case letters and digits, at most 32, a letter first")
]
type WriteKey = Annotated[str, text(r"^[A-Za-z0-9_.~-]{3,128}$", "3 to 128 letters, digits, dots, dashes, _ and ~")]
type HeaderName = Annotated[str, text(r"^[A-Za-z0-9-]{1,64}$", "the name of a header", to_lower=True)]
type Host = Annotated[str, text(r"^[a-z0-9.-]+(:[0-9]+)?$", "a host, as in shop.example.com", to_lower=True)]
type Origin = Annotated[
    str, text(r"^https?://[a-z0-9.-]+(:[0-9]+)?$", "an origin, as in https://shop.example.com", to_lower=True)
]
#: `printf %s "$SECRET" | sha256sum`: a digest of a long random secret gives nothing away, and needs no lookup.
type Sha256 = Annotated[str, text(r"^[0-9a-f]{64}$", 'a digest, which `printf %s "$SECRET" | sha256sum` makes')]
#: The 32 bytes of an Ed25519 public key in base64.
type Ed25519Key = Annotated[str, text(r"^[A-Za-z0-9+/]{43}=$", "the 32 bytes of an Ed25519 public key in base64")]
type PublicKey = Annotated[
    str,
    text(r"^-----BEGIN PUBLIC KEY-----\n[\s\S]+\n-----END PUBLIC KEY-----\s*$", "the PEM of a public key"),
]
type PathSegment = Annotated[str, text(r"^[a-z0-9-]{1,32}$", "lower-case letters, digits and dashes, at most 32")]
type SubscriptionId = Annotated[
    str, text(r"^[A-Za-z][A-Za-z0-9_-]{0,63}$", "letters, digits, dashes and _, at most 64, a letter first")
]
type SchemaName = Annotated[
    str, text(r"^[a-z_][a-z0-9_]{0,62}$", "lower-case letters, digits and _, at most 63, no digit first")
]
type FileName = Annotated[
    str, text(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\.mmdb$", "the name of a file that ends with .mmdb, without a folder")
]
type SubnetId = Annotated[str, text(r"^subnet-[0-9a-f]{8,17}$", "the id of a subnet, as in subnet-0123456789abcdef0")]
type SecurityGroupId = Annotated[
    str, text(r"^sg-[0-9a-f]{8,17}$", "the id of a security group, as in sg-0123456789abcdef0")
]


class Model(BaseModel):
    """A misspelt field is an error, not silence."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


def duration(value: object) -> timedelta:
    """Return the duration of `90s`, `30m`, `4h` or `3d`. Raises ValueError."""
    if isinstance(value, timedelta):
        return value
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("is not a duration; write 30m, 4h or 3d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def part(value: object) -> object:
    """Return a part of the whole as it is, for others to check. Raises ValueError for what looks like a percentage."""
    if isinstance(value, int | float) and 1 < value <= 100:
        raise ValueError(f"is a part of the whole, from 0 to 1; write {value / 100:g} for {value:g} %")
    return value
