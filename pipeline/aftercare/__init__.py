"""After a drop counts: what became of it, who is told to drop whom, what is taken away. Every hour, apart from the
night."""
