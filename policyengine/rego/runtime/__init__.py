"""What compiled policies run on: values, limits and builtin functions."""
