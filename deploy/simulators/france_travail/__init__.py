"""A simulator of France Travail's « Offres d'emploi v2 », written from its published contract. Test tool, no product.

`universe` holds the offers, `facts` says what each one is, `rendering` writes it as the API does, `truth` says what a
reader should make of it, `searching` is the contract of a search, `app` the HTTP side with its faults, `process` a server
of its own (`ancrage feed simulator`). What the contract leaves open follows what others measured (docs/france-travail.md).
"""
