"""How many vacancies a second ingest takes, from HTTP to a record that can be read on the topic, beside bare peers."""
