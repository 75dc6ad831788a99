"""Rules as Python functions: one for each clause, and one for the document that they make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import Literal

from policyengine.rego.compiler import core, variables
from policyengine.rego.compiler.body_writer import BodyWriter, Names
from policyengine.rego.compiler.core import Clause, Variable
from policyengine.rego.compiler.emitter import Emitter
from policyengine.rego.compiler.general_heads import empty_documents, path_below
from policyengine.rego.compiler.goals import (
    AddMember,
    Goal,
    PutPath,
    ReturnValue,
    SameValue,
    only_at,
)
from policyengine.rego.compiler.guards import write_guards
from policyengine.rego.compiler.iteration import iterates
from policyengine.rego.compiler.keyed import depth_of, is_asked_by_key, keys_of_head
from policyengine.rego.compiler.make import Make
from policyengine.rego.compiler.makes import decorate, gathering, note_rule
from policyengine.rego.compiler.modules import package_path
from policyengine.rego.compiler.owners import Definition
from policyengine.rego.compiler.parts import Parts
from policyengine.rego.compiler.trace_writer import entering_rule, passed_over
from policyengine.rego.compiler.tree import TreeNode
from policyengine.rego.runtime.values import UNDEFINED, Value, equal


def write_rules(parts: Parts) -> int:
    """Write all rules of the tree, and return how many documents they make."""
    return _Rules(parts).write()


class _Rules:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._documents = 0

    def write(self) -> int:
        nodes = list(_nodes(self._parts.tree))
        for node, below_general in nodes:
            if node.clauses and (node.is_function or not below_general):
                self._parts.own(node.clauses[0])
                node.function = self._parts.function_name("f" if node.is_function else "r")
                cheap = self._parts.make.may_narrow and is_asked_by_key(node)
                depth = depth_of(node) if self._parts.by_keys else int(cheap)
                node.by_keys = [self._parts.function_name("q") for _ in range(depth)]
        for node, _ in nodes:
            if node.function:
                self._node(node)
        return self._documents

    def _node(self, node: TreeNode) -> None:
        if node.is_function:
            self._function(node)
        elif node.is_general:
            self._object(node)
        elif any(clause.key is not None for clause in node.clauses):
            self._set(node)
        else:
            self._complete(node)

    # ---- one document ------------------------------------------------------------------------

    def _function(self, node: TreeNode) -> None:
        if self._is_plain(node):
            self._single(node, node.clauses[0], node.function)
            return
        arity = len(node.clauses[0].args)
        args = [f"a{index}" for index in range(arity)]
        emitter = Emitter(node.function, ["c", *args], "return U")
        emitter.emit("c.charge(1)")
        self._first_defined(emitter, node, args)
        emitter.close("return v")
        decorate(self._parts, emitter, "explained_value")
        self._parts.functions.append(emitter)

    def _is_plain(self, node: TreeNode) -> bool:
        """Whether what a function gives is what its one clause gives."""
        only, *others = node.clauses
        return (
            self._parts.make is Make.PLAIN
            and not others
            and not only.branches
            and not only.is_default
        )

    def _complete(self, node: TreeNode) -> None:
        emitter, slot = self._document(node)
        self._first_defined(emitter, node, [])
        self._close(emitter, slot)
        decorate(self._parts, emitter, "explained_value")

    def _first_defined(self, emitter: Emitter, node: TreeNode, args: list[str]) -> None:
        call = ", ".join(["c", *args])
        clauses = [clause for clause in node.clauses if not clause.is_default]
        same = _same_constant(clauses)
        emitter.emit("v = U")
        for index, clause in enumerate(clauses):
            name = self._clause(node, clause)
            if index == 0:
                emitter.emit(f"v = {name}({call})")
            elif same:
                emitter.emit(f"if v is U: v = {name}({call})")
            else:
                site = self._parts.constants.site(clause.location)
                emitter.emit(f"t = {name}({call})")
                emitter.emit("if t is not U:")
                emitter.emit("    if v is U: v = t")
                emitter.emit(f"    elif not equal(v, t): conflict({site})")
        for clause in node.clauses:
            if clause.is_default:
                name = self._clause(node, clause)
                emitter.emit(f"if v is U: v = {name}({call})")

    def _set(self, node: TreeNode) -> None:
        emitter, slot = self._document(node)
        emitter.emit("out = {}")
        for clause in node.clauses:
            emitter.emit(f"{self._into(node, clause, (), 'out')}(c, out)")
        emitter.emit("v = RegoSet(out)")
        self._close(emitter, slot)
        self._by_keys(node, slot, {})
        decorate(self._parts, emitter, "explained_collection")

    def _object(self, node: TreeNode) -> None:
        emitter, slot = self._document(node)
        emitter.emit("out = PartialObject()")
        clauses = [clause for clause in node.all_clauses() if not clause.is_function]
        complete: dict[Clause, str] = {}
        for path, kind in empty_documents(node.path, clauses):
            emitter.emit(f"put_empty(out, {self._keys(path)}, {kind})")
        for clause in clauses:
            suffix = path_below(node.path, clause)
            if clause.is_default or clause.branches or not suffix:
                complete[clause] = self._clause(node, clause)
                self._put(emitter, complete[clause], clause, suffix)
            else:
                emitter.emit(f"{self._into(node, clause, suffix, 'out')}(c, out)")
        emitter.emit("v = finish(out)")
        self._close(emitter, slot)
        self._by_keys(node, slot, complete)
        decorate(self._parts, emitter, "explained_collection")

    def _keys(self, path: Sequence[Value]) -> str:
        return f"({''.join([f'{self._parts.constants.constant(key)}, ' for key in path])})"

    def _put(
        self, emitter: Emitter, function: str, clause: Clause, suffix: tuple[core.Operand, ...]
    ) -> None:
        """Put the one value of a clause whose head has no variables."""
        site = self._parts.constants.site(clause.location)
        keys = self._keys([key.value for key in suffix if isinstance(key, core.Const)])
        put = "put_default" if clause.is_default else "put_value"
        emitter.emit(f"t = {function}(c)")
        emitter.emit(f"if t is not U and {put}(out, {keys}, t): conflict({site})")

    def _by_keys(self, node: TreeNode, slot: int, complete: Mapping[Clause, str]) -> None:
        for depth, name in enumerate(node.by_keys, start=1):
            emitter = Emitter(name, ["c", *_key_names(depth)], "return U")
            self._at_keys(emitter, node, slot, _key_names(depth), complete)
            emitter.close("return v")
            decorate(self._parts, emitter, "explained_key")
            self._parts.functions.append(emitter)

    def _at_keys(
        self,
        emitter: Emitter,
        node: TreeNode,
        slot: int,
        names: list[str],
        complete: Mapping[Clause, str],
    ) -> None:
        """What the document has under some keys, and no other of it.

        In a document that is there already, or that ``with`` may have replaced, it is looked up.
        """
        keys = f"({', '.join(names)},)"
        path = self._parts.constants.thing("p", node.path)
        hidden = f"c.replaced and c.hides({path})" if self._parts.by_keys else "c.replaced"
        emitter.emit(f"if c.cache[{slot}] is not MISSING or {hidden}:")
        # Kept paths are those of every evaluation; so nothing is remembered.
        is_kept = self._parts.make is not Make.EXPLAINED
        if not is_kept:
            emitter.emit(f"    c.session.record.step({node.function}(c), a0)")
        emitter.emit(f"    return at({node.function}(c), {keys})")
        if is_kept:
            known = self._documents
            self._documents += 1
            emitter.emit(f"known = c.cache[{known}]")
            emitter.emit(f"if known is MISSING: known = c.cache[{known}] = {{}}")
            one = "a0 if type(a0) is str else key_of(a0)"
            emitter.emit(f"k = {one if len(names) == 1 else f'key_of([{keys[1:-2]}])'}")
            emitter.emit("v = known.get(k, MISSING)")
            emitter.emit("if v is not MISSING: return v")
        emitter.emit("c.charge(1)")
        emitter.emit("out = PartialObject()" if node.is_general else "out = {}")
        clauses = [clause for clause in node.all_clauses() if not clause.is_function]
        for place, kind in empty_documents(node.path, clauses) if node.is_general else ():
            condition = self._condition(names, place)
            emitter.emit(f"{condition} put_empty(out, {self._keys(place)}, {kind})")
        for clause in clauses:
            heads = keys_of_head(node.path, clause)
            constants = [
                head.value if isinstance(head, core.Const) else UNDEFINED for head in heads
            ]
            suffix = path_below(node.path, clause)
            condition = self._condition(names, constants)
            with emitter.block(condition) if condition else nullcontext():
                if clause in complete:
                    self._put(emitter, complete[clause], clause, suffix)
                else:
                    into = self._into(node, clause, suffix, "out", names=names)
                    emitter.emit(f"{into}({', '.join(['c', *names, 'out'])})")
            if condition and self._parts.make is Make.TRACED:
                emitter.emit(f"else: {passed_over(self._parts, clause)}")
        made = "finish(out)" if node.is_general else "RegoSet(out)"
        emitter.emit(f"v = at({made}, {keys})")
        if is_kept:
            emitter.emit("known[k] = v")

    def _condition(self, names: list[str], place: Sequence[Value]) -> str:
        """The constants of a head are the keys that are asked for."""
        tests = [
            f"equal({name}, {self._parts.constants.constant(value)})"
            for name, value in zip(names, place, strict=False)
            if value is not UNDEFINED
        ]
        return f"if {' and '.join(tests)}:" if tests else ""

    def _document(self, node: TreeNode) -> tuple[Emitter, int]:
        slot = self._documents
        self._documents += 1
        path = self._parts.constants.thing("p", node.path)
        emitter = Emitter(node.function, ["c"], "return U")
        emitter.emit(f"v = c.cache[{slot}]")
        emitter.emit("if v is not MISSING: return v")
        emitter.emit(f"if c.replaced and c.hides({path}): return c.base({path})")
        emitter.emit("c.charge(1)")
        return emitter, slot

    def _close(self, emitter: Emitter, slot: int) -> None:
        emitter.emit(f"c.cache[{slot}] = v")
        emitter.close("return v")
        self._parts.functions.append(emitter)

    # ---- one clause --------------------------------------------------------------------------

    def _clause(self, node: TreeNode, clause: Clause) -> str:
        """A function that gives the clause's value, or that of its first ``else`` that holds."""
        chain = [clause, *clause.branches]
        names = [self._single(node, branch) for branch in chain]
        if len(names) == 1:
            self._define(clause, "value", names[0])
            return names[0]
        args = ", ".join(["c", *[f"a{index}" for index in range(len(clause.args))]])
        name = self._parts.function_name("o")
        emitter = Emitter(name, [args], "return U")
        for branch in names[:-1]:
            emitter.emit(f"v = {branch}({args})")
            emitter.emit("if v is not U: return v")
        emitter.close(f"return {names[-1]}({args})")
        self._parts.functions.append(emitter)
        self._define(clause, "value", name)
        return name

    def _define(
        self, clause: Clause, kind: Literal["value", "set", "object"], function: str
    ) -> None:
        if clause.is_function or (clause.is_default and self._has_others(clause)):
            return
        package = package_path(clause.module)
        self._parts.definitions.append(
            Definition(
                package=package,
                name=clause.path[len(package)],
                file=clause.rule.location.file,
                row=clause.rule.location.row,
                kind=kind,
                function=function,
            )
        )

    def _has_others(self, default: Clause) -> bool:
        node = self._parts.find(default.path)
        return node is not None and any(not clause.is_default for clause in node.all_clauses())

    def _single(self, node: TreeNode, clause: Clause, function: str = "") -> str:
        """A function for one clause, or the whole ``function`` that has but this clause."""
        self._parts.own(clause)
        name = function or self._parts.function_name(f"{node.function}_")
        args = [f"a{index}" for index in range(len(clause.args))]
        emitter = Emitter(name, ["c", *args], "return U")
        writer = self._writer(emitter)
        value = clause.value
        if value is None:
            value = core.Const(value=True, location=clause.location)
        many = iterates(clause.body, argument_variables(clause)) and not isinstance(
            value, core.Const
        )
        if many:
            emitter.emit("out = []")
            site = self._parts.constants.site(clause.location)
            goal: Goal = SameValue(operands=(value,), parameters=("out",), site=site)
        else:
            goal = ReturnValue(operands=(value,), returns=True)
        is_early = _exits_early(node)
        with entering_rule(writer, goal, clause, is_early=is_early) as told:
            self._arguments(writer, clause, args)
            if self._parts.make.may_narrow:
                write_guards(writer, clause.body)
            noted = note_rule(self._parts, emitter, told, clause.location, None)
            if many:
                with gathering(writer, noted) as gathered:
                    writer.run(clause.body, gathered)
                    emitter.leave()
            else:
                writer.run(clause.body, noted)
        if function:
            emitter.count_call()
        emitter.close("return out[0] if out else U" if many else "return U")
        decorate(self._parts, emitter, "explained_clause")
        self._parts.functions.append(emitter)
        return name

    def _into(
        self,
        node: TreeNode,
        clause: Clause,
        suffix: tuple[core.Operand, ...],
        out: str,
        *,
        names: Sequence[str] = (),
    ) -> str:
        """A function that puts what the clause gives into a collection.

        ``names``: it is handed keys too, and puts what the clause gives under these.
        """
        self._parts.own(clause)
        name = self._parts.function_name(f"{node.function}_")
        emitter = Emitter(name, ["c", *names, out], "return")
        writer = self._writer(emitter)
        goal: Goal
        if not suffix:
            member = clause.key if clause.key is not None else clause.value
            goal = AddMember(operands=() if member is None else (member,), parameters=(out,))
        else:
            leaf = clause.key if clause.value is None else clause.value
            goal = PutPath(
                operands=(*suffix, *(() if leaf is None else (leaf,))),
                parameters=(out,),
                is_member=clause.value is None,
                site=self._parts.constants.site(clause.location),
            )
        if self._parts.make.may_narrow:
            write_guards(writer, clause.body)
        member = goal.operands[0] if goal.operands else None
        goal = note_rule(self._parts, emitter, goal, clause.location, member)
        computed: list[tuple[core.Operand, str]] = []
        with entering_rule(writer, goal, clause, is_early=False) as told:
            for head, key in zip(keys_of_head(node.path, clause), names, strict=False):
                if isinstance(head, core.Local):
                    writer.match(head, key)
                elif not isinstance(head, core.Const):
                    computed.append((head, key))
            writer.run(clause.body, only_at(told, computed))
        emitter.close("return")
        self._parts.functions.append(emitter)
        if not names:
            self._define(clause, "object" if suffix else "set", name)
        return name

    def _writer(self, emitter: Emitter) -> BodyWriter:
        return BodyWriter(self._parts, emitter, Names(), {})

    def _arguments(self, writer: BodyWriter, clause: Clause, args: list[str]) -> None:
        for arg, name in zip(clause.args, args, strict=True):
            writer.match(arg, name)


def _key_names(depth: int) -> list[str]:
    return [f"a{index}" for index in range(depth)]


def _exits_early(node: TreeNode) -> bool:
    """Whether OPA ends such a rule with its first solution, as all give the same."""
    clauses = [clause for clause in node.clauses if not clause.is_default]
    return _same_constant(clauses) and not any(clause.branches for clause in clauses)


def argument_variables(clause: Clause) -> set[Variable]:
    return {v for arg in clause.args for v in variables.of_operand(arg)}


def _nodes(root: TreeNode) -> list[tuple[TreeNode, bool]]:
    """All nodes, each with whether a node above it is general."""
    found: list[tuple[TreeNode, bool]] = []
    pending = [(root, False)]
    while pending:
        node, below = pending.pop()
        found.append((node, below))
        inside = below or node.is_general
        pending += [(child, inside) for child in reversed(node.children.values())]
    return found


def _same_constant(clauses: list[Clause]) -> bool:
    """Whether all clauses give one and the same constant, so that the first one decides."""
    values = [branch.value for clause in clauses for branch in (clause, *clause.branches)]
    first = values[0] if values else None
    return isinstance(first, core.Const) and all(
        isinstance(value, core.Const) and equal(value.value, first.value) for value in values
    )
