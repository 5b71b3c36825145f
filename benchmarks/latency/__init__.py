"""How long an accepted publication takes to be seen in the scores, and where the time goes."""
