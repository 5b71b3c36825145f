"""What matching decides, without I/O, clock or randomness: options, ranking, placements, deadlines, programmes."""
