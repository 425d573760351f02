"""The users, their permissions and their devices."""

from __future__ import annotations

from mock_api.console.words.row import Words

WORDS = {
    "nav.users": Words("Users", "Utenti"),
    "users.missing": Words(
        "There is no such user, or it does not exist for you.",
        "Questo utente non esiste, o non esiste per te.",
    ),
    "users.gone": Words(
        "This user is not there any more: the world was reset or replaced.",
        "Questo utente non esiste più: il mondo è stato ripristinato o sostituito.",
    ),
    "users.only_self": Words(
        "You may not manage users, so you see yourself alone.",
        "Non puoi gestire gli utenti: vedi solo te stesso.",
    ),
    "users.able": Words(
        "Who can change permissions and access here:", "Chi può modificare permessi e accesso:"
    ),
    "users.name": Words("User", "Utente"),
    "users.email": Words("E-mail", "E-mail"),
    "users.status": Words("Status", "Stato"),
    "users.permissions": Words("Permissions", "Permessi"),
    "users.devices": Words("Devices", "Dispositivi"),
    "users.above": Words("Below", "Sottoposto a"),
    "users.owner": Words(
        "account owner: may do everything", "titolare dell'account: può fare tutto"
    ),
    "users.reach.all": Words("all", "tutti"),
    "users.kind.virtual_guest": Words("Virtual servers", "Server virtuali"),
    "users.kind.hardware": Words("Bare metal servers", "Server bare metal"),
    "users.kind.dedicated_host": Words("Dedicated hosts", "Host dedicati"),
    "users.why.master": Words(
        "The account's owner may do everything and reaches every device; nobody changes that.",
        "Il titolare dell'account può fare tutto e raggiunge ogni dispositivo; nessuno può"
        " cambiarlo.",
    ),
    "users.why.self": Words(
        "Nobody changes their own permissions or access.",
        "Nessuno può modificare i propri permessi o il proprio accesso.",
    ),
    "users.why.above": Words(
        "Only a user above this one who holds Manage Users changes it.",
        "Solo un utente sovraordinato con il permesso Manage Users può modificarlo.",
    ),
    "users.why.parent": Words("{parent} does not have it", "{parent} non lo possiede"),
    "users.rules": Words(
        "Only who stands above a user and holds Manage Users changes it, never themselves, and"
        " nobody is given more than the user above has.",
        "Solo chi è sovraordinato a un utente e possiede Manage Users può modificarlo, mai sé"
        " stesso, e nessuno riceve più di quanto possiede l'utente sovraordinato.",
    ),
    "users.all": Words(
        "All devices of a kind, also future ones", "Tutti i dispositivi di un tipo, anche futuri"
    ),
    "users.department.ADMINISTRATIVE": Words("Administrative", "Amministrazione"),
    "users.department.SALES": Words("Sales", "Vendite"),
    "users.department.SUPPORT": Words("Support", "Supporto"),
    "users.department.SECURITY": Words("Security", "Sicurezza"),
    "users.department.DEVICES": Words("Devices", "Dispositivi"),
    "users.department.NETWORK": Words("Network", "Rete"),
    "users.department.SOFTWARE": Words("Software", "Software"),
    "users.department.other": Words("Other", "Altro"),
    "users.set": Words("Set", "Imposta"),
    "users.cascade": Words(
        "Take it from the users below as well: {names}",
        "Rimuovi anche dagli utenti sottoposti: {names}",
    ),
    "users.cascade.ask": Words(
        "Users below hold it too. Tick the box beneath and press Set again to take it from all of"
        " them.",
        "Anche utenti sottoposti lo possiedono. Seleziona la casella qui sotto e premi di nuovo"
        " Imposta per rimuoverlo a tutti.",
    ),
    "users.done.add": Words("Given, at once: {names}", "Concesso, con effetto immediato: {names}"),
    "users.done.remove": Words(
        "Taken away, at once: {names}", "Rimosso, con effetto immediato: {names}"
    ),
    "users.not.add": Words("Not given: {names}", "Non concesso: {names}"),
    "users.not.remove": Words("Not taken away: {names}", "Non rimosso: {names}"),
    "users.unclear": Words(
        "The answer was no answer of the API, so look below whether it took effect.",
        "La risposta non proveniva dall'API: verifica qui sotto se ha avuto effetto.",
    ),
    "users.search": Words(
        "Search devices by name or address", "Cerca dispositivi per nome o indirizzo"
    ),
    "users.found.one": Words("{n} device", "{n} dispositivo"),
    "users.found.other": Words("{n} devices", "{n} dispositivi"),
    "users.found.first": Words(
        "The first {shown} are shown; search for others.",
        "Sono mostrati i primi {shown}; cerca gli altri.",
    ),
    "users.found.given": Words("with access:", "con accesso:"),
    "users.found.match": Words("found:", "trovati:"),
    "users.unknown.one": Words(
        "and {n} “Unknown Device” that does not exist for you",
        "e {n} “Unknown Device” che per te non esiste",
    ),
    "users.unknown.other": Words(
        "and {n} “Unknown Device” that do not exist for you",
        "e {n} “Unknown Device” che per te non esistono",
    ),
    "users.needs_view": Words(
        "Access alone shows nothing: without {name} ({key}) these devices do not exist for this"
        " user.",
        "L'accesso da solo non basta: senza {name} ({key}) questi dispositivi non esistono per"
        " l'utente.",
    ),
    "users.splits": Words(
        "This user has access to all; taking one away leaves access to each of the others singly.",
        "Questo utente ha accesso a tutti; rimuovendone uno resta l'accesso singolo a ciascuno"
        " degli altri.",
    ),
    "users.has": Words("has access", "ha accesso"),
    "users.has_not": Words("no access", "nessun accesso"),
    "users.add": Words("Give access", "Concedi accesso"),
    "users.remove": Words("Take access away", "Rimuovi accesso"),
    "users.add.which": Words("Give access to {name}", "Concedi accesso a {name}"),
    "users.remove.which": Words("Take access to {name} away", "Rimuovi accesso a {name}"),
}
