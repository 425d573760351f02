"""The device list."""

from __future__ import annotations

from mock_api.console.words.row import Words

WORDS = {
    "devices.title": Words("Device list", "Elenco dei dispositivi"),
    "devices.search": Words("Search", "Cerca"),
    "devices.search.hint": Words(
        "name, address, ID, tag or OS", "nome, indirizzo, ID, tag o sistema operativo"
    ),
    "devices.filters": Words("Search and filter", "Ricerca e filtri"),
    "devices.any": Words("all", "tutti"),
    "devices.clear": Words("Show all devices", "Mostra tutti i dispositivi"),
    "devices.sort": Words("Sort by", "Ordina per"),
    "devices.order": Words("Order", "Ordine"),
    "devices.order.asc": Words("ascending", "crescente"),
    "devices.order.desc": Words("descending", "decrescente"),
    "devices.count.one": Words("{total} device", "{total} dispositivo"),
    "devices.count.other": Words("{total} devices", "{total} dispositivi"),
    "devices.found.one": Words("{found} of {total} device", "{found} di {total} dispositivo"),
    "devices.found.other": Words("{found} of {total} devices", "{found} di {total} dispositivi"),
    "devices.none": Words("The account has no devices.", "L'account non ha dispositivi."),
    "devices.no_match": Words(
        "No device fits the search and the filters.",
        "Nessun dispositivo corrisponde alla ricerca e ai filtri.",
    ),
    "devices.no_match.unknown": Words(
        "Devices that you have no access to cannot be found.",
        "I dispositivi ai quali non hai accesso non possono essere trovati.",
    ),
    "devices.ignored": Words(
        "Not understood in the address, and ignored:",
        "Non compreso nell'indirizzo della pagina e ignorato:",
    ),
    "devices.unknown": Words("Unknown Device", "Dispositivo sconosciuto"),
    "devices.unknown.short": Words("no access", "nessun accesso"),
    "devices.unknown.why.one": Words(
        "{number} device of the account is listed as Unknown Device: you have no access to it, or"
        " may not view devices of its kind.",
        "{number} dispositivo dell'account è elencato come Dispositivo sconosciuto: non hai"
        " accesso a esso, o non puoi visualizzare i dispositivi di questo tipo.",
    ),
    "devices.unknown.why.other": Words(
        "{number} devices of the account are listed as Unknown Device: you have no access to them,"
        " or may not view devices of their kind.",
        "{number} dispositivi dell'account sono elencati come Dispositivo sconosciuto: non hai"
        " accesso a essi, o non puoi visualizzare i dispositivi di questo tipo.",
    ),
    "devices.unknown.who": Words(
        "The account owner, or a user above you with Manage Users, can change that:",
        "Possono modificarlo il titolare dell'account o un utente di livello superiore con il"
        " permesso Gestisci utenti:",
    ),
    "devices.owner": Words("account owner", "titolare dell'account"),
    "devices.column.name": Words("Name", "Nome"),
    "devices.column.kind": Words("Kind", "Tipo"),
    "devices.column.datacenter": Words("Data center", "Data center"),
    "devices.column.public": Words("Public address", "Indirizzo pubblico"),
    "devices.column.private": Words("Private address", "Indirizzo privato"),
    "devices.column.os": Words("Operating system", "Sistema operativo"),
    "devices.column.status": Words("Status", "Stato"),
    "devices.column.boot": Words("Boot state", "Stato di avvio"),
    "devices.column.since": Words("Since", "Da"),
    "devices.column.transaction": Words("Transaction", "Transazione"),
    "devices.private": Words(
        "Only this mock shows it: no client of the API sees it.",
        "Lo mostra solo questa simulazione: nessun client dell'API lo vede.",
    ),
    "devices.busy": Words("something under way", "operazione in corso"),
    "devices.kind.virtual_guest": Words("virtual server", "server virtuale"),
    "devices.kind.hardware": Words("bare metal server", "server bare metal"),
    "devices.kind.short.virtual_guest": Words("virtual", "virtuale"),
    "devices.kind.short.hardware": Words("bare metal", "bare metal"),
    "devices.boot.os": Words("operating system", "sistema operativo"),
    "devices.boot.rescue": Words("rescue kernel", "kernel di ripristino"),
    "devices.boot.image": Words("image", "immagine"),
    "devices.boot.restarting": Words("restarting", "riavvio in corso"),
    "devices.boot.off": Words("powered off", "spento"),
    "devices.boot.paused": Words("paused", "in pausa"),
    "devices.machine.word": Words("machine", "macchina"),
    "devices.machine.what": Words(
        "There is a real machine behind this device.",
        "Dietro questo dispositivo c'è una macchina reale.",
    ),
    "devices.since.start": Words("from the start", "dall'inizio"),
    "devices.accepted": Words(
        "accepted; the API does not show it yet", "accettata; l'API non la mostra ancora"
    ),
    "devices.stuck": Words("stuck: it does not end by itself", "bloccata: non termina da sola"),
    "devices.progress": Words("Progress of {name}", "Avanzamento di {name}"),
    "devices.pages": Words("Pages", "Pagine"),
    "devices.page": Words("Page {page} of {pages}", "Pagina {page} di {pages}"),
    "devices.page.first": Words("First", "Prima"),
    "devices.page.previous": Words("Previous", "Precedente"),
    "devices.page.next": Words("Next", "Successiva"),
    "devices.page.last": Words("Last", "Ultima"),
}
