"""A synthetic Flanders for the agency's tables: true to life where figures are published, and nobody in it exists."""

from pipeline.demo.world.synthesize import WorldSummary, synthesize

__all__ = ["WorldSummary", "synthesize"]
