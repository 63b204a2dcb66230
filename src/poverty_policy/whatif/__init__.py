"""What-ifs: two rule sets beside each other on one population."""
