"""What tests share."""

from pathlib import Path

PROJECT = Path(__file__).parents[2]
"""The checkout."""
