"""The panel of the mock's own controls."""

from __future__ import annotations

from mock_api.console.words.row import Words

WORDS = {
    "mock": Words("Mock controls", "Controlli della simulazione"),
    "mock.note": Words(
        "The real console has nothing like this: here you steer the mock itself, for everybody who"
        " uses it.",
        "La console reale non ha nulla di simile: qui si comanda la simulazione stessa, per tutti"
        " quelli che la usano.",
    ),
    "mock.off": Words(
        "Only the clock is shown: the mock's control plane does not answer this browser. It says:",
        "È visibile solo l'orologio: il piano di controllo della simulazione non risponde a questo"
        " browser. Motivo:",
    ),
    "mock.said": Words(
        "The mock's control plane refused:", "Il piano di controllo della simulazione ha rifiutato:"
    ),
    "mock.no_number": Words(
        "“{field}” needs a number such as 90 or 2.5; given was “{text}”. Nothing was changed.",
        "“{field}” richiede un numero, ad esempio 90 o 2,5; il valore inserito è “{text}”. Nulla è"
        " stato modificato.",
    ),
    "mock.clock": Words("Clock", "Orologio"),
    "mock.speed_now": Words("{speed} times as fast", "a {speed} volte la velocità reale"),
    "mock.real_time": Words("as fast as real time", "in tempo reale"),
    "mock.paused": Words("paused", "in pausa"),
    "mock.standing": Words("standing still", "fermo"),
    "mock.clock.said": Words("The mock's clock: {state}", "Orologio della simulazione: {state}"),
    "mock.pause": Words("Pause", "Metti in pausa"),
    "mock.resume": Words("Resume", "Riprendi"),
    "mock.speeds": Words("Speed", "Velocità"),
    "mock.field.speed": Words("Speed (0 stands still)", "Velocità (0 = fermo)"),
    "mock.set_speed": Words("Set speed", "Imposta velocità"),
    "mock.advances": Words("Move on", "Avanza"),
    "mock.advance.minutes.one": Words("{n} minute", "{n} minuto"),
    "mock.advance.minutes.other": Words("{n} minutes", "{n} minuti"),
    "mock.field.advance_s": Words("Seconds", "Secondi"),
    "mock.advance": Words("Move on by these seconds", "Avanza di questi secondi"),
    "mock.run_until_stable": Words(
        "Until everything under way is done", "Fino al termine di tutte le operazioni"
    ),
    "mock.reset": Words("Reset the world …", "Ripristina il mondo iniziale …"),
    "mock.reset.ask": Words("Reset the world?", "Ripristinare il mondo iniziale?"),
    "mock.reset.what": Words(
        "Every device, user, permission, fault and the clock goes back to how this mock started,"
        " for everybody. What happened since is lost.",
        "Tutti i dispositivi, gli utenti, i permessi, i guasti e l'orologio tornano allo stato"
        " iniziale della simulazione, per tutti. Quanto avvenuto da allora va perso.",
    ),
    "mock.reset.yes": Words("Reset the world", "Ripristina"),
    "mock.faults": Words("Faults", "Guasti"),
    "mock.faults.none": Words(
        "No faults: every call works.", "Nessun guasto: ogni chiamata funziona."
    ),
    "mock.faults.count.one": Words("{n} fault rule", "{n} regola di guasto"),
    "mock.faults.count.other": Words("{n} fault rules", "{n} regole di guasto"),
    "mock.fault.on": Words("on", "su"),
    "mock.fault.device": Words("device {number}", "dispositivo {number}"),
    "mock.fault.from": Words("from call {nth} on", "dalla chiamata {nth} in poi"),
    "mock.fault.times.one": Words("once", "una volta"),
    "mock.fault.times.other": Words("at most {n} times", "al massimo {n} volte"),
    "mock.fault.always": Words("until it is deleted", "finché non viene eliminata"),
    "mock.fault.chance": Words("with probability {share}", "con probabilità {share}"),
    "mock.fault.counted": Words(
        "{seen} calls seen, {struck} struck", "chiamate viste: {seen}, colpite: {struck}"
    ),
    "mock.fault.delete": Words("Delete", "Elimina"),
    "mock.fault.delete.which": Words("Delete rule {number}", "Elimina la regola {number}"),
    "mock.fault.delete_all": Words("Delete all", "Elimina tutte"),
    "mock.fault.add": Words("Add a fault", "Aggiungi un guasto"),
    "mock.field.kind": Words("What happens", "Che cosa accade"),
    "mock.field.operation": Words(
        "Operation (* matches anything)", "Operazione (* vale per qualsiasi testo)"
    ),
    "mock.field.device_id": Words(
        "Device number (empty: all)", "Numero del dispositivo (vuoto: tutti)"
    ),
    "mock.field.nth": Words(
        "From which matching call on", "A partire da quale chiamata corrispondente"
    ),
    "mock.field.times": Words(
        "How often (empty: until deleted)", "Quante volte (vuoto: finché non viene eliminata)"
    ),
    "mock.field.probability": Words(
        "Probability (above 0, up to 1)", "Probabilità (più di 0, fino a 1)"
    ),
    "mock.field.status": Words("HTTP status", "Stato HTTP"),
    "mock.field.code": Words("Exception class", "Classe dell'eccezione"),
    "mock.field.text": Words("Error text", "Testo dell'errore"),
    "mock.field.requests": Words(
        "Calls allowed in each window", "Chiamate consentite per finestra"
    ),
    "mock.field.seconds": Words("Seconds", "Secondi"),
    "mock.field.when": Words(
        "Before or after the call takes effect", "Prima o dopo l'effetto della chiamata"
    ),
    "mock.field.kept_share": Words("Share that is sent (0 up to 1)", "Quota inviata (da 0 a 1)"),
    "mock.field.content_type": Words("Content type", "Tipo di contenuto"),
    "mock.field.body": Words("Body", "Corpo"),
    "mock.when.before": Words("before", "prima"),
    "mock.when.after": Words("after", "dopo"),
    "mock.kind.error": Words("The API answers an error", "L'API risponde con un errore"),
    "mock.kind.rate_limit": Words("Rate limit exceeded", "Limite di frequenza superato"),
    "mock.kind.rate_limiter": Words(
        "Rate limiter: so many calls in so many virtual seconds",
        "Limitatore: tante chiamate in tanti secondi virtuali",
    ),
    "mock.kind.delay": Words("Delay, in real seconds", "Ritardo, in secondi reali"),
    "mock.kind.drop": Words(
        "The connection ends without an answer", "La connessione termina senza risposta"
    ),
    "mock.kind.truncated_body": Words("The answer is cut short", "La risposta viene troncata"),
    "mock.kind.wrong_content_type": Words(
        "A proxy answers instead", "Risponde un proxy al posto dell'API"
    ),
    "mock.kind.stuck_transaction": Words(
        "The transaction never ends", "La transazione non termina mai"
    ),
    "mock.kind.failing_transaction": Words(
        "The transaction ends, the device stays as it was",
        "La transazione termina, il dispositivo resta com'era",
    ),
    "mock.kind.untrue_transaction": Words(
        "The transaction ends as a success, the device never moved",
        "La transazione termina con successo, il dispositivo non si è mai mosso",
    ),
    "mock.kind.no_transaction": Words(
        "Accepted, and nothing happens", "Accettata, ma non accade nulla"
    ),
}
