"""analytics.js as its package has it → as a deployment of one's own serves it. Pure text.

Segment's own CDN fills in the write key, and every address that is left open is Segment's. Here the file works out both
from where it was loaded, so it never turns to Segment by itself. It also gets names of its own inside the page, so
that it can run beside Segment's, whose chunks of another version would otherwise mix with these.
"""

import re
from dataclasses import dataclass


class UnexpectedScriptError(Exception):
    """The package is not the one these changes were made for: look at them again, then pin the new version."""


@dataclass(frozen=True, slots=True)
class Change:
    """`what` stands `times` times in the script, as a regular expression, and becomes `to`."""

    what: str
    to: str
    times: int = 1

    def made(self, script: str) -> str:
        """Apply the change to a script. Raises UnexpectedScriptError."""
        changed, times = re.subn(self.what, self.to, script)
        if times != self.times:
            raise UnexpectedScriptError(f"{self.what} stands {times} times in the script, not {self.times}")
        return changed


_CHUNKS = Change("webpackChunk_segment_analytics_next", "webpackChunk_sluice", 2)
_SCRIPT = (
    _CHUNKS,
    Change('"@segment/analytics-next:"', '"sluice:"'),
    Change('"__WRITE_KEY__"', 'sluice.key||"__WRITE_KEY__"'),
    # The first that is asked for the host decides for all; it would take the word of another snippet on the page.
    Change(
        r'(var (\w+)=)(\(0,\w+\.\w+\)\(\))(?=;\(0,\w+\.\w+\)\(\2\),\w+\.p=\2\?\2\+"/analytics-next/bundles/")',
        r"\1sluice.cdn||\3",
    ),
    Change(r'"https://cdn\.segment\.com(?=["/])', 'sluice.cdn+"', 3),
    Change(r'"api\.segment\.io/v1"', 'sluice.host+"/v1"'),
    Change(r"\n//# sourceMappingURL=\S+\s*$", ""),
)
#: Segment's own names, and others that nobody knows: chunks at /b/…, settings at /<key>.json.
_ADDRESS = r"/^(https?:\/\/.*)\/analytics\.js\/v1\/([^\/]+)\/[^\/]*$/"
_PLAIN_ADDRESS = r"/^(https?:\/\/.*)\/([^\/]+)\.js$/"
_PLAIN = (
    Change('"/analytics-next/bundles/"', '"/b/"', 2),
    Change(r'"/v1/projects/"(\)\.concat\(\w+),"/settings"', r'"/"\1,".json"'),
)


def script(original: str, locate: str, notice: str) -> str:
    """The snippet's script under Segment's names. Raises UnexpectedScriptError."""
    return _wrapped(_changed(original, _SCRIPT), locate.replace("ADDRESS", _ADDRESS), notice)


def plain_script(original: str, locate: str, notice: str) -> str:
    """The same script under names that say nothing. Raises UnexpectedScriptError."""
    return _wrapped(_changed(original, _SCRIPT + _PLAIN), locate.replace("ADDRESS", _PLAIN_ADDRESS), notice)


def chunk(original: str) -> str:
    """A part that the script loads when it needs it. Raises UnexpectedScriptError."""
    return _CHUNKS.made(original)


def _changed(text: str, changes: tuple[Change, ...]) -> str:
    for change in changes:
        text = change.made(text)
    return text


def _wrapped(script: str, locate: str, notice: str) -> str:
    return f"/*! {notice} */\n(function(sluice){{\n{script}\n}})(\n{locate.strip()}\n);\n"
