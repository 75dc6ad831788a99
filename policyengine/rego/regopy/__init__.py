"""regopy (rego-cpp) as an engine: always in a process of its own, and never believed blindly."""
