"""Statements: packages, imports, rules, and bodies that stand alone."""

from __future__ import annotations

from typing import Final, TypeAlias

from policyengine.rego.syntax import ast
from policyengine.rego.syntax.ast import Body, Import, Package, Ref, Rule, String, Term, Var
from policyengine.rego.syntax.cursor import is_keyword
from policyengine.rego.syntax.render import reference_text, step_text, value_name
from policyengine.rego.syntax.rule_parser import RuleParser
from policyengine.rego.syntax.source import Location
from policyengine.rego.syntax.token_kinds import (
    AS,
    EOF,
    FUTURE_KEYWORDS,
    IDENTIFIER,
    IMPORT,
    PACKAGE,
    STEP_STARTS,
    SUBTRACT,
    V1_KEYWORDS,
    V2_KEYWORDS,
)

Statement: TypeAlias = Package | Import | Rule | Body

_PATH_KEYWORDS: Final = frozenset({PACKAGE, IMPORT})
_IMPORT_ROOTS: Final = frozenset({"data", "input", "future", "rego"})


class StatementParser(RuleParser):
    """Reads a whole source."""

    def statements(self, *, with_rules: bool = True) -> list[Statement]:
        """Read statements to the end, or to the first that does not read.

        Without ``with_rules`` every statement but packages and imports is a body. What is wrong is
        in ``errors``, which OPA does not always stop at.
        """
        self._set_keywords()
        self.advance()
        statements: list[Statement] = []
        while self.kind != EOF:
            self.readings.clear()
            self.future_readings.clear()
            if with_rules and self.refuse_keyword_as_rule_name(is_default=False):
                break
            read = self._statement(with_rules=with_rules)
            if read is None:
                break
            statements += read
        return statements

    def _set_keywords(self) -> None:
        if self.version != "v0":
            self.keywords.update(V1_KEYWORDS)
        if self.version == "v2":
            self.keywords.update(V2_KEYWORDS)
            self.not_bodies = True

    def _statement(self, *, with_rules: bool) -> list[Statement] | None:
        """Read one statement, in OPA's order of trying; ``None`` if none reads."""
        state = self.save()
        if self.kind in _PATH_KEYWORDS:
            statement = self._package() if self.kind == PACKAGE else self._import()
            if statement is not None:
                if self.kind == SUBTRACT:
                    # It would be read as the sign of the next statement.
                    self.unexpected()
                    return None
                if isinstance(statement, Import):
                    self._apply(statement)
                return [statement]
            if self.errors:
                return None
            self.restore(state)
        if with_rules:
            rules = self.rules()
            if rules is not None:
                return list(rules)
            if self.errors:
                return None
            self.restore(state)
        body = self.query(EOF, one_line=True)
        return None if body is None else [body]

    def _begins_path(self) -> bool:
        """Pass ``package`` or ``import``; false where it is the head of a reference."""
        if self.adjacent_kind() in STEP_STARTS:
            return False
        self.advance()
        if self.kind != IDENTIFIER and not self.is_keyword_in_ref(self.kind):
            self.unexpected()
            return False
        self.kind = IDENTIFIER
        return True

    # ---- package ----------------------------------------------------------------------------

    def _package(self) -> Package | None:
        start = self.here()
        if not self._begins_path():
            return None
        term = self.term()
        if term is None:
            return None
        steps: tuple[Term, ...]
        match term:
            case Var():
                steps = (term,)
            case Ref():
                steps = term.terms
            case _:
                self.unexpected()
                return None
        first = steps[0]
        if not isinstance(first, Var):
            name = value_name(first)
            self.error(first.location, f"unexpected {name} token: expecting var")
            return None
        if not self._are_strings(steps[1:]):
            return None
        root = Var(name="data", location=first.location)
        name_term = String(value=first.name, location=first.location)
        path = Ref(terms=(root, name_term, *steps[1:]), location=term.location)
        return Package(path=path, location=start)

    def _are_strings(self, steps: tuple[Term, ...]) -> bool:
        for step in steps:
            if not isinstance(step, String):
                name = value_name(step)
                self.error(step.location, f"unexpected {name} token: expecting string")
                return False
        return True

    # ---- import -----------------------------------------------------------------------------

    def _import(self) -> Import | None:
        start = self.here()
        if not self._begins_path():
            return None
        path = self._import_path()
        if path is None:
            return None
        root = path.terms[0]
        if not isinstance(root, Var) or root.name not in _IMPORT_ROOTS:
            self.hint("if this is unexpected, try updating OPA")
            self.error(
                path.location,
                "unexpected import path, must begin with one of: {data, future, input, rego}, "
                f"got: {step_text(root)}",
            )
            return None
        if self.kind == AS:
            return self._aliased(path, start)
        last = path.terms[-1]
        name = last.value if isinstance(last, String) else root.name
        if root.name != "future" and is_keyword(name, self.version):
            self.hint("import a different path or use an alias")
            self.error(
                last.location,
                f"unexpected import path, must not end with a keyword, got: {name}",
            )
        return Import(path=path, alias="", alias_location=None, location=start)

    def _import_path(self) -> Ref | None:
        # A path may name any keyword that can be imported. The token behind it is read so, too.
        keywords, readings = self.keywords, self.readings
        self.keywords = {
            word: kind for word, kind in keywords.items() if word not in FUTURE_KEYWORDS
        }
        self.readings = {}
        term = self.term()
        self.keywords, self.readings = keywords, readings
        if isinstance(term, Var):
            return Ref(terms=(term,), location=term.location)
        if isinstance(term, Ref):
            return term if self._are_strings(term.terms[1:]) else None
        self.error(self.here(), "expected path")
        return None

    def _aliased(self, path: Ref, start: Location) -> Import | None:
        self.advance()
        if self.kind != IDENTIFIER:
            self.unexpected("expected var")
            return None
        alias = self.term()
        if isinstance(alias, Var):
            return Import(
                path=path, alias=alias.name, alias_location=alias.location, location=start
            )
        if isinstance(alias, Ref) and len(alias.terms) == 1:
            self.error(
                alias.location,
                "unexpected import alias, must not be a reserved name, "
                f"got: {reference_text(alias.terms)}",
            )
            return None
        self.unexpected("expected var")
        return None

    def _apply(self, statement: Import) -> None:
        """Let an import of the language take effect."""
        match statement.path.terms:
            case (Var(name="rego"), *steps):
                self._import_version(statement, _words(steps))
            case (Var(name="future"), *steps):
                self._import_keywords(statement, _words(steps))
            case _:
                return
        # The token behind the import was read before its keywords were known.
        if self.kind == IDENTIFIER:
            word = self.word
            if word in FUTURE_KEYWORDS and word in self.keywords:
                self.kind = FUTURE_KEYWORDS[word]

    def _import_version(self, statement: Import, steps: list[str]) -> None:
        if steps not in (["v1"], ["v2"]):
            path = reference_text(statement.path.terms)
            self.error(
                statement.path.location,
                f"invalid import `{path}`, must be one of: `rego.v1`, `rego.v2`",
            )
            return
        if statement.alias_location is not None:
            self.error(statement.alias_location, "`rego` imports cannot be aliased")
            return
        self.keywords.update(V1_KEYWORDS)
        if steps == ["v2"]:
            self.keywords.update(V2_KEYWORDS)
            self.not_bodies = True

    def _import_keywords(self, statement: Import, steps: list[str]) -> None:
        if not steps or steps[0] != "keywords":
            self.error(statement.path.location, "invalid import, must be `future.keywords`")
            return
        if statement.alias_location is not None:
            self.error(statement.alias_location, "`future` imports cannot be aliased")
            return
        words = list(FUTURE_KEYWORDS)
        if len(steps) == 2:
            word = steps[1]
            if word not in FUTURE_KEYWORDS:
                known = " ".join(sorted(FUTURE_KEYWORDS))
                self.error(statement.path.location, f"unexpected keyword, must be one of [{known}]")
                return
            words = [word]
        for word in words:
            self.keywords[word] = FUTURE_KEYWORDS[word]
            if word == "every":
                self.keywords["in"] = FUTURE_KEYWORDS["in"]
            if word == "not":
                self.not_bodies = True


def _words(steps: list[Term]) -> list[str]:
    return [step.value for step in steps if isinstance(step, ast.String)]
