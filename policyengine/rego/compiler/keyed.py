"""Which partial rules can be asked for one key without making all of them, as OPA asks them.

``o[k] := v if some k, v in input.items`` gives ``o["a"]`` by one look-up: with ``k`` bound first,
``input.items[k]`` is no loop. Rules are asked so only where what comes before that look-up costs
next to nothing: else many keys, each by itself, would cost more than all of them at once.
"""

from __future__ import annotations

from typing import Final

from policyengine.rego.compiler import core, variables
from policyengine.rego.compiler.core import Clause, Path, Variable
from policyengine.rego.compiler.general_heads import path_below
from policyengine.rego.compiler.tree import TreeNode

# Each clause is asked for each key.
_MOST_CLAUSES: Final = 16


def key_of_head(clause: Clause) -> core.Operand | None:
    """What stands for the key in the head of a partial rule."""
    return clause.suffix[0] if clause.suffix else clause.key


def keys_of_head(above: Path, clause: Clause) -> tuple[core.Operand, ...]:
    """What stands for the keys, in the document at ``above``; of a set also for its member."""
    member = () if clause.key is None or clause.value is not None else (clause.key,)
    return (*path_below(above, clause), *member)


def depth_of(node: TreeNode) -> int:
    """How many keys the document of a partial rule can be asked for."""
    if not node.is_general and all(clause.key is None for clause in node.clauses):
        return 0
    clauses = [clause for clause in node.all_clauses() if not clause.is_function]
    return max((len(keys_of_head(node.path, clause)) for clause in clauses), default=0)


def is_asked_by_key(node: TreeNode) -> bool:
    """Whether the document at ``node`` can be asked for one key."""
    clauses = node.clauses
    if node.children or not 0 < len(clauses) <= _MOST_CLAUSES:
        return False
    # A general head that stands beside complete rules makes one document with these.
    is_object = node.is_general
    return all(
        not clause.is_default
        and not clause.is_function
        and not clause.branches
        and len(clause.suffix) == is_object
        and _is_given(key_of_head(clause), clause.body)
        for clause in clauses
    )


def _is_given(key: core.Operand | None, body: core.Body) -> bool:
    if isinstance(key, core.Local):
        return _is_looked_up(key.variable, body)
    return isinstance(key, core.Const)


def _is_looked_up(key: Variable, body: core.Body) -> bool:
    """Whether the first that ``body`` says of ``key`` is a look-up, and no loop stands before."""
    bound: set[Variable] = set()
    for statement in body:
        action = statement.action
        if statement.negated or statement.replacements:
            return False
        terms: tuple[core.CoreTerm, ...]
        match action:
            case core.Equation():
                terms = (action.a, action.b)
            case core.Test():
                terms = (action.term,)
            case _:
                return False
        for term in terms:
            if isinstance(term, core.Comprehension):
                return False
            if isinstance(term, core.Reference):
                for step in term.path:
                    if isinstance(step, core.Local) and step.variable is key:
                        return True
                    if any(variable not in bound for variable in variables.of_operand(step)):
                        return False
        bound |= variables.of_statement(statement)
        if key in bound:
            return False
    return False
