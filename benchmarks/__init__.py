"""How fast it is, measured beside something else in the same run: absolute times move from machine to machine, ratios do not."""
