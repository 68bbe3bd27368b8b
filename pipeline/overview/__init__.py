"""The answer to parliament: which authorities exchange, under which papers, on any day."""
