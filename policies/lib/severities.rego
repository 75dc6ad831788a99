# METADATA
# title: The scale of severities
package policyengine.lib.severities

ranks := {"unknown": 0, "none": 1, "negligible": 2, "low": 3, "medium": 4, "high": 5, "critical": 6}

# METADATA
# description: Whether the severity is as bad as the threshold, or worse.
at_least(severity, threshold) if ranks[severity] >= ranks[threshold]
