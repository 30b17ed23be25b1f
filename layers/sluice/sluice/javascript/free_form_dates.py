"""Dates in words: `Jan 5, 2026 3:04 PM`, `5/1/2026`, `Thu Jan 15 2026 12:00:00 GMT+0100 (CET)`.

ECMAScript leaves it to engines what a date is that is not in ISO 8601. This is what V8's do, which Segment's code runs
on: words before the first number mean nothing, numbers are a month, a day and a year or begin with the year, those
before a colon are a time, and behind it may follow `PM`, a zone or an offset.
https://tc39.es/ecma262/#sec-date.parse
"""

import re
from dataclasses import dataclass, field

_TOKEN = re.compile(r"(?P<number>[0-9]+)|(?P<word>[^\x00-\x40\s]+)|(?P<blank>\s)|(?P<symbol>.)", re.DOTALL)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_HALVES = {"am": 0, "pm": 12}
_ZONES = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8,
    "pdt": -7,
}  # fmt: skip
#: Digits of a number that count.
_SIGNIFICANT = 9


@dataclass(frozen=True, slots=True)
class Written:
    """Year, month, day, hour, minute, second, millisecond; and minutes east of Greenwich."""

    fields: tuple[int, int, int, int, int, int, int]
    offset_minutes: int


def read(text: str) -> Written | None:
    """None for what is no date."""
    try:
        return _Reading(_without_parentheses(text)).read()
    except _NoDateError:
        return None


def is_time(hour: int, minute: int, second: int, millisecond: int) -> bool:
    """The 24th hour is that of midnight alone."""
    if (hour, minute, second, millisecond) == (24, 0, 0, 0):
        return True
    return hour <= 23 and minute <= 59 and second <= 59 and millisecond <= 999


def _without_parentheses(text: str) -> str:
    if "(" not in text:
        return text
    kept, depth = [], 0
    for letter in text:
        depth += letter == "("
        if depth == 0:
            kept.append(letter)
        elif letter == ")":
            depth -= 1
            kept.append("," if depth == 0 else "")
    return "".join(kept)


class _NoDateError(Exception):
    pass


@dataclass(slots=True)
class _Reading:
    text: str
    days: list[int] = field(default_factory=list)
    times: list[int] = field(default_factory=list)
    month: int | None = None
    half: int | None = None
    sign: int = 1
    zone_hours: int | None = None
    zone_minutes: int | None = None
    has_number: bool = False
    at: int = 0

    def read(self) -> Written:
        while self.at < len(self.text):
            kind, found = self._take()
            if kind == "number":
                self._number(found)
            elif kind == "word":
                self._word(found.lower())
            elif found in ("+", "-") and (self.times or (self.zone_hours, self.zone_minutes) == (0, 0)):
                self._offset(found)
            elif found in ("+", "-", ")") and self.has_number:
                raise _NoDateError
        east = self.sign * ((self.zone_hours or 0) * 60 + (self.zone_minutes or 0))
        return Written((*self._date(), *self._time()), east)

    def _peek(self) -> tuple[str, str]:
        match = _TOKEN.match(self.text, self.at)
        return (str(match.lastgroup), match[0]) if match else ("end", "")

    def _take(self) -> tuple[str, str]:
        kind, found = self._peek()
        self.at += len(found)
        return kind, found

    def _skip(self, symbol: str) -> bool:
        if self._peek() != ("symbol", symbol):
            return False
        self.at += 1
        return True

    def _number(self, digits: str) -> None:
        self.has_number = True
        number = int(digits.lstrip("0")[:_SIGNIFICANT] or "0")
        if self._skip(":"):
            self._add(self.times, number, 4)
            self._skip(".")
        elif self._is_expected(number) and self._skip("."):
            self._add(self.times, number, 4)
            self._close(self._milliseconds())
        elif self.zone_hours is not None and self.zone_minutes is None and number <= 59:
            self.zone_minutes = number
        elif self._is_expected(number):
            self._close(number)
            kind, found = self._peek()
            if kind not in ("end", "blank") and found not in ("+", "-", "z", "Z"):
                raise _NoDateError
        else:
            self._add(self.days, number, 3)
            self._skip("-")

    def _is_expected(self, number: int) -> bool:
        """Take a number as the next part of a time that has begun."""
        return len(self.times) in (1, 2, 3) and number <= (59 if len(self.times) < 3 else 999)

    def _add(self, numbers: list[int], number: int, most: int) -> None:
        if len(numbers) == most:
            raise _NoDateError
        numbers.append(number)

    def _close(self, last: int) -> None:
        self._add(self.times, last, 4)
        self.times += [0] * (4 - len(self.times))

    def _milliseconds(self) -> int:
        kind, digits = self._take()
        if kind != "number":
            raise _NoDateError
        return int(digits.ljust(3, "0")[:3])

    def _word(self, word: str) -> None:
        if word in _HALVES and self.times:
            self.half = _HALVES[word]
        elif word[:3] in _MONTHS:
            self.month = _MONTHS.index(word[:3]) + 1
            self._skip("-")
        elif word in _ZONES and self.has_number:
            hours = _ZONES[word]
            self.sign, self.zone_hours, self.zone_minutes = -1 if hours < 0 else 1, abs(hours), 0
        elif self.has_number or self._peek()[0] == "number":
            raise _NoDateError

    def _offset(self, sign: str) -> None:
        self.sign, self.has_number = 1 if sign == "+" else -1, True
        digits = self._take()[1] if self._peek()[0] == "number" else ""
        number = int(digits or "0")
        if self._peek() == ("symbol", ":"):
            self.zone_hours, self.zone_minutes = number, None
        elif 1 <= len(digits) <= 2:
            self.zone_hours, self.zone_minutes = number, 0
        elif 3 <= len(digits) <= 4:
            self.zone_hours, self.zone_minutes = divmod(number, 100)
        else:
            raise _NoDateError

    def _date(self) -> tuple[int, int, int]:
        if not self.days:
            raise _NoDateError
        first, second, third = (*self.days, 1, 1)[:3]
        if self.month is None:
            year, month, day = (third, first, second) if 1 <= first <= 31 else (first, second, third)
        else:
            year, month, day = (second, self.month, first) if 1 <= first <= 31 else (first, self.month, second)
        if year <= 99:
            year += 2000 if year <= 49 else 1900
        if not (1 <= month <= 12 and 1 <= day <= 31):
            raise _NoDateError
        return year, month, day

    def _time(self) -> tuple[int, int, int, int]:
        hour, minute, second, millisecond = (*self.times, 0, 0, 0, 0)[:4]
        if self.half is not None:
            if hour > 12:
                raise _NoDateError
            hour = hour % 12 + self.half
        if not is_time(hour, minute, second, millisecond):
            raise _NoDateError
        return hour, minute, second, millisecond
