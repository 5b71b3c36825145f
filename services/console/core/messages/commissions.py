"""Words of homes that wait, of who could live in one, of commissions and of the fairness report."""

from typing import Final

MESSAGES: Final[dict[str, tuple[str, str]]] = {
    "nav.commissions": ("Commission", "Commission"),
    "held.title": ("Logements retenus", "Homes held back"),
    "held.lead": (
        "Ces logements attendent quelques jours : les donner tout de suite servirait moins bien les ménages qui cherchent. "
        "Le motif est dit pour chacun. Vous pouvez demander une proposition sans attendre.",
        "These homes wait a few days: giving them at once would serve those who are looking less well. Each says why. You "
        "can ask for a proposal without waiting.",
    ),
    "held.count.one": ("{count} logement retenu", "{count} home held back"),
    "held.count.other": ("{count} logements retenus", "{count} homes held back"),
    "held.none": (
        "Aucun logement n'est retenu : chacun est proposé dès qu'un ménage peut l'avoir.",
        "No home is held back: each is proposed as soon as a household can have it.",
    ),
    "held.home": ("Logement", "Home"),
    "held.why": ("Pourquoi attendre", "Why wait"),
    "held.until": ("Fin au plus tard", "Ends at the latest"),
    "held.do": ("Proposer sans attendre", "Propose without waiting"),
    "held.asked": (
        "C'est demandé : le logement est proposé dès qu'un ménage peut l'avoir. Une personne approuve toujours.",
        "Asked: the home is proposed as soon as a household can have it. A person always approves.",
    ),
    "held.who": ("Qui pourrait y vivre ?", "Who could live there?"),
    "prospects.title": ("Qui pourrait vivre dans ce logement", "Who could live in this home"),
    "prospects.lead": (
        "Parmi les ménages qui souhaitent ce territoire. Rien n'est dit de moins de {count} ménages.",
        "Among the households that want this territory. Nothing is said of fewer than {count} households.",
    ),
    "prospects.lead_open": (
        "Parmi les ménages qui souhaitent ce territoire, toutes organisations ensemble.",
        "Among the households that want this territory, all organisations together.",
    ),
    "prospects.looked_at": ("Souhaitent ce territoire", "Want this territory"),
    "prospects.could": ("Pourraient y vivre", "Could live there"),
    "prospects.placed": ("Pourraient, et ont une proposition", "Could, and have a proposal"),
    "prospects.few": ("moins de 5", "fewer than 5"),
    "prospects.own": ("Vos ménages qui pourraient y vivre", "Your households that could live there"),
    "prospects.reasons": ("Ce qui l'empêche pour les autres", "What stops the others"),
    "prospects.reason": ("Condition", "Condition"),
    "prospects.households": ("Ménages", "Households"),
    "prospects.partial": (
        "Le compte porte sur les ménages qui attendent depuis le plus longtemps.",
        "The count is of the households that have waited longest.",
    ),
    "why.waiting": ("Pourquoi attendre", "Why wait"),
    "why.waiting_text": (
        "Des logements possibles pour ce ménage sont retenus quelques jours. Ils sont proposés à la date dite au plus tard.",
        "Homes possible for this household are held back for a few days. They are proposed on the date given at the latest.",
    ),
    "why.changes": ("Ce qui ouvrirait des logements", "What would open homes"),
    "why.changes_text": (
        "Chaque changement a été essayé seul, avec les mêmes règles.",
        "Each change was tried by itself, with the same rules.",
    ),
    "why.nearest": ("Au plus près", "Nearest"),
    "commissions.title": ("Préparer une commission", "Prepare a commission"),
    "commissions.lead": (
        "Le meilleur usage des logements par vos ménages, avec trois candidats pour chacun. Rien n'est proposé avant votre "
        "décision ; entre ménages ne comptent que les priorités reconnues par la loi, les besoins déclarés et l'attente.",
        "The best use of the homes by your households, with three candidates for each. Nothing is proposed before you "
        "decide; between households only lawful priorities, declared needs and waiting count.",
    ),
    "commissions.where": ("Territoire (tous si vide)", "Territory (all if empty)"),
    "commissions.too": ("Compter les propositions à examiner comme libres", "Count proposals to decide as free"),
    "commissions.imagine": ("Et si un logement s'ajoutait ?", "What if one more home were there?"),
    "commissions.see": ("Voir le plan", "See the plan"),
    "commissions.keep": ("Garder ces listes courtes", "Keep these shortlists"),
    "commissions.kept": (
        "Les listes courtes sont gardées. Rien n'est encore proposé.",
        "The shortlists are kept. Nothing is proposed yet.",
    ),
    "commissions.kept_none": (
        "Aucune liste n'est gardée : aucun logement de ce plan n'a de candidat.",
        "No list is kept: no home of this plan has a candidate.",
    ),
    "commissions.nobody_left": (
        "Aucun ménage de cette liste ne peut plus recevoir ce logement (proposition en cours, logement parti, situation "
        "changée) : la liste est close, rien n'est proposé.",
        "No household of this list can have this home any more (a proposal under way, home gone, situation changed): the "
        "list is closed, nothing is proposed.",
    ),
    "commissions.placements.one": ("{count} logement attribuable", "{count} home can be given"),
    "commissions.placements.other": ("{count} logements attribuables", "{count} homes can be given"),
    "commissions.gained.one": (
        "Le logement imaginé placerait {count} ménage de plus.",
        "The imagined home would place {count} household more.",
    ),
    "commissions.gained.other": (
        "Le logement imaginé placerait {count} ménages de plus.",
        "The imagined home would place {count} households more.",
    ),
    "commissions.nothing": (
        "Aucun logement libre dans cette demande.",
        "No free home in what was asked.",
    ),
    "commissions.imagined": ("logement imaginé", "imagined home"),
    "commissions.rank": ("Rang", "Rank"),
    "commissions.candidate": ("Candidat", "Candidate"),
    "commissions.because": ("Pourquoi ce rang", "Why this rank"),
    "commissions.first": ("Choix du plan", "The plan's choice"),
    "commissions.first_of": ("Premier de la liste", "First of the list"),
    "commissions.no_candidate": ("Aucun candidat", "No candidate"),
    "commissions.waiting": ("Ménages sans logement dans ce plan", "Households without a home in this plan"),
    "commissions.lists": ("Listes courtes en cours", "Shortlists under way"),
    "commissions.lists_none": (
        "Aucune liste en cours. Gardez celles d'un plan pour en proposer les logements.",
        "No list under way. Keep those of a plan to propose its homes.",
    ),
    "commissions.propose": ("Proposer au premier", "Propose to the first"),
    "commissions.close": ("Clore la liste", "Close the list"),
    "commissions.passed_over": (
        "Un candidat de la liste a déjà une proposition en cours : il a été passé, et le logement proposé au suivant. "
        "Le lien est dans la liste.",
        "A candidate of the list has a proposal under way already: it was passed over, and the home proposed to the next. "
        "The link is in the list.",
    ),
    "commissions.other_proposal": ("Une autre proposition est en cours.", "Another proposal is under way."),
    "commissions.see_proposal": ("Voir la proposition", "See the proposal"),
    "commissions.closed_too": ("Montrer aussi les listes closes", "Show closed lists too"),
    "commissions.open_only": ("Ne montrer que les listes en cours", "Show lists under way only"),
    "commissions.closed_on": ("close le {day}", "closed on {day}"),
    "commissions.passed": ("passé", "passed over"),
    "commissions.proposed": ("proposition faite", "proposal made"),
    "commissions.next_alone": (
        "En cas de refus, le suivant est proposé sans autre demande ; vous l'approuvez comme les autres.",
        "On refusal the next is proposed without being asked for; you approve it like any other.",
    ),
    "commissions.unknown_place": ("Lieu inconnu : la demande n'en tient pas compte.", "Unknown place: it is left out."),
    "rules.title": ("Vos règles de budget", "Your budget rules"),
    "rules.lead": (
        "Elles valent pour tous vos logements. Elles disent qui peut payer, jamais qui passe avant.",
        "They hold for all your homes. They say who can pay, never who comes first.",
    ),
    "rules.ceiling": ("Part du loyer dans les ressources, au plus", "Share of rent in resources, at most"),
    "rules.ceiling_hint": (
        "Aide au logement déduite. Vide : le seuil d'usage, 33 %.",
        "Housing benefit deducted. Empty: the usual ceiling, 33%.",
    ),
    "rules.left": ("Reste à vivre, au moins", "Left to live on, at least"),
    "rules.left_hint": ("Par jour et par personne, aide déduite.", "Each day and person, benefit deducted."),
    "rules.save": ("Enregistrer ces règles", "Save these rules"),
    "rules.saved": ("Règles enregistrées.", "Rules saved."),
    "fairness.title": ("Équité", "Fairness"),
    "fairness.lead": (
        "Qui a reçu une proposition et qui a été servi, par groupe, à côté de ce qui était possible au mieux.",
        "Who received a proposal and who was served, by group, beside the best that was possible.",
    ),
    "fairness.days": ("Période", "Period"),
    "fairness.days_of": ("{count} derniers jours", "last {count} days"),
    "fairness.exposed": ("ont reçu une proposition", "received a proposal"),
    "fairness.served": ("ont accepté un logement", "accepted a home"),
    "fairness.optimum": ("possible au mieux, vu d'aujourd'hui", "best possible, seen from today"),
    "fairness.group": ("Groupe", "Group"),
    "fairness.households": ("Ménages", "Households"),
    "fairness.waited": ("Attente médiane", "Median wait"),
    "fairness.months": ("mois", "months"),
    "fairness.few": ("moins de {count}", "fewer than {count}"),
    "fairness.sample": (
        "Sur un échantillon de {count} ménages tirés au sort.",
        "On a sample of {count} households drawn by lot.",
    ),
    "fairness.answers": ("Réponses attendues et reçues", "Answers expected and received"),
    "fairness.answers_text": (
        "Sur {count} réponses, {expected} d'acceptations étaient attendues, {accepted} sont venues.",
        "Of {count} answers, {expected} were expected to accept, {accepted} did.",
    ),
    "fairness.pending": (
        "Le rapport est en cours de calcul ; il est attendu pour {at}.",
        "The report is being reckoned; it is expected at {at}.",
    ),
    "fairness.late": (
        "Le calcul du rapport tarde. S'il ne vient pas, prévenez l'exploitation : matching.prices le fait.",
        "The report is late. If it does not come, tell operations: matching.prices makes it.",
    ),
    "fairness.again": ("Actualiser", "Look again"),
    "fairness.computed": ("Calculé le {at}.", "Reckoned on {at}."),
    "fairness.empty": ("Pas encore de ménage à compter.", "No household to count yet."),
    "households.contingents": ("Contingents qui l'ont désigné", "Contingents that designated it"),
    "households.contingents_hint": (
        "Un logement réservé ne va qu'aux ménages de son contingent. Le DALO ouvre celui de l'État.",
        "A reserved home goes only to households of its contingent. DALO opens the State's.",
    ),
    "households.moves_from": ("Peut emménager à partir du", "Can move in from"),
    "households.moves_by": ("Doit emménager avant le", "Must move in by"),
    "households.candidate_until": ("Reste candidat jusqu'au", "Stays a candidate until"),
}
