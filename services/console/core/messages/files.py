"""Words of the pages of files sent, and of withdrawals that wait for a person."""

from typing import Final

MESSAGES: Final[dict[str, tuple[str, str]]] = {
    "nav.files": ("Envois", "Files"),
    "files.title": ("Fichiers envoyés", "Files sent"),
    "files.lead": (
        "Chaque fichier reçu, et ce qu'est devenue chacune de ses lignes.",
        "Each file received, and what became of each of its lines.",
    ),
    "files.none": (
        "Aucun fichier reçu. Un fichier s'envoie par l'API ou par la commande « ancrage ingest ».",
        "No file received. A file is sent by the API or by the command “ancrage ingest”.",
    ),
    "files.all": ("Tous les envois", "All files"),
    "files.waiting": ("Retraits en attente", "Withdrawals that wait"),
    "files.waiting_text": (
        "Une liste complète ne contient plus une grande part de ce qui est publié : un export coupé dirait la même chose. "
        "Rien n'est retiré avant qu'une personne ne décide.",
        "A full list lacks much of what is published: a truncated export would say the same. Nothing is withdrawn before a "
        "person decides.",
    ),
    "files.look": ("Regarder et décider", "Look and decide"),
    "files.see": ("Voir le détail", "See the details"),
    "files.decide_text": (
        "Refuser laisse tout publié ; une nouvelle liste complète sera jugée à son arrivée. Confirmer retire à l'instant "
        "ce qui est absent, sauf ce qui a été publié de nouveau depuis.",
        "Rejecting leaves everything published; a new full list will be judged when it comes. Confirming withdraws at "
        "once what is absent, except what was published anew since.",
    ),
    "files.reject": ("Refuser les retraits", "Reject the withdrawals"),
    "files.confirm.one": ("Retirer {count} référence", "Withdraw {count} reference"),
    "files.confirm.other": ("Retirer {count} références", "Withdraw {count} references"),
    "files.absent": ("Publiées, et absentes de la liste", "Published, and absent from the list"),
    "files.absent_more": ("et {count} autres", "and {count} more"),
    "files.open_file": ("Voir le fichier et ses lignes", "See the file and its lines"),
    "files.done.applied": ("Les références absentes sont retirées.", "The absent references are withdrawn."),
    "files.done.rejected": ("Rien n'est retiré.", "Nothing is withdrawn."),
    "files.when": ("Reçu", "Received"),
    "files.who": ("De", "From"),
    "files.what": ("Contenu", "Content"),
    "files.state": ("État", "State"),
    "files.lines": ("Lignes", "Lines"),
    "files.changed": ("Publiées", "Published"),
    "files.rejected": ("Rejetées", "Rejected"),
    "files.withdrawn": ("Retirées", "Withdrawn"),
    "files.full": ("liste complète", "full list"),
    "files.dry": ("essai à blanc", "dry run"),
    "files.more": ("Envois plus anciens", "Older files"),
    "files.more_lines": ("Lignes suivantes", "Next lines"),
    "files.no_line": ("Aucune ligne n'a ce sort.", "No line has this fate."),
    "files.one": ("Fichier du {when}", "File of {when}"),
    "files.interrupted_text": (
        "L'envoi s'est arrêté après {lines} lignes, qui restent écrites. Envoyez de nouveau le même fichier.",
        "The file stopped after {lines} lines, which stay written. Send the same file again.",
    ),
    "files.refused_text": (
        "Ce fichier n'a pas pu être lu et rien n'en est publié. La réponse à l'envoi a dit quoi corriger ; corrigez-le et "
        "envoyez-le de nouveau.",
        "This file could not be read and nothing of it is published. The answer to it said what to correct; correct it and "
        "send it again.",
    ),
    "files.ignored_columns": ("Colonnes que rien ne lit :", "Columns that nothing reads:"),
    "files.like": ("proche de {name}", "like {name}"),
    "files.fate": ("Sort", "Fate"),
    "files.line": ("Ligne", "Line"),
    "files.why": ("Motif et remède", "Reason and remedy"),
    "label.file_kind.vacancies": ("Logements", "Dwellings"),
    "label.file_kind.offers": ("Offres d'emploi", "Job offers"),
    "label.run_state.receiving": ("En cours", "Being received"),
    "label.run_state.finished": ("Terminé", "Finished"),
    "label.run_state.interrupted": ("Interrompu", "Interrupted"),
    "label.run_state.refused": ("Refusé", "Refused"),
    "label.fate.created": ("Créée", "Created"),
    "label.fate.updated": ("Modifiée", "Updated"),
    "label.fate.unchanged": ("Inchangée", "Unchanged"),
    "label.fate.superseded": ("Devancée", "Superseded"),
    "label.fate.rejected": ("Rejetée", "Rejected"),
    "label.fate.ignored": ("Ignorée", "Ignored"),
    "label.fate.withdrawn": ("Retirée, absente de la liste", "Withdrawn, absent from the list"),
    "label.snapshot_state.quarantined": ("En attente", "Waiting"),
    "label.snapshot_state.applying": ("Retraits en cours", "Withdrawing"),
    "label.snapshot_state.applied": ("Appliquée", "Applied"),
    "label.snapshot_state.blocked": ("Sans retrait", "Nothing withdrawn"),
    "label.snapshot_state.rejected": ("Refusée", "Rejected"),
    "label.snapshot_state.replaced": ("Remplacée", "Replaced"),
    "label.snapshot_state.tried": ("Essai à blanc", "Dry run"),
}
