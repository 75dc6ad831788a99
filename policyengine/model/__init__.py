"""The frozen values that travel between rooms. Nothing here reads or writes anything."""
