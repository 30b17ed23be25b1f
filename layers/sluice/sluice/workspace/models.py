"""workspace.yaml, field by field. Its JSON Schema for editors is made from these models."""

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from sluice.workspace.fields import (
    DestinationId,
    Ed25519Key,
    FileName,
    HeaderName,
    Host,
    Model,
    Origin,
    PathSegment,
    PublicKey,
    Sha256,
    SourceId,
    SubscriptionId,
    WriteKey,
    duration,
    part,
    text,
)  # fmt: skip
from sluice.workspace.warehouse import Warehouse

#: First segments of paths that have a meaning of their own.
RESERVED_PATHS = frozenset({
    "v1", "health", "api", "b", "batch", "beacon", "firehose", "inbox", "projects", "vendor",
    "analytics-next", "next-integrations",
})  # fmt: skip


#: Queues of the pipeline itself, which the operator's command calls by these names.
RESERVED_DESTINATIONS = frozenset({"events", "archive"})


#: CloudFormation changes 2,500 resources at most in one operation on nested stacks, and a map of a template has 200
#: entries at most: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
MOST_DESTINATIONS, MOST_WAREHOUSES = 180, 10
#: Sources that the hook's function has secrets of: its role has 10,240 characters for their names.
#: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
MOST_HOOKS = 20


#: Types of source that an SDK sends from. All others are tools of the catalogue.
CLIENTS = ("browser", "mobile", "server")
#: Fields of a source that are about clients.
OF_CLIENTS = (
    "write_keys", "origins", "secrets_sha256", "token", "anonymous_cookie", "redirect_hosts", "redirect_keys",
    "requests_per_second",
)  # fmt: skip


class Token(Model):
    """Bearer tokens (JWT, RS256 or ES256) that a server proves itself with."""

    public_keys: Annotated[list[PublicKey], Field(min_length=1)]
    """PEM of the keys, any of which may have signed. Two at a time let you rotate them."""
    issuer: str | None = None
    """Required as `iss`, if given."""
    audience: str | None = None
    """Required as `aud`, if given."""


class Source(Model):
    """A source of events: a website, an app, a server; or another tool, by its webhooks."""

    id: SourceId
    """Names the source in the archive's paths. Never reuse one for something else."""
    name: str = ""
    """What people call it; the id if left out."""
    type: str
    """`browser`, `mobile` or `server`, which decides the channel; or a tool that docs/sources lists."""
    write_keys: list[WriteKey] = []
    """Any of these lets a client send. Two at a time let you rotate them. A tool has none."""
    settings: dict[str, Any] = {}
    """What this type of tool asks for; see its page in docs/sources."""
    enabled: bool = True
    """A disabled source answers as before and keeps its events as rejected."""
    origins: list[Origin] = []
    """Only pages of these origins may send; anyone if left out. Browsers say where they are, other clients may lie."""
    secrets_sha256: list[Sha256] = []
    """A server must prove itself with one of these as the password of HTTP Basic, or with a token."""
    token: Token | None = None
    """The tokens that prove a server."""
    anonymous_cookie: bool = False
    """Whether a pixel gives a reader without an id a first-party cookie to be recognised by."""
    redirect_hosts: list[Host] = []
    """Hosts that links of this source (`/v1/q/<write key>?url=…`) may lead to."""
    redirect_keys: list[Ed25519Key] = []
    """A link signed with one of these keys may lead anywhere."""
    requests_per_second: Annotated[float, Field(ge=0.01, le=100_000)] | None = None
    """What each running copy of a function takes from each write key; no limit if left out."""

    @property
    def is_hook(self) -> bool:
        """Return whether it is a tool that sends webhooks, and no client with an SDK."""
        return self.type not in CLIENTS

    @model_validator(mode="after")
    def _only_servers_keep_secrets(self) -> "Source":
        if self.type in ("browser", "mobile") and (self.secrets_sha256 or self.token):
            raise ValueError(f"source {self.id!r}: only a server can keep a secret; websites and apps are public")
        return self


class Subscription(Model):
    """A subscription: the events that an action of the destination gets, and the mapping of its fields."""

    action: str
    """One of the destination's actions; its page in docs/destinations lists them."""
    id: SubscriptionId | None = None
    """Tells it from others of the same action, so that a retry knows what is left to do. The action's if left out."""
    enabled: bool = True
    """A disabled one gets nothing."""
    trigger: str | None = None
    """Which events, in FQL; `all` is every one. What the action is meant for if left out."""
    mapping: dict[str, Any] = {}
    """The action's fields, in Segment's mapping language. What is not here keeps its default; null leaves it empty."""
    defaults: bool = True
    """`false`: fields that `mapping` does not have stay empty, as in a mapping that was taken over from Segment."""


class Filter(Model):
    """A filter of a destination. `sample` comes first, then `drop`, then the two about properties."""

    condition: str = Field("all", alias="if")
    """Which events this is about, in FQL."""
    do: Literal["drop", "sample", "drop_properties", "allow_properties"]
    """What becomes of them."""
    percent: Annotated[float, Field(ge=0, le=1), BeforeValidator(part)] | None = None
    """For `sample`: the part to keep, from 0 to 1; 0.1 keeps ten percent."""
    path: str | None = None
    """For `sample`: events with the same value there have the same fate; by chance if left out. Events without
    the value go by their `anonymousId`."""
    fields: dict[str, list[str]] = {}
    """For properties: the names below each path, "" being the event itself."""

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> "Filter":
        if (self.do == "sample") != (self.percent is not None):
            raise ValueError("`percent` belongs to `sample`, and `sample` needs it")
        if self.do.endswith("_properties") != bool(self.fields):
            raise ValueError("`fields` belongs to drop_properties and allow_properties, and they need it")
        return self


class Transformation(Model):
    """Other names and values, for this destination alone."""

    condition: str = Field("all", alias="if")
    """Which events, in FQL."""
    event: str | None = None
    """The new name of a track event."""
    rename: dict[str, str] = {}
    """From path to path, as in `properties.total: properties.value`."""
    set: dict[str, Any] = {}
    """Constants, by path."""


class Delivery(Model):
    """The retries and the speed of a destination."""

    patience: Annotated[timedelta, BeforeValidator(duration)] = timedelta(hours=4)
    """How long an event is tried again after its first attempt, as `30m`, `4h` or `3d`; 3 days at most."""
    concurrency: Annotated[int, Field(ge=2, le=1000)] = 10
    """Functions that deliver at the same time, at most."""
    rate: Annotated[float, Field(gt=0, le=100_000)] | None = None
    """Events a second, at most; as fast as the vendor answers if left out."""
    window: Annotated[timedelta, BeforeValidator(duration)] = timedelta(seconds=5)
    """How long events wait for others, to be delivered together; `0s` to 5m. Longer is cheaper."""

    @field_validator("window")
    @classmethod
    def _within_five_minutes(cls, window: timedelta) -> timedelta:
        if window > timedelta(minutes=5):
            raise ValueError("must be from 0s to 5m")
        return window

    @field_validator("patience")
    @classmethod
    def _within_three_days(cls, patience: timedelta) -> timedelta:
        if not timedelta(minutes=1) <= patience <= timedelta(days=3):
            raise ValueError("must be from 1m to 3d")
        return patience


class InsertFunction(Model):
    """A function of yours between the filters of a destination and its mapping."""

    file: str
    """A file of `layers/workspace/functions`."""
    timeout: Annotated[float, Field(gt=0, le=5)] = 1.0
    """Seconds that it may take for each event."""
    settings: dict[str, Any] = {}
    """Handed to its handlers. Secrets are references, to those of the destination."""


class Destination(Model):
    """A destination of events. Each has its own queue, dead-letter queue, function and alarm."""

    id: DestinationId
    """Names its queue and function, and the folder of its secrets: `/sluice/<id>/…`."""
    name: str = ""
    """How `integrations` objects of events call it, case-sensitive; the type's own name if left out."""
    type: str
    """One of the types that docs/destinations lists."""
    sources: list[SourceId] | None = None
    """Only events of these sources; all if left out."""
    enabled: bool = True
    """A disabled destination keeps its queue and gets no events."""
    settings: dict[str, Any] = {}
    """What this type of destination asks for; see its page in docs/destinations."""
    delivery: Delivery = Delivery()
    """How hard it is tried, and how fast."""
    actions: Annotated[list[Subscription], Field(max_length=50)] | None = None
    """What it does with events; the type's presets if left out."""
    filters: Annotated[list[Filter], Field(max_length=40)] = []
    """What it does not get."""
    transformations: Annotated[list[Transformation], Field(max_length=50)] = []
    """Other names and values."""
    consent: list[str] = []
    """Consent categories that must all be given, where an event says anything of consent."""
    insert: InsertFunction | None = None
    """A function of yours that changes events for this destination, or drops them."""


class RemotePlugin(Model):
    """The script of an Actions destination in the browser."""

    url: Annotated[str, text(r"^https://", "an address that begins with https://")]
    """Where the browser loads it from."""
    library: str
    """The global name the script defines."""
    settings: dict[str, Any] = {}
    """Its public settings, subscriptions for example."""


class DeviceDestination(Model):
    """A destination that the browser sends to by itself. Its settings are public: every visitor can read them."""

    id: DestinationId
    """Names its configuration in `_metadata.bundledIds`."""
    name: str
    """How analytics.js and `integrations` objects call it, case-sensitive."""
    sources: list[SourceId] | None = None
    """Only on pages of these sources; on all if left out."""
    settings: dict[str, Any] = {}
    """Handed to the browser as they are."""
    consent: list[str] = []
    """Consent categories that must all be given."""
    plugin: RemotePlugin | None = None
    """For an Actions destination, its script."""
    filters: Annotated[list[Filter], Field(max_length=10)] = []
    """What the browser does not send to it."""


class Web(Model):
    """The part of the deployment that browsers load: analytics.js and its settings."""

    path_prefix: PathSegment | None = None
    """Everything also answers below `/<prefix>/`, which blockers that know Segment's paths do not know."""
    consent_categories: list[str] = []
    """All categories of your consent tool."""
    host: Host | None = None
    """The host at which browsers reach the API, where a proxy before it asks for another. Else the one they ask for."""
    viewer_address_header: HeaderName | None = None
    """The header in which a proxy or CDN before the API names the viewer's address. Without one nobody is believed."""

    @model_validator(mode="after")
    def _hide_no_path_of_ours(self) -> "Web":
        if self.path_prefix in RESERVED_PATHS:
            raise ValueError(f"path_prefix {self.path_prefix!r} is a path already; take another word")
        return self


class Enrichment(Model):
    """The additions to events that do not say them. All are off unless they are switched on."""

    sources: list[SourceId] | None = None
    """Only events of these sources; of all if left out."""
    campaign: bool = False
    """`context.campaign` from the `utm_` parameters of the page's address, and the click ids of advertisers."""
    agent: bool = False
    """`context.os`, `context.device` and `context.enrichment.browser` from the user agent."""
    bots: bool = False
    """`context.enrichment.bot`, the name of a bot, in events of browsers and apps. A filter may drop them."""
    geo: FileName | None = None
    """`context.location` and `context.timezone` by this file of `layers/workspace/geo`, a database of `.mmdb`."""
    ip: Literal["keep", "truncate", "drop"] = "keep"
    """`truncate`: the address loses its last part, after all else was found out by it. `drop`: all of it."""


class Workspace(Model):
    """All that a user configures."""

    sources: Annotated[list[Source], Field(min_length=1)]
    destinations: list[Destination] = []
    device_destinations: list[DeviceDestination] = []
    warehouses: list[Warehouse] = []
    enrichment: Enrichment = Enrichment()
    web: Web = Web()
