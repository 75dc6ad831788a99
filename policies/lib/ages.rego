# METADATA
# title: Ages
# description: Ages in whole days, reckoned from the evaluation's clock.
package policyengine.lib.ages

day := 86400000000000

# METADATA
# description: The age in whole days of something made at this instant, in nanoseconds.
days(made_ns) := floor((input.evaluated_at_ns - made_ns) / day)

# METADATA
# description: Whether the instant lies more than a day ahead of the clock; clocks differ by less.
in_future(made_ns) if made_ns > input.evaluated_at_ns + day
