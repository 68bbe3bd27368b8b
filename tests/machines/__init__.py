"""Several machines on one: `make test-machines`, since it takes minutes and an environment of its own."""
