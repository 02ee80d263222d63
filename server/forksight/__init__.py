"""Forksight: foresight over your Claude Code forks."""

__version__ = "0.1.0"
