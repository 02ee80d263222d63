"""Pure values and functions: no I/O, no protocol types, nothing that can fail for reasons outside its arguments."""
