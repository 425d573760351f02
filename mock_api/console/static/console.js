// What the pages need beside htmx: live updates, dialogs, progress that moves, and what a screen reader is told.

const page = () => document.getElementById("page");

// -- live updates: the stream names what changed; the parts that show it fetch themselves again ---------------------

const underWay = new Set(); // ids of parts that are being fetched
const changedAgain = new Set(); // ids of parts that changed meanwhile
const RETRY_MS = 50;

const DEVICE = /^[^/]+\/\d+$/; // a topic with more in front is of what one page alone shows

function shows(part, topics) {
  if (topics.includes("everything")) return true;
  return part.dataset.live.split(" ").some(
    (wanted) => topics.includes(wanted) || (wanted === "devices" && topics.some((topic) => DEVICE.test(topic))),
  );
}

// What is ticked or typed and not yet sent.
function isEdited(part) {
  return [...part.querySelectorAll("input:not([type=hidden]), textarea")].some(
    (field) => field.type === "checkbox" ? field.checked !== field.defaultChecked : field.value !== field.defaultValue,
  );
}

// Then a refresh waits: nobody's menu closes under their hand, and the answer to what somebody did finds its place.
function isInUse(part) {
  const isAsked = [...deeds.values()].some((ids) => ids.includes(part.id));
  return isAsked || isEdited(part) || part.querySelector(":popover-open") !== null;
}

const deeds = new Map(); // request of a person → ids of the parts that it began in and that it will change
const hands = new Map(); // id of a part that is being exchanged → what somebody had there

document.addEventListener("htmx:beforeSwap", (event) => {
  const part = event.detail.requestConfig.elt;
  if (!underWay.has(part.id)) return;
  if (isInUse(part)) {
    event.detail.shouldSwap = false; // since the answer is on its way
    changedAgain.add(part.id);
  } else {
    const scrolled = part.querySelector(".screen")?.scrollTop;
    hands.set(part.id, { isFocused: part.contains(document.activeElement), selected: selectedIn(part), scrolled });
  }
});

// htmx keeps the focus on what is still there. Where that is gone, the next key press goes on from the same place.
function giveBack(id) {
  const part = document.getElementById(id);
  const had = hands.get(id);
  hands.delete(id);
  if (!had || !part) return;
  if (had.isFocused && !part.contains(document.activeElement)) {
    const place = part.querySelector("[tabindex='-1']") ?? part;
    if (place === part) part.tabIndex = -1;
    place.focus({ preventScroll: true });
  }
  if (had.scrolled < -1) part.querySelector(".screen")?.scrollTo(0, had.scrolled); // 0 is its end, where new lines come
  if (had.selected && getSelection().getRangeAt(0).toString() !== had.selected.text) select(part, had.selected);
}

// A selection survives as its text and how many characters stand before it in its part.
function selectedIn(part) {
  const selection = getSelection();
  if (selection.isCollapsed || !part.contains(selection.getRangeAt(0).commonAncestorContainer)) return null;
  const range = selection.getRangeAt(0);
  const before = document.createRange();
  before.setStart(part, 0);
  before.setEnd(range.startContainer, range.startOffset);
  return { text: range.toString(), from: before.toString().length };
}

function select(part, { text, from }) {
  const all = part.textContent;
  const places = [all.lastIndexOf(text, from), all.indexOf(text, from)].filter((place) => place >= 0);
  if (places.length === 0) return; // what was selected is gone
  const start = places.reduce((one, other) => (Math.abs(one - from) <= Math.abs(other - from) ? one : other));
  const range = document.createRange();
  range.setStart(...spotIn(part, start, true));
  range.setEnd(...spotIn(part, start + text.length, false));
  getSelection().removeAllRanges();
  getSelection().addRange(range);
}

// The text node of a part's nth character, and how far into it; at the edge of two nodes the one that begins or ends there.
function spotIn(part, count, begins) {
  const nodes = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
  for (let left = count; nodes.nextNode(); left -= nodes.currentNode.length) {
    const { length } = nodes.currentNode;
    if (left < length || (left === length && !begins)) return [nodes.currentNode, left];
  }
  return [part, part.childNodes.length];
}

function refresh(part) {
  if (underWay.has(part.id) || isInUse(part)) {
    changedAgain.add(part.id);
  } else {
    htmx.trigger(part, "live");
    if (!underWay.has(part.id)) retry(part.id); // htmx does not know the part yet
  }
}

function retry(id) {
  changedAgain.add(id);
  setTimeout(refreshLate, RETRY_MS, id);
}

// Of two requests at once the first answer exchanges what the second one is meant for. That is told to its old self alone.
function followTarget(event) {
  const { target } = event.detail;
  if (target.isConnected) return;
  const place = document.getElementById(target.id);
  if (place) event.detail.target = place;
  else event.detail.shouldSwap = false;
}

// The end is told by the request itself: htmx tells it to the element, which may be gone with its whole part by then.
document.addEventListener("htmx:beforeSend", (event) => {
  const { elt, target, xhr } = event.detail;
  target?.addEventListener("htmx:beforeSwap", followTarget);
  if (elt.matches("[data-live]")) {
    const { id } = elt;
    underWay.add(id);
    xhr.addEventListener("loadend", () => {
      underWay.delete(id);
      giveBack(id);
      setTimeout(refreshLate, 0, id);
    });
  } else {
    const ids = [elt, target].map((place) => place?.closest("[data-live]")?.id).filter(Boolean);
    deeds.set(xhr, ids);
    xhr.addEventListener("loadend", () => {
      deeds.delete(xhr);
      for (const id of ids) setTimeout(refreshLate, 0, id);
    });
  }
});

function refreshLate(id) {
  const part = document.getElementById(id);
  if (changedAgain.delete(id) && part) refresh(part);
}

document.addEventListener("change", (event) => {
  const part = event.target.closest("[data-live]");
  if (part) refreshLate(part.id);
});

document.addEventListener("toggle", (event) => {
  const part = event.newState === "closed" && event.target.closest("[data-live]");
  if (part) refreshLate(part.id);
}, true);

// A press whose button was exchanged under the pointer counts for the new one, if that says and does the same: a browser
// makes no click of a press on one element and a release on another.
const CLICKABLE = "button, a, summary, label, input";
let pressed = null;

document.addEventListener("pointerdown", (event) => {
  const element = event.target.closest(CLICKABLE);
  pressed = element && { element, means: element.outerHTML };
}, true);

document.addEventListener("pointerup", (event) => {
  const under = event.target.closest?.(CLICKABLE);
  if (pressed && !pressed.element.isConnected && under?.outerHTML === pressed.means) under.click();
  pressed = null;
}, true);

function showConnection(text) {
  const notice = document.getElementById("connection");
  if (notice.textContent !== text) notice.textContent = text;
  notice.hidden = !text;
}

// A browser gives a server six connections for all its tabs, so only a tab that is looked at holds a stream. The number
// of the newest change it knows lets it catch up when somebody comes back to it.
let source = null;
let newest = null;

function listen() {
  if (!page().dataset.liveUrl || source || document.visibilityState === "hidden") return;
  const url = new URL(page().dataset.liveUrl, location.href);
  if (newest !== null) url.searchParams.set("since", newest);
  source = new EventSource(url);
  source.addEventListener("open", () => showConnection(""));
  source.addEventListener("changed", (event) => {
    newest = event.lastEventId;
    const topics = JSON.parse(event.data);
    for (const part of document.querySelectorAll("[data-live]")) if (shows(part, topics)) refresh(part);
  });
  source.addEventListener("error", () => {
    const text = source.readyState === EventSource.CLOSED ? "ended" : "lost";
    showConnection(page().dataset[text]);
  });
}

function stopListening() {
  source?.close();
  source = null;
}

addEventListener("pagehide", stopListening);
addEventListener("pageshow", listen);
document.addEventListener("visibilitychange", () => (document.hidden ? stopListening() : listen()));

// -- requests that fail: never silently ------------------------------------------------------------------------------

// An open dialog hides the notice behind it, so it says the same itself. A change that got no answer may have happened.
function showFailure(text) {
  showConnection(text);
  if (!dialog().open) return;
  const note = dialog().querySelector(".failure") ?? document.createElement("p");
  note.className = "failure notice danger";
  note.role = "alert";
  note.textContent = text;
  dialog().prepend(note);
}

document.addEventListener("htmx:sendError", (event) => {
  showFailure(page().dataset[event.detail.requestConfig.verb === "post" ? "failed" : "lost"]);
});
document.addEventListener("htmx:responseError", (event) => {
  showFailure(page().dataset[event.detail.xhr.status === 403 ? "stale" : "failed"]);
});

// -- dialogs: what is put into the dialog opens it; a button with data-close, Escape or an empty answer closes it -----

const dialog = () => document.getElementById("dialog");

let opener = ""; // id of what had the focus; the element itself may be another one when the dialog closes

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target !== dialog()) return;
  if (dialog().childElementCount === 0) {
    dialog().close();
  } else if (!dialog().open) {
    opener = document.activeElement.closest("[popover]")?.previousElementSibling.id ?? document.activeElement.id;
    dialog().showModal();
  }
});

dialog().addEventListener("close", () => {
  dialog().replaceChildren();
  document.getElementById(opener)?.focus();
});

// The second click of a double click is meant for what was there before.
dialog().addEventListener("click", (event) => {
  if (event.detail > 1) event.preventDefault();
  if (event.detail > 1) event.stopImmediatePropagation();
}, true);

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-close]")) dialog().close();
});

// -- menus open at their button, where there is more room; CSS anchors made the page jump when the focus went into one --

const MENU_WIDTH = 432; // its longest, in pixels

document.addEventListener("beforetoggle", (event) => {
  const menu = event.target;
  if (event.newState !== "open" || !menu.matches(".menu")) return;
  const button = document.querySelector(`[popovertarget="${menu.id}"]`).getBoundingClientRect();
  const width = document.documentElement.clientWidth;
  const [above, below] = [button.top, innerHeight - button.bottom];
  const side = below >= above ? { top: button.bottom + 3, bottom: null } : { top: null, bottom: innerHeight - button.top + 3 };
  const edge = button.right >= MENU_WIDTH
    ? { left: null, right: width - button.right } 
    : { left: Math.max(8, Math.min(button.left, width - MENU_WIDTH)), right: null };
  for (const [name, place] of Object.entries({ ...side, ...edge, maxHeight: Math.max(above, below) - 12 })) {
    menu.style[name] = place === null ? "auto" : `${place}px`;
  }
}, true);

// -- what a screen reader is told: a part with data-say that says something else than before --------------------------

const said = new Map(); // id of the part → what it said

function sayChanges(root) {
  const news = [];
  for (const part of root.querySelectorAll("[data-say][id]")) {
    const before = said.get(part.id);
    said.set(part.id, part.dataset.say);
    if (before !== undefined && before !== part.dataset.say) news.push(part.dataset.say);
  }
  if (news.length > 0) document.getElementById("announcer").textContent = news.join(". ");
}

document.addEventListener("htmx:afterSettle", () => sayChanges(document));

// -- time: the mock's clock may run faster than ours; progress moves with it -------------------------------------------

let clock = { now: 0, speed: 0, at: 0 };

const clocksRead = new WeakSet(); // each was right when it came; read again later it would turn the time back

function readClock() {
  for (const shown of document.querySelectorAll("[data-clock-now]")) {
    if (clocksRead.has(shown)) continue;
    clocksRead.add(shown);
    clock = { now: Number(shown.dataset.clockNow), speed: Number(shown.dataset.clockSpeed), at: performance.now() };
  }
}

function virtualNow() {
  return clock.now + ((performance.now() - clock.at) / 1000) * clock.speed;
}

function tick() {
  const now = virtualNow();
  for (const bar of document.querySelectorAll("progress[data-from][data-due]")) {
    const from = Number(bar.dataset.from);
    bar.value = Math.min(1, Math.max(0, (now - from) / (Number(bar.dataset.due) - from)));
  }
  for (const text of document.querySelectorAll("time[data-clock]")) {
    const shown = new Date(now * 1000).toISOString().slice(0, 19).replace("T", " ") + " UTC";
    if (text.textContent !== shown) text.textContent = shown; // drawing is not free, and many pages may be open
  }
}

document.addEventListener("htmx:afterSwap", readClock);

// -- the mock's panel stays open, or closed, from page to page --------------------------------------------------------

const panel = document.getElementById("mock");
if (panel) {
  panel.open = sessionStorage.getItem("mock") === "open";
  panel.addEventListener("toggle", () => sessionStorage.setItem("mock", panel.open ? "open" : ""));
}


readClock();
sayChanges(document);
setInterval(tick, 250);
