"""Formatted text line by line, and the comments that have yet to be written.

A comment is written where its row is: those of earlier rows on lines of their own in front of the
node that is about to be written, one of the same row at the end of the line that is being written.
Where two comments want the end of one line, the node cannot be laid out anew: it is then written
as it stands in the source, which is what OPA does.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from policyengine.rego.syntax.source import Location

_INDENT: Final = "\t"
# The row of what is not there: in front of every comment.
NO_ROW: Final = -1


class PlacedComment(NamedTuple):
    """A comment with its ``#``, and without the white space at its end.

    ``written`` is the comment with that white space.
    """

    row: int
    col: int
    text: str
    written: str

    @property
    def is_metadata(self) -> bool:
        return self.col == 1 and self.text[1:].strip().startswith("METADATA")


class FormatError(Exception):
    """A tree that cannot be written, with the place of what is wrong."""

    def __init__(self, message: str, location: Location) -> None:
        super().__init__(message)
        self.location = location


class UnexpectedComment(Exception):
    """A comment stands where the layout has no place for one."""


class Lines:
    """The text so far, and where in it the writer stands."""

    def __init__(self, comments: tuple[PlacedComment, ...]) -> None:
        self.comments = comments
        self.parts: list[str] = []
        self.write = self.parts.append
        self.level = 0
        # Whether something was written on the current line, be it only its indentation.
        self.inline = False
        self.line_end: PlacedComment | None = None
        # The comment at the end of the line waits for the line after the next one.
        self.delayed = False

    # ---- lines ------------------------------------------------------------------------------

    def start_line(self) -> None:
        self.inline = True
        if self.level:
            self.write(_INDENT * self.level)

    def end_line(self) -> None:
        self.inline = False
        if self.line_end is not None and not self.delayed:
            self.write(f" {self.line_end.text}")
            self.line_end = None
        self.delayed = False
        self.write("\n")

    def blank_line(self) -> None:
        if self.inline:
            self.end_line()
        self.write("\n")

    def write_line(self, text: str) -> None:
        if not self.inline:
            self.start_line()
        self.write(text)
        self.end_line()

    def indent(self) -> None:
        self.level += 1

    def dedent(self) -> None:
        self.level -= 1

    # ---- comments ---------------------------------------------------------------------------

    def insert_comments(self, row: int) -> None:
        """Write the comments that belong in front of ``row``, and keep one of that row."""
        before, at = self.take_comments(row)
        if before:
            self.write_comments(before)
            if row - before[-1].row > 1:
                self.blank_line()
        self._end_line_with(at)

    def take_comments(self, row: int) -> tuple[tuple[PlacedComment, ...], PlacedComment | None]:
        """Take those in front of ``row`` and the one of that row."""
        comments = self.comments
        if not comments or comments[0].row > row:
            return (), None
        first = end = sum(comment.row < row for comment in comments)
        while end < len(comments) and comments[end].row == row:
            end += 1
        self.comments = comments[end:]
        return comments[:first], comments[end - 1] if end > first else None

    def comments_before(self, row: int) -> tuple[PlacedComment, ...]:
        """Those in front of ``row``, which stay to be written."""
        return tuple(comment for comment in self.comments if comment.row < row)

    def write_comments(self, comments: tuple[PlacedComment, ...]) -> None:
        is_in_metadata = False
        previous: PlacedComment | None = None
        for comment in comments:
            if previous is not None:
                distance = comment.row - previous.row or comment.col - previous.col
                if distance > 1:
                    self.blank_line()
                    is_in_metadata = False
                elif distance == 1 and is_in_metadata and comment.is_metadata:
                    self.blank_line()
            is_in_metadata = is_in_metadata or comment.is_metadata
            self.write_line(comment.text)
            previous = comment

    def _end_line_with(self, comment: PlacedComment | None) -> None:
        """Keep a comment for the end of the line. Raises ``UnexpectedComment`` for a second one."""
        if self.line_end is None:
            self.line_end = comment
        elif comment is not None:
            self.line_end = None
            raise UnexpectedComment

    def drop_comments(self) -> None:
        """Forget the comments: they stand in a text that is written as it is."""
        self.comments = ()
