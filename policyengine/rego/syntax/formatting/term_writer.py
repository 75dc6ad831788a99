"""Terms as text."""

from __future__ import annotations

from abc import abstractmethod

from policyengine.rego.syntax import ast
from policyengine.rego.syntax.ast import Call, Expr, String, Term, Var
from policyengine.rego.syntax.formatting.lines import (
    FormatError,
    Lines,
    PlacedComment,
    UnexpectedComment,
)
from policyengine.rego.syntax.formatting.operators import (
    MEMBERSHIPS,
    SIGNS,
    operator_name,
)
from policyengine.rego.syntax.formatting.places import end_row
from policyengine.rego.syntax.formatting.style import Style
from policyengine.rego.syntax.render import quoted
from policyengine.rego.syntax.source import Location


class TermWriter(Lines):
    """Writes terms; how their collections and bodies are laid out is given by classes below it."""

    def __init__(self, style: Style, comments: tuple[PlacedComment, ...]) -> None:
        super().__init__(comments)
        self.style = style
        # A term that gets parentheses when it is written next.
        self.enclosed_term: Term | None = None
        # A comment in the last row of a term that is written as it stands is written with it.
        self.keeps_last_comment = False

    @abstractmethod
    def collection(self, term: Term) -> bool:
        """Write an array, set, object or comprehension; false for any other term."""

    @abstractmethod
    def expr(self, expr: Expr) -> None:
        """Write one expression of a body."""

    @abstractmethod
    def arguments(self, call: Call) -> None:
        """Write a call's arguments, without the parentheses."""

    # ---- terms ------------------------------------------------------------------------------

    def term(self, term: Term) -> None:
        """Write a term; as it stands, raising ``UnexpectedComment``, if a comment is in the way."""
        comments = self.comments
        if not comments:
            self.operand(term)
            return
        size, level = len(self.parts), self.level
        try:
            self.operand(term)
        except UnexpectedComment:
            del self.parts[size:]
            self.level = level
            location = term.location
            kept = self.line_end
            if kept and location.text and location.row <= kept.row <= end_row(location):
                self.line_end = None
            self.comments = comments
            self.unformatted(location)
            raise

    def unformatted(self, location: Location) -> None:
        """Write what stands in the source, with the comments in it."""
        text = location.text
        if not text:
            raise FormatError("original unformatted text is empty", location)
        last = location.row + text.count("\n")
        self.write(text)
        kept = []
        for comment in self.comments:
            if self.keeps_last_comment and comment.row == last:
                self.write(f" {comment.written}")
            elif comment.row >= last:
                kept.append(comment)
        self.comments = tuple(kept)

    def operand(self, term: Term, *, parens: bool = False) -> None:
        """Write a term, in ``parens`` if it is an operation."""
        if self.enclosed_term is term:
            self.enclosed_term = None
            parens = True
        if self.comments:
            self.insert_comments(term.location.row)
        if not self.inline:
            self.start_line()
        match term:
            case Var():
                self.write(self._variable(term))
            case ast.Ref():
                self.reference(term.terms)
            case String():
                self.write(_string(term))
            case Call():
                self._call(term, parens=parens)
            case ast.Number():
                self.write(term.text)
            case ast.Boolean():
                self.write("true" if term.value else "false")
            case ast.Null():
                self.write("null")
            case ast.TemplateString():
                self._template(term)
            case _:
                self.collection(term)
        if not self.inline:
            self.start_line()

    def _variable(self, term: Var) -> str:
        if not term.is_wildcard:
            return term.name
        return f"_{term.name[1:]}" if term.name in self.style.repeated else "_"

    def reference(self, terms: tuple[Term, ...]) -> None:
        head, *steps = terms
        self.operand(head, parens=isinstance(head, Call) and head.location.text.startswith("("))
        for step in steps:
            if isinstance(step, String):
                if self.style.needs_brackets(step):
                    self.write(f"[{quoted(step.value)}]")
                else:
                    self.write(f".{step.value}")
            elif isinstance(step, Var):
                self.write(f"[{'_' if step.is_wildcard else step.name}]")
            else:
                self.write("[")
                try:
                    self.term(step)
                except UnexpectedComment:
                    # The bracket must not become part of the comment.
                    self.write("\n")
                self.write("]")

    # ---- calls ------------------------------------------------------------------------------

    def plain_call(self, call: Call) -> None:
        """Write ``f(x)``."""
        comments = self.comments
        self.reference(call.operator.terms)
        # OPA writes a comment in front of the name a second time behind it.
        self.comments = comments
        self.write("(")
        try:
            self.arguments(call)
        except UnexpectedComment:
            self.drop_comments()
            raise
        finally:
            self.write(")")

    def _call(self, call: Call, *, parens: bool) -> None:
        name = operator_name(call)
        if name in MEMBERSHIPS:
            self.membership(name, call, parens=True)
            return
        sign = SIGNS.get(name)
        if sign is None:
            self.plain_call(call)
            return
        if parens:
            self.write("(")
        left, right = self.operands(name, call, 2)
        self.operand(left, parens=True)
        self.write(f" {sign} ")
        self.operand(right, parens=True)
        if parens:
            self.write(")")

    def membership(self, name: str, call: Call, *, parens: bool) -> None:
        """Write ``x in xs``, or ``k, v in xs``, which alone may need ``parens``."""
        *variables, domain = self.operands(name, call, MEMBERSHIPS[name])
        encloses = parens and len(variables) > 1
        if encloses:
            self.write("(")
        try:
            for index, variable in enumerate(variables):
                if index:
                    self.write(", ")
                self.operand(variable, parens=True)
            self.write(" in ")
            self.operand(domain, parens=True)
        except UnexpectedComment:
            self.drop_comments()
            raise
        finally:
            if encloses:
                self.write(")")

    def operands(self, name: str, call: Call, arity: int) -> tuple[Term, ...]:
        """The operands of what is written infix. Raises ``FormatError`` for another number."""
        if len(call.args) != arity:
            raise FormatError(f"{name}: arity mismatch", call.operator.location)
        return call.args

    # ---- template strings -------------------------------------------------------------------

    def _template(self, term: ast.TemplateString) -> None:
        quote = "`" if term.multi_line else '"'
        self.write(f"${quote}")
        for index, part in enumerate(term.parts):
            match part:
                case Expr():
                    following = term.parts[index + 1 : index + 2]
                    self._template_expr(part, following[0].location if following else None)
                case String() if term.multi_line:
                    self.write(_escape_braces(part.value))
                case String():
                    self.write(_escape_braces(quoted(part.value))[1:-1])
                case _:
                    self.operand_text(part)
        self.write(quote)

    def operand_text(self, part: ast.Number | ast.Boolean | ast.Null) -> None:
        """Write a constant in a template string without the braces it may have had."""
        match part:
            case ast.Number():
                self.write(part.text)
            case ast.Boolean():
                self.write("true" if part.value else "false")
            case _:
                self.write("null")

    def _template_expr(self, expr: Expr, following: Location | None) -> None:
        self.write("{")
        self.indent()
        if self.line_end is not None:
            self.end_line()
            self.start_line()
        elif before := self.comments_before(expr.location.row):
            self.write(" ")
            self.inline = True
            self.write_comments(before)
            self.comments = self.comments[len(before) :]
        self.expr(expr)
        if following is not None and (before := self.comments_before(following.row)):
            self.end_line()
            self.write_comments(before)
            self.comments = self.comments[len(before) :]
            self.start_line()
        self.write("}")
        self.dedent()


def _string(term: String) -> str:
    """A string as it was written; in quotes if it was a name, or stood in parentheses."""
    text = term.location.text
    if text.startswith("`"):
        return text
    quote = text[-1:]
    if quote in {'"', "`"}:
        # The text of a value behind ``else`` begins with that word.
        return text[text.index(quote) :]
    return quoted(term.value)


def _escape_braces(text: str) -> str:
    if text.count("{") == text.count("\\{"):
        return text
    return "".join(
        f"\\{char}" if char == "{" and (index == 0 or text[index - 1] != "\\") else char
        for index, char in enumerate(text)
    )
