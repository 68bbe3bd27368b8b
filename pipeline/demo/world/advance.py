def advance_world(store, seed, scale, as_of, tell): return False
