"""What Bluezone promises about speed and memory, measured beside its peers and the machine's own limits."""
