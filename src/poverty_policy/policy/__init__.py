"""Composable policy objects: they hold parameters and describe calculations; they never calculate."""
