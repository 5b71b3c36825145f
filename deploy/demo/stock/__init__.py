"""The real stock that the demonstration replays: `stock.load()`, `.in_region()`, `.in_departement()`.

>>> load().offers_total
925168
"""

from deploy.demo.stock.reading import ATTRIBUTION, OFFERS_AS_OF, VACANCIES_AS_OF, OfferRow, Stock, VacancyRow, load

__all__ = ["ATTRIBUTION", "OFFERS_AS_OF", "VACANCIES_AS_OF", "OfferRow", "Stock", "VacancyRow", "load"]
