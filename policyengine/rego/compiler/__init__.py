"""From syntax trees to Python: each stage a function from one frozen tree to the next.

``lower`` resolves names and takes apart nested terms, ``rule_tree`` places rules under ``data``,
``order`` finds an order in which every variable is bound before it is needed, ``generate`` writes
Python, ``program`` makes an ``image`` of it, and ``running`` runs one, without all the others.
"""
