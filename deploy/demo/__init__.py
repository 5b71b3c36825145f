"""The demonstration: real stock, simulated flow, fictional households and landlords."""
