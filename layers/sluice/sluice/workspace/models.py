"""workspace.yaml, field by field. Its JSON Schema for editors is made from these models."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

#: Ids name queues, functions and S3 prefixes: short, lower case, no surprises.
type SourceId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
#: Also part of logical ids, which CloudFormation wants alphanumeric.
type DestinationId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]{0,31}$")]
type WriteKey = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.~-]{3,128}$")]
type Host = Annotated[str, StringConstraints(pattern=r"^[a-z0-9.-]+(:[0-9]+)?$", to_lower=True)]


class Model(BaseModel):
    """A misspelt field is an error, not silence."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Source(Model):
    """Where events come from: a website, an app, a server."""

    id: SourceId
    """Names the source in the archive's paths. Never reuse one for something else."""
    name: str = ""
    """What people call it; the id if left out."""
    type: Literal["browser", "mobile", "server"]
    """Decides the channel, and whether the sender's address is the user's."""
    write_keys: Annotated[list[WriteKey], Field(min_length=1)]
    """Any of these lets a client send. Two at a time let you rotate them."""
    enabled: bool = True
    """A disabled source answers as before and keeps its events as rejected."""
    redirect_hosts: list[Host] = []
    """Hosts that links of this source (`/v1/q/<write key>?url=…`) may lead to."""


class Destination(Model):
    """Where events go. Each has its own queue, dead-letter queue, function and alarm."""

    id: DestinationId
    """Names its queue and function, and the folder of its secrets: `/sluice/<id>/…`."""
    name: str = ""
    """How `integrations` objects of events call it, case-sensitive; the type's own name if left out."""
    type: str
    """A folder of functions/destinations."""
    sources: list[SourceId] | None = None
    """Only events of these sources; all if left out."""
    enabled: bool = True
    """A disabled destination keeps its queue and gets no events."""
    settings: dict[str, Any] = {}
    """What this type of destination asks for; see its page in docs/destinations."""


class Workspace(Model):
    """All that a user configures."""

    sources: Annotated[list[Source], Field(min_length=1)]
    destinations: list[Destination] = []

    @model_validator(mode="after")
    def _refer_to_what_exists(self) -> "Workspace":
        sources = _unique("source id", [source.id for source in self.sources])
        _unique("write key", [key for source in self.sources for key in source.write_keys])
        _unique("destination id", [destination.id for destination in self.destinations])
        for destination in self.destinations:
            if unknown := sorted(set(destination.sources or []) - sources):
                raise ValueError(f"destination {destination.id!r} names a source that does not exist: {unknown[0]!r}")
        return self


def _unique(what: str, values: list[str]) -> set[str]:
    for value in values:
        if values.count(value) > 1:
            raise ValueError(f"{what} {value!r} is used twice")
    return set(values)
