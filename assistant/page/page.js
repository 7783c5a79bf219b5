// The page's script: the load script of the component #bus, so `trigger`, `props` and `watch` are
// at hand. It turns clicks on named buttons, wherever they stand, into events of the bus, and does
// what needs no server: scrolling, copying, saving, folding, the panel over the page on a phone.
const find = (selector) => document.querySelector(selector);
const panel = () => find("#source");
const narrow = () => window.matchMedia("(max-width: 860px)").matches;
const address = (query) => new URL("?" + query, location.href.split(/[?#]/)[0]).href;
let words = {}; // what the script itself says, in the page's language
let opener = null; // what had the focus when the panel was opened
let fresh = false; // a click asked for another document or clause

// ---- a line that comes and goes
function say(text) {
  let toast = find("#pa-toast");
  if (!toast) {
    toast = document.createElement("div");
    toast.id = "pa-toast";
    toast.setAttribute("role", "status");
    document.body.append(toast);
  }
  toast.textContent = text;
  toast.classList.add("pa-on");
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => toast.classList.remove("pa-on"), 2600);
}

async function copy(text, said) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // no clipboard outside of https and localhost: the old way
    const box = document.createElement("textarea");
    box.value = text;
    document.body.append(box);
    box.select();
    document.execCommand("copy");
    box.remove();
  }
  say(said);
}

function save({ name, type, data }) {
  const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([bytes], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// ---- the panel; on a phone it lies over the page, and the way back closes it
function show(open) {
  const view = panel();
  if (!view || view.classList.contains("pa-over") === open) return;
  view.classList.toggle("pa-over", open);
  if (!narrow()) return;
  if (open) history.pushState({ pa: "panel" }, "");
  else if (history.state?.pa === "panel") history.back();
  if (!open) opener?.focus();
}
addEventListener("popstate", () => {
  if (panel()?.classList.contains("pa-over")) {
    panel().classList.remove("pa-over");
    opener?.focus();
  }
});

function scrollTo(target, part = 3) {
  const view = panel();
  const offset = target.getBoundingClientRect().top - view.getBoundingClientRect().top;
  view.scrollTo({ top: view.scrollTop + offset - view.clientHeight / part });
}

function jump(id) {
  const target = document.getElementById(id);
  if (!target) return;
  scrollTo(target, 8);
  target.tabIndex = -1;
  target.focus({ preventScroll: true });
  panel().querySelector(".pa-document")?.classList.remove("pa-tree-open");
}

function toAnswer(value) {
  const [turn, ident] = value.split(":");
  show(false);
  find("#tab-chat-button")?.click();
  const chip = find(`#chat button[name="clause"][value="${CSS.escape(ident)}:${turn}"]`);
  chip?.scrollIntoView({ block: "center" });
  chip?.focus();
}

function opened(data, from) {
  opener = from;
  fresh = true;
  trigger("open", data);
  show(true);
}

const BUTTONS = {
  clause: (value, button) => {
    const [clause, turn] = value.split(":");
    opened({ clause, turn: Number(turn) }, button);
  },
  document: (value, button) => opened({ document: value, turn: -1 }, button),
  back: () => trigger("back", {}),
  close: () => show(false),
  contents: (_, button) => {
    const open = button.closest(".pa-document").classList.toggle("pa-tree-open");
    button.setAttribute("aria-expanded", open);
    if (open) scrollTo(panel().querySelector(".pa-tree"), 12);
  },
  copy: (_, button) => copy(button.parentNode.querySelector(".pa-plain").textContent, words.copied),
  link: (value) => copy(address(value), words.link),
  rate: (value) => {
    const [turn, way] = value.split(":");
    trigger("rate", { turn: Number(turn), liked: way === "up" });
  },
  unfilter: (value) => trigger("unfilter", { filter: value }),
  subject: (value) => trigger("subject", { subject: value }),
  browse: () => trigger("browse", {}),
  answer: toAnswer,
};

document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a link in a tab of its own
  const node = event.target.closest("button[name], a[data-open], [data-jump], a.pa-anchor");
  if (!node) return;
  if (node.dataset.open) {
    event.preventDefault();
    opened({ clause: node.dataset.open, turn: -1 }, node);
  } else if (node.dataset.jump) {
    if (node.tagName === "A") event.preventDefault();
    jump(node.dataset.jump);
  } else if (node.matches("a.pa-anchor")) {
    event.preventDefault();
    copy(node.href, words.link);
  } else if (Object.hasOwn(BUTTONS, node.name)) {
    BUTTONS[node.name](node.value, node);
  }
});

// ---- keys: Esc closes what lies over the page or leads back to where one came from, / asks
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (event.key === "Escape" && !event.defaultPrevented) {
    const inside = panel()?.contains(document.activeElement);
    show(false);
    if (inside) opener?.focus();
  } else if (event.key === "/" && !typing) {
    event.preventDefault();
    find("#question textarea")?.focus();
  }
});

// ---- the newest question is brought to the top of the conversation, so that its answer is read
// from the beginning, whatever its length; its content comes a little after its frame
const SETTLING_MS = [0, 60, 250];
let answered = 0;
function named() {
  // what Gradio's own components leave without a name, or call a list that has no items
  find("#chat .examples[role=list]")?.setAttribute("role", "group");
  const day = find("#as-of button.calendar");
  if (day && day.ariaLabel !== words.day) day.ariaLabel = words.day;
}
function toNewestQuestion() {
  const newest = [...document.querySelectorAll("#chat .user.message")].pop();
  const view = newest?.closest(".bubble-wrap");
  if (!view) return;
  const offset = newest.getBoundingClientRect().top - view.getBoundingClientRect().top;
  view.scrollTo({ top: view.scrollTop + offset - 12 });
}
new MutationObserver(() => {
  const answers = document.querySelectorAll("#chat .bot.message").length;
  if (answers > answered) SETTLING_MS.forEach((wait) => setTimeout(toNewestQuestion, wait));
  answered = answers;
  named();
}).observe(document.body, { childList: true, subtree: true });

// ---- a document has come into the panel: to the quote; the contents follow the text
function settle() {
  const view = panel();
  const target = view?.querySelector(".pa-target");
  if (!target) {
    view?.scrollTo({ top: 0 });
    return;
  }
  // what comes into view takes its real height only then
  SETTLING_MS.forEach((wait) => setTimeout(() => scrollTo(target.querySelector("mark") ?? target), wait));
  if (fresh) target.focus({ preventScroll: true });
  fresh = false;
}
let ticking = false;
function follow() {
  ticking = false;
  const view = panel();
  const clauses = view?.querySelectorAll(".pa-clause") ?? [];
  const line = view.getBoundingClientRect().top + view.clientHeight / 3 + 4;
  let [low, high] = [0, clauses.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (clauses[middle].getBoundingClientRect().top <= line) low = middle + 1;
    else high = middle;
  }
  const here = clauses[Math.max(0, low - 1)]?.id;
  view.querySelector("[aria-current]")?.removeAttribute("aria-current");
  const entry = here && view.querySelector(`[data-jump="${CSS.escape(here)}"]`);
  if (!entry) return;
  entry.setAttribute("aria-current", "location");
  for (let fold = entry.closest("details"); fold; fold = fold.parentNode.closest("details")) {
    if (!fold.open) fold.open = true;
  }
  const tree = view.querySelector(".pa-tree");
  const [inner, outer] = [entry.getBoundingClientRect(), tree.getBoundingClientRect()];
  if (inner.top < outer.top || inner.bottom > outer.bottom) {
    tree.scrollTop += inner.top - outer.top - tree.clientHeight / 2;
  }
}
function watchPanel() {
  const view = panel();
  if (!view) return setTimeout(watchPanel, 50);
  view.addEventListener("scroll", () => {
    if (!ticking) requestAnimationFrame(follow);
    ticking = true;
  });
  new MutationObserver((records) => {
    if (records.some((record) => [...record.addedNodes].some((node) => node.nodeType === 1))) {
      settle();
      follow();
    }
  }).observe(view, { childList: true, subtree: true });
  settle();
}
watchPanel();

// ---- light and dark, kept on this device
try {
  const kept = localStorage.getItem("pa-theme");
  if (kept && !location.search.includes("__theme")) {
    document.body.classList.toggle("dark", kept === "dark");
  }
} catch {}
document.paToggleTheme = () => {
  const dark = document.body.classList.toggle("dark");
  try {
    localStorage.setItem("pa-theme", dark ? "dark" : "light");
  } catch {}
};

// ---- what the server wants done
const COMMANDS = {
  save,
  say: ({ text }) => say(text),
  language: ({ language, open, ...said }) => {
    document.documentElement.lang = language === "en" ? "en" : "zh-CN";
    document.documentElement.dataset.page = "ready";
    words = said;
    named();
    if (open) show(true);
  },
};
watch("command", () => {
  const command = props.command;
  if (command && Object.hasOwn(COMMANDS, command.kind)) COMMANDS[command.kind](command);
});
