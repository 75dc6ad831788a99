"""Audits: the question of ``check``, asked of a whole inventory, and resumable."""
