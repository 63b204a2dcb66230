"""Rules as a graph of formulas, and what reads such a graph. Knows nothing of policy."""
