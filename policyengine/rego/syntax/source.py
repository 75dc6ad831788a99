"""A source text and places in it."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Final

from policyengine.rego.syntax.constructors import constructor

_SURROGATES: Final = re.compile("[\ud800-\udfff]")
_BYTES: Final = re.compile("[\udc80-\udcff]")


def decode(data: bytes) -> str:
    """A file's bytes as source text; what is not UTF-8 is kept, for the parser to find."""
    return data.decode("utf-8", "surrogateescape")


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """One source text and where its lines begin.

    ``line_starts`` holds the offset, in characters, of the first character of each line.
    """

    file: str
    text: str
    line_starts: tuple[int, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        starts = [0]
        find = self.text.find
        at = find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = find("\n", at + 1)
        object.__setattr__(self, "line_starts", tuple(starts))

    def position(self, offset: int) -> tuple[int, int]:
        """Row and column of the character at ``offset``, as OPA counts them.

        OPA's scanner has read one character ahead when it notes a position: a newline therefore
        stands in column 0 of the row it opens, and the end of the text where its last
        character is.
        """
        size = len(self.text)
        if offset >= size:
            if size == 0:
                return 1, 0
            offset = size - 1
        row = bisect_right(self.line_starts, offset)
        if self.text[offset] == "\n":
            return row + 1, 0
        return row, offset - self.line_starts[row - 1] + 1

    def line(self, row: int) -> str:
        """The text of one row, counted from 1, without its line end; empty if there is none."""
        if not 1 <= row <= len(self.line_starts):
            return ""
        start = self.line_starts[row - 1]
        end = self.line_starts[row] - 1 if row < len(self.line_starts) else len(self.text)
        return self.text[start:end].rstrip("\r")

    def excerpt(self, offset: int) -> tuple[str, int]:
        """The line that OPA shows for an error at ``offset``, and the byte of it that it points at.

        Of white space it shows what stands in front.
        """
        text = self.text
        at = max(min(offset, len(text) - 1), 0)
        while at > 0 and text[at].isspace():
            at -= 1
        # A carriage return is looked for in this line alone: else in all of the text, each time.
        begin = text.rfind("\n", 0, at + 1) + 1
        begin = max(begin, text.rfind("\r", begin, at + 1) + 1)
        newline = text.find("\n", at)
        end = len(text) if newline < 0 else newline
        carriage_return = text.find("\r", at, end)
        line = text[begin : end if carriage_return < 0 else carriage_return]
        before = text[begin:at]
        # A byte that is no UTF-8 is kept as one surrogate, of three bytes if it is written.
        bytes_before = len(before.encode(errors="surrogatepass")) - 2 * len(_BYTES.findall(before))
        return _SURROGATES.sub("\ufffd", line), bytes_before


@dataclass(frozen=True, slots=True, eq=False)
class Location:
    """A place in a source: where it is pointed at, and the text that belongs to it.

    ``offset`` is the character that ``row`` and ``col`` name. The text is
    ``source.text[start:end]``. The two differ for a term in parentheses, whose text includes
    them while its place is that of the term itself. All three count characters from 0.
    """

    source: Source
    offset: int
    start: int
    end: int

    @property
    def file(self) -> str:
        return self.source.file

    @property
    def position(self) -> tuple[int, int]:
        """``row`` and ``col``."""
        return self.source.position(self.offset)

    @property
    def row(self) -> int:
        """Line number, from 1."""
        return self.source.position(self.offset)[0]

    @property
    def col(self) -> int:
        """Column in characters, from 1; 0 for the place of a newline itself."""
        return self.source.position(self.offset)[1]

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]

    @property
    def end_position(self) -> tuple[int, int]:
        """Row and column just behind the text, for an editor's range."""
        row, col = self.source.position(self.offset)
        text = self.text
        newlines = text.count("\n")
        if newlines:
            return row + newlines, len(text) - text.rindex("\n")
        return row, col + len(text)


new_location = constructor(Location)
