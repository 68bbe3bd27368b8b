"""Every rule bites: each condition of the gate's SQL turned, one at a time, and who notices: `make proof`."""
