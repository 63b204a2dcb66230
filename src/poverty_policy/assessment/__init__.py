"""One case: from its facts to an outcome, and from the outcome to a statement."""
