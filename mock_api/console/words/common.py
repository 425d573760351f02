"""What every page shows, and the sign-in page."""

from __future__ import annotations

from mock_api.console.words.row import Words

WORDS = {
    "brand": Words("Classic infrastructure", "Infrastruttura classica"),
    "brand.mock": Words("mock", "simulazione"),
    "brand.note": Words(
        "This is a mock of IBM Cloud classic. Nothing here reaches a real device.",
        "Questa è una simulazione di IBM Cloud classic. Nulla qui raggiunge un dispositivo reale.",
    ),
    "skip": Words("Skip to content", "Vai al contenuto"),
    "nav": Words("Main", "Principale"),
    "nav.devices": Words("Devices", "Dispositivi"),
    "language": Words("Language", "Lingua"),
    "close": Words("Close", "Chiudi"),
    "yes": Words("Yes", "Sì"),
    "no": Words("No", "No"),
    "none": Words("none", "nessuno"),
    "sign_out": Words("Sign out", "Esci"),
    "signed_in_as": Words("Signed in as {name}", "Accesso eseguito come {name}"),
    "no_script": Words(
        "The console needs JavaScript: it shows live what devices do.",
        "La console richiede JavaScript: mostra in tempo reale ciò che fanno i dispositivi.",
    ),
    "live.lost": Words(
        "The connection to the mock is lost. What you see may be out of date; it is tried again.",
        "La connessione con la simulazione è interrotta. I dati mostrati potrebbero non essere"
        " aggiornati; nuovo tentativo in corso.",
    ),
    "live.ended": Words(
        "The mock was restarted or you were signed out. Reload the page to go on.",
        "La simulazione è stata riavviata o la sessione è terminata. Ricarica la pagina per"
        " continuare.",
    ),
    "request.failed": Words(
        "The mock did not answer as expected. Nothing is known about the last step; look before"
        " you repeat it.",
        "La simulazione non ha risposto come previsto. L'esito dell'ultimo passo non è noto;"
        " verifica prima di ripeterlo.",
    ),
    "request.stale": Words(
        "This page is too old: reload it, then try again. Nothing was changed.",
        "Questa pagina non è più valida: ricaricala e riprova. Nulla è stato modificato.",
    ),
    "dialog": Words("Confirmation", "Conferma"),
    "page.missing": Words("There is no such page", "Questa pagina non esiste"),
    "page.missing.why": Words(
        "Nothing is served at this address.", "A questo indirizzo non c'è nulla."
    ),
    "page.refused": Words("The request was refused", "La richiesta è stata rifiutata"),
    "page.broken": Words(
        "The mock failed at this page", "La simulazione non è riuscita a mostrare questa pagina"
    ),
    "page.broken.why": Words(
        "Start it with --verbose to see why.", "Avviala con --verbose per vedere il motivo."
    ),
    "page.not_saved": Words(
        "The change could not be saved", "Non è stato possibile salvare la modifica"
    ),
    "page.not_saved.why": Words(
        "It took effect, but it will be gone when the mock ends.",
        "È stata eseguita, ma andrà persa quando la simulazione termina.",
    ),
    "page.home": Words("Go to the device list", "Vai all'elenco dei dispositivi"),
    "sign_in": Words("Sign in", "Accedi"),
    "sign_in.choose": Words("Choose who you are", "Scegli chi sei"),
    "sign_in.open": Words(
        "This mock runs on your own machine, where everybody may act as any of its users.",
        "Questa simulazione è in esecuzione sulla tua macchina, dove chiunque può agire come uno"
        " qualsiasi dei suoi utenti.",
    ),
    "sign_in.closed": Words(
        "This mock may be reached by other machines: sign in with a user name and its API key.",
        "Questa simulazione può essere raggiunta da altre macchine: accedi con un nome utente e la"
        " sua chiave API.",
    ),
    "sign_in.username": Words("User name", "Nome utente"),
    "sign_in.key": Words("API key", "Chiave API"),
    "sign_in.master": Words(
        "account owner: sees and does everything", "titolare dell'account: vede e fa tutto"
    ),
    "sign_in.permissions.one": Words("{n} permission", "{n} permesso"),
    "sign_in.permissions.other": Words("{n} permissions", "{n} permessi"),
    "sign_in.refused": Words("{name} cannot sign in.", "{name} non può accedere."),
    "api.said": Words("The API answered:", "L'API ha risposto:"),
}
