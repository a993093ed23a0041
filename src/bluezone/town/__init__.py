"""A virtual town: many phones, one radio, one clock; for rehearsal, demonstration and load."""
