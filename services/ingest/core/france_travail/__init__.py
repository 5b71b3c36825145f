"""What is known of France Travail's « Offres d'emploi v2 », as values: its offers, its paging, how a walk is cut. Pure.

Sources: the API's published documentation, and what others measured on the live API (docs/france-travail.md says which
is which, and what nobody here could verify).
"""
