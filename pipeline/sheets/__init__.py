"""Indicator sheets: the deprivation figures of a recipient's municipalities, once a year, with nobody recognisable."""
