"""The rules of a place at a date: files, their places and sources, inheritance, and what is known when."""
