"""``every`` as Python: a loop that ends with the first element that has no solution."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policyengine.rego.compiler import core
from policyengine.rego.compiler.goals import Flag, Found
from policyengine.rego.compiler.makes import attempt
from policyengine.rego.compiler.trace_writer import each_of_every, entering_every
from policyengine.rego.syntax.source import Location

if TYPE_CHECKING:
    from policyengine.rego.compiler.body_writer import BodyWriter


def write_every(writer: BodyWriter, every: core.Universal, place: Location) -> None:
    """Write ``every``, at ``place``: it gives up with the first element that has no solution."""
    domain = writer.named(writer.operand(every.domain))
    writer.emitter.fail_if(f"not is_collection({domain})")
    writer.emitter.emit(f"{writer.context}.charge(len({domain}))")
    flag = writer.names.fresh("n")
    writer.emitter.emit(f"{flag} = True")
    with (
        attempt(writer, flag, sums_up=True),
        entering_every(writer, every, flag, place),
        writer.scope(),
    ):
        value = writer.bound[every.value] = writer.names.fresh("v")
        header = f"for {value} in ({domain} if type({domain}) is list else elements({domain})):"
        if every.key is not None:
            key = writer.bound[every.key] = writer.names.fresh("v")
            header = f"for {key}, {value} in items({domain}):"
        with writer.emitter.block(header, fail="break"):
            in_line = writer.is_in_line(every.body)
            goal = Flag(parameters=(flag,)) if in_line else Found(returns=True)
            with each_of_every(writer, every, goal, place) as told:
                if in_line:
                    writer.emitter.emit(f"{flag} = False")
                    writer.run(every.body, told)
                else:
                    call = writer.function(every.body, told, "e", end="return False")
                    writer.emitter.emit(f"{flag} = {call}")
                    writer.emitter.emit(f"if not {flag}: break")
    writer.emitter.fail_if(f"not {flag}")
