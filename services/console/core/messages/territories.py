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
    "territories.to_map": ("Voir la carte", "See the map"),
    "territories.to_table": ("Revenir au tableau", "Back to the table"),
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
    "territories.need": ("Pour un besoin", "For a need"),
    "territories.need.occupation": ("Métier", "Occupation"),
    "territories.need.occupation_hint": ("maçonnerie, ou F1703", "maçonnerie, or F1703"),
    "territories.need.budget": ("Loyer au plus (€/mois)", "Rent at most (€/month)"),
    "territories.need.up_to": ("jusqu'à {rent} hors charges", "up to {rent} without charges"),
    "territories.need.judged_for": ("Opportunité pour : {need}", "Opportunity for: {need}"),
    "territories.need.which": (
        "Plusieurs métiers peuvent convenir. Choisissez le vôtre :",
        "Several occupations may be meant. Choose yours:",
    ),
    "territories.need.no_occupation": (
        "Aucun métier ne s'appelle « {text} ». Essayez un mot de son nom, ou un code ROME (une lettre, quatre chiffres).",
        "No occupation is called “{text}”. Try a word of its name, or a ROME code (a letter, four digits).",
    ),
    "territories.need.no_budget": (
        "« {text} » n'est pas un loyer. Écrivez un montant en euros par mois, par exemple 450.",
        "“{text}” is no rent. Write an amount in euros a month, for example 450.",
    ),
    "territories.need.homes": ("Logements qui conviennent", "Homes that suit"),
    "territories.need.offers": ("Offres du métier à portée", "Offers of the occupation within reach"),
    "territories.need.openings": ("Postes à portée, métiers proches compris", "Openings within reach, near ones too"),
    "territories.need.here": ("Pour ce besoin", "For this need"),
    "territories.need.in_general": ("Tous métiers et tous logements", "All occupations and all homes"),
    "territories.need.caution.reach": (
        "À portée : dans la zone d'emploi du territoire, ou à 45 minutes.",
        "Within reach: in the territory's employment zone, or 45 minutes away.",
    ),
    "territories.need.caution.near": (
        "L'opportunité compte aussi les métiers proches ({occupations}), sans savoir quel diplôme ou permis ils "
        "demandent.",
        "Opportunity counts near occupations too ({occupations}), without knowing which diploma or licence they ask for.",
    ),
    "territories.need.caution.bands": (
        "Les loyers sont comptés par tranches : jusqu'à {rent} ici.",
        "Rents are counted by bands: up to {rent} here.",
    ),
    "territories.need.caution.unknown": (
        "« Inconnu » : personne ne publie pour ce territoire. Ce n'est pas zéro ; ces territoires viennent après.",
        "“Unknown”: nobody publishes for this territory. It is not zero; these territories come after the others.",
    ),
    "territories.need.caution.public": (
        "Ce n'est pas un classement : dans une classe, l'ordre est alphabétique, et aucun nombre sous {count} n'est dit.",
        "This is no ranking: within a class the order is alphabetical, and no count under {count} is told.",
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
    "reason.lasting_vacancy": (
        "{percent} du parc social vacant depuis plus de trois mois",
        "{percent} of social dwellings vacant for over three months",
    ),
    "reason.social_pressure": (
        "{value} demandes de logement social pour une attribution",
        "{value} social housing applications per allocation",
    ),
    "reason.structural_private_vacancy": (
        "{percent} du parc privé vacant depuis plus de deux ans",
        "{percent} of private dwellings vacant for over two years",
    ),
    "reason.affordability": (
        "{percent} des logements publiés à la portée d'un ménage de référence (sans l'APL)",
        "{percent} of published dwellings within a reference household's means (before housing benefit)",
    ),
    "reason.time_to_key": (
        "{value} jours entre logement libre et remise des clés (médiane)",
        "{value} days from free dwelling to keys (median)",
    ),
    "reason.durable_openings": (
        "{value} postes durables ouverts pour 1 000 habitants, là où l'on peut travailler",
        "{value} durable jobs open per 1,000 inhabitants within reach",
    ),
    "reason.competition": (
        "{value} demandeurs d'emploi par offre",
        "{value} jobseekers per offer",
    ),
    "reason.recruitment_difficulty": (
        "{percent} des recrutements jugés difficiles par les employeurs",
        "{percent} of hirings that employers find hard",
    ),
    "reason.seasonal_hiring": (
        "{percent} des recrutements sont saisonniers",
        "{percent} of hirings are seasonal",
    ),
    "reason.tension": (
        "Tension des métiers : {value} sur 5, mauvaises conditions déduites",
        "Occupations in tension: {value} of 5, bad conditions taken off",
    ),
    "reason.everyday_services": (
        "{percent} du panier de services de la vie courante dans la commune",
        "{percent} of everyday services in one's own commune",
    ),
    "reason.gp_access": (
        "{value} consultations de généraliste par an et par habitant",
        "{value} GP appointments a year per inhabitant",
    ),
    "reason.station_access": (
        "{percent} des habitants ont une gare dans leur commune",
        "{percent} of inhabitants have a station in their commune",
    ),
    "reason.schools": (
        "{percent} des habitants ont une école dans leur commune",
        "{percent} of inhabitants have a school in their commune",
    ),
    "reason.inclusion_services": (
        "{value} structures d'insertion et d'aide pour 1 000 habitants",
        "{value} support organisations per 1,000 inhabitants",
    ),
    "reason.experience": (
        "{percent} de parcours achevés, refus du territoire déduits",
        "{percent} of courses completed, refusals of the territory taken off",
    ),
    "reason.demography": (
        "Population : {value} % entre deux recensements",
        "Population: {value}% between two censuses",
    ),
    "reason.action_coeur_de_ville": (
        "Action cœur de ville : {value} commune(s)",
        "Action cœur de ville programme: {value} commune(s)",
    ),
    "reason.generic": ("{label} : {value} {unit}", "{label}: {value} {unit}"),
    "reason.unknown": ("{label} : donnée inconnue", "{label}: data unknown"),
    "reason.rank.best": ("mieux que presque partout", "better than almost everywhere"),
    "reason.rank.good": ("mieux que dans la plupart des territoires", "better than in most territories"),
    "reason.rank.middle": ("dans la moyenne", "about average"),
    "reason.rank.poor": ("moins bien que dans la plupart des territoires", "worse than in most territories"),
    "reason.rank.worst": ("moins bien que presque partout", "worse than almost everywhere"),
    "reason.rank.context": ("pour information, ne compte pas", "for information, carries no weight"),
    "reason.rank.unranked": (
        "sans référence pour comparer, ne compte pas",
        "nothing to compare with, carries no weight",
    ),
    "reason.rank.none": ("trop peu d'observations pour comparer", "too few observations to compare"),
    "label.indicator.live_supply": ("Logements publiés", "Published dwellings"),
    "label.indicator.official_vacancy": ("Vacance du parc social", "Social housing vacancy"),
    "label.indicator.rent_level": ("Loyer au m²", "Rent per m²"),
    "label.indicator.energy": ("Logements classés F ou G", "Dwellings rated F or G"),
    "label.indicator.job_openings": ("Postes ouverts", "Open jobs"),
    "label.indicator.durable_jobs": ("Offres durables", "Durable offers"),
    "label.indicator.licence_need": ("Permis demandé", "Licence needed"),
    "label.indicator.lasting_vacancy": ("Vacance sociale durable", "Lasting social vacancy"),
    "label.indicator.social_pressure": ("Pression de la demande sociale", "Social housing pressure"),
    "label.indicator.structural_private_vacancy": ("Vacance privée durable", "Lasting private vacancy"),
    "label.indicator.affordability": ("Logements abordables", "Affordable dwellings"),
    "label.indicator.time_to_key": ("Délai jusqu'aux clés", "Time to keys"),
    "label.indicator.durable_openings": ("Postes durables", "Durable jobs"),
    "label.indicator.competition": ("Demandeurs par offre", "Jobseekers per offer"),
    "label.indicator.recruitment_difficulty": ("Recrutements difficiles", "Hard hirings"),
    "label.indicator.seasonal_hiring": ("Recrutements saisonniers", "Seasonal hirings"),
    "label.indicator.tension": ("Tension des métiers", "Occupations in tension"),
    "label.indicator.everyday_services": ("Services de la vie courante", "Everyday services"),
    "label.indicator.gp_access": ("Accès aux médecins", "Access to doctors"),
    "label.indicator.station_access": ("Gares", "Stations"),
    "label.indicator.schools": ("Écoles", "Schools"),
    "label.indicator.inclusion_services": ("Structures d'insertion", "Support organisations"),
    "label.indicator.experience": ("Parcours achevés", "Courses completed"),
    "label.indicator.demography": ("Évolution de la population", "Population trend"),
    "label.indicator.action_coeur_de_ville": ("Action cœur de ville", "Action cœur de ville"),
    "label.indicator.absorption": ("Capacité d'accueil libre", "Free hosting capacity"),
}
