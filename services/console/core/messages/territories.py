"""Words of the territories page."""

from typing import Final

MESSAGES: Final[dict[str, tuple[str, str]]] = {
    "territories.title": ("Territoires d'opportunité", "Territories of opportunity"),
    "territories.lead": (
        "Où des logements publiés et des emplois ouverts se trouvent ensemble. Chaque publication compte en une "
        "seconde.",
        "Where published dwellings and open jobs are found together. Each publication counts within a second.",
    ),
    "territories.count.one": ("{count} territoire", "{count} territory"),
    "territories.count.other": ("{count} territoires", "{count} territories"),
    "territories.of_all": ("sur {total}", "of {total}"),
    "territories.as_of": ("Calculé {ago}", "Computed {ago}"),
    "territories.reference": ("référence {version}", "reference {version}"),
    "territories.map": ("Carte des territoires par classe", "Map of territories by class"),
    "territories.map_hint": (
        "Le tableau dit la même chose que la carte, au clavier comme à la voix.",
        "The table says what the map says, by keyboard and by voice.",
    ),
    "territories.empty": (
        "Aucun territoire ne correspond à ces filtres. Élargissez-les ou affichez tout.",
        "No territory fits these filters. Widen them or show all.",
    ),
    "territories.nothing_yet": (
        "Aucun score n'est encore calculé. Les territoires apparaissent dès que des logements et des offres sont "
        "publiés.",
        "No score is computed yet. Territories appear as soon as dwellings and offers are published.",
    ),
    "territories.stale": (
        "Le service des territoires ne répond pas : derniers chiffres connus, {ago}.",
        "The territories service does not answer: figures from {ago}.",
    ),
    "territories.name": ("Territoire", "Territory"),
    "territories.departement": ("Département", "Département"),
    "territories.region": ("Région", "Région"),
    "territories.all_of_france": ("Toute la France", "All of France"),
    "territories.class": ("Opportunité", "Opportunity"),
    "territories.vacancies": ("Logements publiés", "Published dwellings"),
    "territories.offers": ("Offres ouvertes", "Open offers"),
    "territories.openings": ("Postes", "Openings"),
    "territories.score": ("Score", "Score"),
    "territories.coverage": ("Données connues", "Data known"),
    "territories.search_name": ("Nom du territoire", "Name of the territory"),
    "territories.rows_note": (
        "{shown} lignes affichées sur {total}.",
        "{shown} rows shown of {total}.",
    ),
    "territories.under": ("moins de {count}", "under {count}"),
    "territories.class.1": ("très faible", "very low"),
    "territories.class.2": ("faible", "low"),
    "territories.class.3": ("moyenne", "medium"),
    "territories.class.4": ("forte", "high"),
    "territories.class.5": ("très forte", "very high"),
    "territories.class.none": ("donnée inconnue", "data unknown"),
    "territories.low_coverage": ("peu de données", "little data"),
    "territories.legend": ("Opportunité, en cinq classes", "Opportunity, in five classes"),
    "territories.legend_low": (
        "hachuré : moins de {share} des données connues",
        "hatched: under {share} of data known",
    ),
    "territories.choose": (
        "Choisissez un territoire dans le tableau ou sur la carte pour voir ce qui fait sa classe.",
        "Choose a territory in the table or on the map to see what makes its class.",
    ),
    "territories.inhabitants": ("{count} habitants", "{count} inhabitants"),
    "territories.why": ("Ce qui fait sa classe", "What makes its class"),
    "territories.profile": ("Profil", "Profile"),
    "territories.profile.strong": ("point fort", "strength"),
    "territories.profile.middle": ("dans la moyenne", "average"),
    "territories.profile.weak": ("point faible", "weakness"),
    "territories.profile.unknown": ("donnée inconnue", "data unknown"),
    "territories.cautions": ("Précautions de lecture", "How to read this"),
    "territories.caution.share": (
        "Une classe compare des territoires entre eux ; elle ne dit pas la qualité de vie.",
        "A class compares territories with one another; it does not tell the quality of life.",
    ),
    "territories.caution.vacancy": (
        "Vacant ne veut pas dire disponible : seuls les logements publiés par leur bailleur comptent.",
        "Vacant does not mean available: only dwellings that their landlord publishes count.",
    ),
    "territories.caution.low": (
        "Peu de données sont connues ici : la classe peut beaucoup bouger.",
        "Little is known here: the class may move a lot.",
    ),
    "territories.caution.unknown": (
        "Trop peu de données sont connues ici pour dire une classe.",
        "Too little is known here to tell a class.",
    ),
    "territories.caution.silent": (
        "Aucun flux ne parle de ce territoire pour une partie des données : elles sont inconnues, pas nulles.",
        "No feed speaks of this territory for part of the data: unknown, not zero.",
    ),
    "territories.caution.simulated": (
        "Une partie de la référence est simulée (démonstration).",
        "Part of the reference is simulated (demonstration).",
    ),
    "territories.caution.projected": (
        "La capacité d'accueil est celle déclarée pour tout le département.",
        "The capacity is the one declared for the whole département.",
    ),
    "territories.caution.small": (
        "Trop peu d'observations pour juger une partie des indicateurs : ils ne pèsent pas.",
        "Too few observations to judge some indicators: they carry no weight.",
    ),
    "territories.official": (
        "Au répertoire des logements sociaux du 1er janvier 2024",
        "Social housing register, 1 Jan 2024",
    ),
    "territories.official_stock": (
        "{dwellings} logements sociaux, dont {vacant} vacants.",
        "{dwellings} social dwellings, {vacant} of them vacant.",
    ),
    "territories.source": ("Source", "Source"),
    "territories.commitments": ("Accueil déclaré", "Declared hosting"),
    "territories.no_commitment": (
        "Rien de déclaré : à demander au territoire.",
        "Nothing declared: ask the territory.",
    ),
    "territories.unmapped": (
        "Sans contour sur la carte (île hors intercommunalité).",
        "Without outline on the map (island outside any EPCI).",
    ),
    "reason.live_supply": (
        "{value} logements publiés pour 1 000 logements sociaux",
        "{value} published dwellings per 1,000 social dwellings",
    ),
    "reason.official_vacancy": ("{percent} du parc social vacant", "{percent} of social dwellings vacant"),
    "reason.rent_level": ("Loyer publié de {value} €/m² en moyenne", "Published rent of €{value}/m² on average"),
    "reason.energy": (
        "{percent} des logements publiés classés F ou G",
        "{percent} of published dwellings rated F or G",
    ),
    "reason.job_openings": (
        "{value} postes ouverts pour 1 000 habitants dans la zone d'emploi",
        "{value} open jobs per 1,000 inhabitants in the employment area",
    ),
    "reason.durable_jobs": ("{percent} d'offres durables", "{percent} of offers are durable"),
    "reason.licence_need": ("{percent} des offres demandent le permis", "{percent} of offers need a driving licence"),
    "reason.absorption": ("{percent} de la capacité d'accueil est libre", "{percent} of the hosting capacity is free"),
    "reason.generic": ("{label} : {value} {unit}", "{label}: {value} {unit}"),
    "reason.unknown": ("{label} : donnée inconnue", "{label}: data unknown"),
    "reason.rank.best": ("mieux que presque partout", "better than almost everywhere"),
    "reason.rank.good": ("mieux que dans la plupart des territoires", "better than in most territories"),
    "reason.rank.middle": ("dans la moyenne", "about average"),
    "reason.rank.poor": ("moins bien que dans la plupart des territoires", "worse than in most territories"),
    "reason.rank.worst": ("moins bien que presque partout", "worse than almost everywhere"),
    "reason.rank.none": ("trop peu d'observations pour comparer", "too few observations to compare"),
    "label.indicator.live_supply": ("Logements publiés", "Published dwellings"),
    "label.indicator.official_vacancy": ("Vacance du parc social", "Social housing vacancy"),
    "label.indicator.rent_level": ("Loyer au m²", "Rent per m²"),
    "label.indicator.energy": ("Logements classés F ou G", "Dwellings rated F or G"),
    "label.indicator.job_openings": ("Postes ouverts", "Open jobs"),
    "label.indicator.durable_jobs": ("Offres durables", "Durable offers"),
    "label.indicator.licence_need": ("Permis demandé", "Licence needed"),
    "label.indicator.absorption": ("Capacité d'accueil libre", "Free hosting capacity"),
}
