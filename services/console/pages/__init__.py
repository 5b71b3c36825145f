"""Pages, one module per noun: read the APIs, hand values to the core, render."""
