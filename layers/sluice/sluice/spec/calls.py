"""The six calls, and how paths name them."""

from typing import Literal, get_args

type Call = Literal["identify", "track", "page", "screen", "group", "alias"]

CALLS: frozenset[str] = frozenset(get_args(Call.__value__))

#: analytics.js posts to the first letter of the call.
LETTERS: dict[str, str] = {call[0]: call for call in sorted(CALLS)}

#: Envelopes of many events: `batch` and `b` of the current SDKs, `import` of Ruby, Java and old Android.
BATCHES: frozenset[str] = frozenset({"batch", "b", "import"})
