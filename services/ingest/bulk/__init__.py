"""Files of vacancies or offers: read as they arrive, checked line by line, written chunk by chunk, reported."""
