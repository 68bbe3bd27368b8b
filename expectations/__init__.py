"""What the agency's data must satisfy: one suite of expectations per feed, judged by Great Expectations.

Great Expectations judges the facts that the SQL of sql/source/check/ counted: one row per feed, counts and ages, never
a value of a person. The rules are plain values, so that a re-check before one delivery needs no second import of it.
"""
