"""A device's page, its actions and what came of them.

`KEY.virtual_guest` and `KEY.hardware` are of that kind alone.
"""

from __future__ import annotations

from mock_api.console.words.row import Words

_PAGE = {
    "kind.virtual_guest": Words("Virtual server", "Server virtuale"),
    "kind.hardware": Words("Bare metal server", "Server bare metal"),
    "unknown": Words("Unknown Device", "Dispositivo sconosciuto"),
    "unknown.why.virtual_guest": Words(
        "Either there is no such device, or you may not see it: that takes the permission View"
        " Virtual Server Details (VIRTUAL_GUEST_VIEW) and access to this device.",
        "Il dispositivo non esiste oppure non puoi vederlo: servono il permesso View Virtual"
        " Server Details (VIRTUAL_GUEST_VIEW) e l'accesso a questo dispositivo.",
    ),
    "unknown.why.hardware": Words(
        "Either there is no such device, or you may not see it: that takes the permission View"
        " Hardware Details (HARDWARE_VIEW) and access to this device.",
        "Il dispositivo non esiste oppure non puoi vederlo: servono il permesso View Hardware"
        " Details (HARDWARE_VIEW) e l'accesso a questo dispositivo.",
    ),
    "unknown.master": Words(
        "There is no device with this number in the account, of which you are the owner.",
        "Nell'account di cui sei titolare non esiste un dispositivo con questo numero.",
    ),
    "grant.who": Words("This can be granted by: {people}.", "Può concederlo: {people}."),
    "grant.nobody": Words(
        "Nobody can grant this at present.", "Al momento nessuno può concederlo."
    ),
    "state": Words("State", "Stato"),
    "state.runs": Words("Runs", "In esecuzione"),
    "state.since": Words("since", "dal"),
    "state.since_ever": Words(
        "since before this mock began", "da prima dell'avvio della simulazione"
    ),
    "state.power": Words("Power", "Alimentazione"),
    "state.status": Words("Device status", "Stato del dispositivo"),
    "state.transaction": Words("Transaction", "Transazione"),
    "state.none": Words("none", "nessuna"),
    "state.progress": Words("Progress of the transaction", "Avanzamento della transazione"),
    "state.due": Words("ends at", "termina alle"),
    "state.endless": Words("It does not end by itself.", "Non termina da sola."),
    "state.accepted": Words(
        "Accepted; the transaction shows in a few seconds.",
        "Richiesta accettata; la transazione sarà visibile fra pochi secondi.",
    ),
    "state.restarting": Words(
        "none; the device is restarting", "nessuna; il dispositivo si sta riavviando"
    ),
    "power.RUNNING": Words("on", "acceso"),
    "power.HALTED": Words("off", "spento"),
    "power.PAUSED": Words("paused", "in pausa"),
    "rescue.here": Words(
        "The device is in rescue mode.", "Il dispositivo è in modalità di ripristino."
    ),
    "rescue.disks.virtual_guest": Words(
        "Its disks are not necessarily mounted: mount them yourself, for example /dev/xvda2 and"
        " /dev/xvda1.",
        "I suoi dischi non sono necessariamente montati: montali tu, ad esempio /dev/xvda2 e"
        " /dev/xvda1.",
    ),
    "rescue.disks.hardware": Words(
        "Its disks are not necessarily mounted: mount them yourself, for example /dev/sda2.",
        "I suoi dischi non sono necessariamente montati: montali tu, ad esempio /dev/sda2.",
    ),
    "rescue.leave": Words(
        "To leave, restart it: from here or from inside.",
        "Per uscirne, riavvialo: da qui o dal suo interno.",
    ),
    "image.here": Words("The device runs an image.", "Il dispositivo è avviato da un'immagine."),
    "image.leave": Words(
        "To return to its operating system, restart it, or choose Boot from image and Continue.",
        "Per tornare al sistema operativo, riavvialo oppure scegli Avvia da immagine e Continua.",
    ),
    "facts": Words("Details", "Dettagli"),
    "facts.name": Words("Name", "Nome"),
    "facts.kind": Words("Kind", "Tipo"),
    "facts.id": Words("ID", "ID"),
    "facts.guid": Words("GUID", "GUID"),
    "facts.datacenter": Words("Data center", "Data center"),
    "facts.public_ip": Words("Public IP", "IP pubblico"),
    "facts.private_ip": Words("Private IP", "IP privato"),
    "facts.ipmi_ip": Words("IPMI address", "Indirizzo IPMI"),
    "facts.ipmi_off": Words("turned off", "disattivato"),
    "facts.os": Words("Operating system", "Sistema operativo"),
    "facts.no_os": Words("ordered without one", "ordinato senza"),
    "facts.cpu": Words("Cores", "Core"),
    "facts.memory": Words("Memory", "Memoria"),
    "facts.tags": Words("Tags", "Tag"),
    "facts.notes": Words("Notes", "Note"),
    "drives": Words("Drives", "Unità"),
    "drives.disk": Words("Disk {device}", "Disco {device}"),
    "drives.cd": Words("CD {device}", "CD {device}"),
    "drives.empty": Words("empty", "vuoto"),
    "login": Words("Login", "Accesso al dispositivo"),
    "login.none": Words(
        "No login is recorded: the device was ordered without an operating system.",
        "Nessuna credenziale registrata: il dispositivo è stato ordinato senza sistema operativo.",
    ),
    "login.linux": Words("Log in with", "Accedi con"),
    "login.windows": Words(
        "Log in as Administrator with Remote Desktop at",
        "Accedi come Administrator con Desktop remoto all'indirizzo",
    ),
    "login.same": Words(
        "In rescue mode address, user and password are the same.",
        "In modalità di ripristino indirizzo, utente e password sono gli stessi.",
    ),
    "login.show": Words("Show password", "Mostra password"),
    "login.hide": Words("Hide password", "Nascondi password"),
    "login.noted": Words(
        "That you looked at it is noted in the event log.",
        "La visualizzazione viene annotata nel registro eventi.",
    ),
    "login.address": Words("Address", "Indirizzo"),
    "login.user": Words("User name", "Nome utente"),
    "login.password": Words("Password", "Password"),
    "login.ipmi": Words("IPMI (management card)", "IPMI (scheda di gestione)"),
    "timeline": Words("Timeline", "Cronologia"),
    "timeline.empty": Words(
        "Nothing happened on this device yet.", "Su questo dispositivo non è ancora successo nulla."
    ),
    "timeline.no_events": Words(
        "Only transactions are shown, not who did what.",
        "Sono mostrate solo le transazioni, non chi ha fatto che cosa.",
    ),
    "timeline.by": Words("by {name}", "da parte di {name}"),
    "timeline.transaction": Words("Transaction", "Transazione"),
    "timeline.under_way": Words("under way", "in corso"),
    "timeline.took": Words("took {seconds} s", "durata {seconds} s"),
    "machine": Words("Real machine", "Macchina reale"),
    "machine.running": Words("runs", "in esecuzione"),
    "machine.paused": Words("paused", "in pausa"),
    "machine.off": Words("off", "spenta"),
    "machine.failed": Words("not started", "non avviata"),
    "machine.absent": Words("absent", "assente"),
    "machine.why.running": Words(
        "It was started with what the device is said to run.",
        "È stata avviata con ciò che risulta in esecuzione sul dispositivo.",
    ),
    "machine.why.paused": Words(
        "It stands still until the device is resumed.",
        "È ferma finché il dispositivo non viene ripreso.",
    ),
    "machine.why.off": Words(
        "The device is off, or about to start something.",
        "Il dispositivo è spento o sta per avviarsi.",
    ),
    "machine.why.absent": Words(
        "This mock was started without --machines.",
        "Questa simulazione è stata avviata senza --machines.",
    ),
    "machine.console": Words(
        "The last lines of its serial console", "Le ultime righe della sua console seriale"
    ),
    "machine.silent": Words("It has not printed anything yet.", "Non ha ancora stampato nulla."),
    "inside": Words("Inside the device", "All'interno del dispositivo"),
    "inside.what": Words(
        "The real console has no such thing: this plays what the device's own user does when"
        " logged in there.",
        "La console reale non ha questa funzione: simula ciò che fa l'utente del dispositivo"
        " quando vi accede.",
    ),
    "inside.does": Words(
        "The device restarts as if its user had typed reboot. The API never learns of it: no"
        " event, no transaction.",
        "Il dispositivo si riavvia come se il suo utente avesse digitato reboot. L'API non ne"
        " viene a conoscenza: nessun evento, nessuna transazione.",
    ),
}

_ACTIONS = {
    "actions": Words("Actions", "Azioni"),
    "action.rescue": Words("Rescue mode", "Modalità di ripristino"),
    "action.image": Words("Boot from image", "Avvia da immagine"),
    "action.unload": Words("Boot from image", "Avvia da immagine"),
    "action.reboot": Words("Reboot", "Riavvia"),
    "action.reboot-soft": Words("Reboot (soft)", "Riavvia (soft)"),
    "action.reboot-hard": Words("Reboot (hard)", "Riavvia (hard)"),
    "action.power-on": Words("Power on", "Accendi"),
    "action.power-off": Words("Power off", "Spegni"),
    "action.restart-inside": Words(
        "Restart from inside the operating system", "Riavvia dall'interno del sistema operativo"
    ),
    "obstacle.permission": Words(
        "You lack the permission {name} ({key}).", "Non hai il permesso {name} ({key})."
    ),
    "obstacle.no_call": Words(
        "The API cannot do this on bare metal: there, an ISO image is mounted through IPMI virtual"
        " media.",
        "L'API non lo consente sui server bare metal: lì un'immagine ISO si monta tramite i"
        " supporti virtuali IPMI.",
    ),
    "wait.outstanding": Words(
        "A transaction is under way on this device: the API refuses this as long as it lasts.",
        "Su questo dispositivo è in corso una transazione: finché dura, l'API non lo consente.",
    ),
    "wait.lockout": Words(
        "After a reboot the API refuses other power commands of a server for a while.",
        "Dopo un riavvio, per un certo tempo l'API non consente altri comandi di alimentazione di"
        " un server.",
    ),
    "wait.until": Words("Until", "Fino alle"),
    "does.rescue": Words(
        "The device is powered off at once and restarted into the rescue kernel.",
        "Il dispositivo viene spento subito e riavviato nel kernel di ripristino.",
    ),
    "does.image": Words(
        "The device is powered off at once and restarted from the image {image} in {datacenter}."
        " Its disks stay as they are.",
        "Il dispositivo viene spento subito e riavviato dall'immagine {image} in {datacenter}. I"
        " suoi dischi restano invariati.",
    ),
    "does.unload": Words(
        "Continue unloads the image that is loaded now and returns the device to its normal boot.",
        "Continua scarica l'immagine attualmente caricata e riporta il dispositivo al normale"
        " avvio.",
    ),
    "does.reboot.virtual_guest": Words(
        "The virtual server is power cycled: what is not saved is lost.",
        "Il server virtuale viene spento e riacceso: ciò che non è salvato va perso.",
    ),
    "does.reboot.hardware": Words(
        "The server is reset through its management card; if that fails, its power strip is"
        " cycled.",
        "Il server viene reimpostato tramite la scheda di gestione; se non riesce, viene spento e"
        " riacceso dalla presa di alimentazione.",
    ),
    "does.reboot-soft.virtual_guest": Words(
        "A soft reboot is tried: the operating system is shut down first.",
        "Si tenta un riavvio soft: prima viene arrestato il sistema operativo.",
    ),
    "does.reboot-soft.hardware": Words(
        "The server is reset gracefully through its management card.",
        "Il server viene riavviato in modo ordinato tramite la scheda di gestione.",
    ),
    "does.reboot-hard.virtual_guest": Words(
        "The virtual server is power cycled: what is not saved is lost.",
        "Il server virtuale viene spento e riacceso: ciò che non è salvato va perso.",
    ),
    "does.reboot-hard.hardware": Words(
        "Like the Reset button, at once: processes are not shut down, and disk checks may follow.",
        "Come il pulsante Reset, subito: i processi non vengono arrestati e possono seguire"
        " controlli dei dischi.",
    ),
    "does.power-on.virtual_guest": Words(
        "The virtual server is powered on.", "Il server virtuale viene acceso."
    ),
    "does.power-on.hardware": Words(
        "The server is powered on through its management card.",
        "Il server viene acceso tramite la scheda di gestione.",
    ),
    "does.power-off.virtual_guest": Words(
        "The virtual server is powered off at once: what is not saved is lost.",
        "Il server virtuale viene spento subito: ciò che non è salvato va perso.",
    ),
    "does.power-off.hardware": Words(
        "The server is powered off through its management card.",
        "Il server viene spento tramite la scheda di gestione.",
    ),
    "ask.offline.one": Words(
        "It is offline for about {n} minute.", "Resta offline per circa {n} minuto."
    ),
    "ask.offline.other": Words(
        "It is offline for about {n} minutes.", "Resta offline per circa {n} minuti."
    ),
    "ask.same_ip": Words(
        "Its IP address stays the same: {address}.", "L'indirizzo IP resta lo stesso: {address}."
    ),
    "ask.same_password": Words(
        "You log in with the root or Administrator password that the console shows.",
        "L'accesso avviene con la password di root o Administrator mostrata nella console.",
    ),
    "ask.windows": Words(
        "Rescue mode is for Linux. For a Windows device the documented way is Boot from image with"
        " WindowsRescueStandalone.iso. If you go on, the API decides.",
        "La modalità di ripristino è per Linux. Per un dispositivo Windows la procedura"
        " documentata è Avvia da immagine con WindowsRescueStandalone.iso. Se prosegui, decide"
        " l'API.",
    ),
    "ask.environment": Words(
        "It was ordered without an operating system. Which rescue environment?",
        "È stato ordinato senza sistema operativo. Quale ambiente di ripristino?",
    ),
    "environment.LINUX": Words("Linux", "Linux"),
    "environment.WINDOWS": Words("Windows", "Windows"),
    "ask.back_to_os": Words(
        "It comes back with its operating system.", "Torna attivo con il suo sistema operativo."
    ),
    "ask.restart_returns": Words(
        "A restart returns it to its operating system.",
        "Un riavvio lo riporta al suo sistema operativo.",
    ),
    "ask.twenty_minutes": Words(
        "After a reboot, no other power command is accepted for 20 minutes.",
        "Dopo un riavvio, per 20 minuti non viene accettato nessun altro comando di alimentazione.",
    ),
    "unload.type": Words("Device type", "Tipo di dispositivo"),
    "unload.cd": Words("CD drive", "Unità CD"),
    "unload.image": Words("Image loaded", "Immagine caricata"),
    "unload.continue": Words("Continue", "Continua"),
    "images.which": Words("Which images", "Quali immagini"),
    "images.public": Words("Public", "Pubbliche"),
    "images.private": Words("Private", "Private"),
    "images.here": Words(
        "The device is in {datacenter}; it boots from an image in the same data center.",
        "Il dispositivo si trova in {datacenter}; si avvia da un'immagine nello stesso data"
        " center.",
    ),
    "images.elsewhere": Words("another data center", "altro data center"),
    "images.boot": Words("Boot from this image", "Avvia da questa immagine"),
    "images.none": Words("There is no such image.", "Non ci sono immagini di questo tipo."),
    "images.warning": Words(
        "This image is in {image}, the device in {device}. The real console copies it first, for a"
        " small fee; whether it works here, the API decides.",
        "Questa immagine si trova in {image}, il dispositivo in {device}. La console reale prima"
        " la copia, con un piccolo costo; se qui funziona, lo decide l'API.",
    ),
}

_OUTCOMES = {
    "done.rescue": Words(
        "{name} is being started in rescue mode.", "{name} viene avviato in modalità di ripristino."
    ),
    "done.image": Words(
        "{name} is being started from the image.", "{name} viene avviato dall'immagine."
    ),
    "done.unload": Words(
        "The image is being unloaded; {name} returns to its normal boot.",
        "L'immagine viene scaricata; {name} torna al normale avvio.",
    ),
    "done.reboot": Words("{name} is being rebooted.", "{name} si sta riavviando."),
    "done.reboot-soft": Words(
        "{name} is being rebooted (soft).", "{name} si sta riavviando (soft)."
    ),
    "done.reboot-hard": Words(
        "{name} is being rebooted (hard).", "{name} si sta riavviando (hard)."
    ),
    "done.power-on": Words("{name} is being powered on.", "{name} viene acceso."),
    "done.power-off": Words("{name} is being powered off.", "{name} viene spento."),
    "done.restart-inside": Words(
        "{name} restarts from inside.", "{name} si riavvia dal suo interno."
    ),
    "refused.outstanding": Words(
        "Somebody or something else is at work on this device. Nothing was changed; wait until its"
        " transaction is over.",
        "Qualcun altro o un altro processo sta operando su questo dispositivo. Nulla è stato"
        " modificato; attendi la fine della transazione.",
    ),
    "refused.newest": Words("The newest event is of {name}:", "L'evento più recente è di {name}:"),
    "refused.permission": Words("Nothing was changed.", "Nulla è stato modificato."),
    "refused.lockout": Words(
        "A server takes no other power command for 20 minutes after a reboot. Nothing was changed.",
        "Dopo un riavvio, un server non accetta altri comandi di alimentazione per 20 minuti."
        " Nulla è stato modificato.",
    ),
    "refused.bad_image": Words(
        "The image does not exist. Nothing was changed.",
        "L'immagine non esiste. Nulla è stato modificato.",
    ),
    "refused.not_an_iso": Words(
        "No device boots from this image: it is no ISO image. Nothing was changed.",
        "Nessun dispositivo si avvia da questa immagine: non è un'immagine ISO. Nulla è stato"
        " modificato.",
    ),
    "refused.other_datacenter": Words(
        "The image is in another data center than the device. Nothing was changed.",
        "L'immagine si trova in un data center diverso da quello del dispositivo. Nulla è stato"
        " modificato.",
    ),
    "refused.already_mounted": Words(
        "An image is loaded already: unload it first. Nothing was changed.",
        "Un'immagine è già caricata: prima occorre scaricarla. Nulla è stato modificato.",
    ),
    "refused.not_mounted": Words(
        "No image is loaded. Nothing was changed.",
        "Nessuna immagine è caricata. Nulla è stato modificato.",
    ),
    "refused.rescue_memory": Words(
        "A virtual server with this much memory has no rescue mode. Nothing was changed.",
        "Un server virtuale con così tanta memoria non ha una modalità di ripristino. Nulla è"
        " stato modificato.",
    ),
    "refused.rescue_windows": Words(
        "A Windows device has no rescue mode: use Boot from image with"
        " WindowsRescueStandalone.iso. Nothing was changed.",
        "Un dispositivo Windows non ha una modalità di ripristino: usa Avvia da immagine con"
        " WindowsRescueStandalone.iso. Nulla è stato modificato.",
    ),
    "refused.rescue_coreos": Words(
        "A CoreOS device has no rescue mode. Nothing was changed.",
        "Un dispositivo CoreOS non ha una modalità di ripristino. Nulla è stato modificato.",
    ),
    "refused.unclear": Words(
        "Whether it took effect is not known: the answer of the API was lost or spoilt. Look at"
        " the transactions before you repeat it.",
        "Non è noto se abbia avuto effetto: la risposta dell'API è andata persa o è illeggibile."
        " Controlla le transazioni prima di ripetere l'operazione.",
    ),
    "refused.other": Words(
        "The API answered with an error. Look at the transactions before you repeat it.",
        "L'API ha risposto con un errore. Controlla le transazioni prima di ripetere l'operazione.",
    ),
    "refused.restart": Words(
        "It did not restart. Nothing was changed.", "Non si è riavviato. Nulla è stato modificato."
    ),
}

WORDS = {**_PAGE, **_ACTIONS, **_OUTCOMES}
