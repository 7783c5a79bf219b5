// The library tab's script: uploads with their progress, the dialogs before anything is replaced or
// deleted, and the keys within a picture. What it changes on the server goes through the routes
// below documents/; afterwards it asks for a build ("changed") and the page shows the rest.
const STAGGER = 150; // ms between the end of the last upload and the build
const root = () => document.getElementById("library");
const editing = () => root()?.querySelector(".pl-editing");
const said = (key, values = {}) =>
  Object.entries(values).reduce(
    (text, [name, value]) => text.replaceAll(`{${name}}`, value),
    JSON.parse(editing()?.dataset.words ?? "{}")[key] ?? key,
  );

// the page may stand below a prefix of a proxy: Gradio knows that, but not always by which protocol
// and host it is reached, which the browser does
function address(source, query = {}) {
  const below = new URL(window.gradio_config?.root ?? ".", document.baseURI).pathname;
  const base = location.origin + below.replace(/\/$/, "");
  const path = source.split("/").map(encodeURIComponent).join("/");
  const language = editing()?.dataset.language;
  const asked = new URLSearchParams(language ? { ...query, language } : query).toString();
  return `${base}/documents/${path}${asked ? `?${asked}` : ""}`;
}

// A question before something is done: a real dialog, closed by Escape, its keys kept inside.
// The answer is whether it was confirmed.
function confirmed(title, text, yes) {
  const dialog = document.createElement("dialog");
  dialog.className = "pl-dialog";
  dialog.setAttribute("aria-labelledby", "pl-dialog-title");
  const element = (tag, content, attributes = {}) => {
    const made = Object.assign(document.createElement(tag), attributes);
    made.textContent = content;
    return made;
  };
  const form = element("form", "", { method: "dialog" });
  const buttons = element("p", "");
  buttons.append(
    element("button", said("cancel"), { value: "", autofocus: true }),
    element("button", yes, { value: "yes", className: "pl-yes" }),
  );
  form.append(element("h2", title, { id: "pl-dialog-title" }), element("p", text), buttons);
  dialog.append(form);
  const before = document.activeElement;
  (document.querySelector(".gradio-container") ?? document.body).append(dialog);
  dialog.showModal();
  return new Promise((resolve) =>
    dialog.addEventListener("close", () => {
      resolve(dialog.returnValue === "yes");
      dialog.remove();
      before?.focus?.({ preventScroll: true });
    }),
  );
}

// the queue: one file after another, each with a line of its own
const jobs = [];
let working = false;

function draw() {
  const list = root()?.querySelector(".pl-queue");
  if (!list) return;
  list.replaceChildren(
    ...jobs.map((job) => {
      const line = document.createElement("li");
      line.className = `pl-job pl-${job.state}`;
      const name = document.createElement("span");
      name.textContent = job.source;
      const state = document.createElement("span");
      state.textContent = job.text;
      line.append(name, state);
      if (job.state === "sending") {
        const bar = document.createElement("progress");
        bar.setAttribute("aria-label", job.source);
        bar.max = 1;
        if (job.share < 1) bar.value = job.share;
        line.append(bar);
      }
      return line;
    }),
  );
}

function show(job, state, text) {
  Object.assign(job, { state, text });
  draw();
}

function send(job, replace) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("PUT", address(job.source, replace ? { replace: "true" } : {}));
    request.upload.onprogress = (event) => {
      job.share = event.lengthComputable ? event.loaded / event.total : 1;
      const percent = Math.floor(job.share * 100);
      show(job, "sending", percent < 100 ? said("sending", { percent }) : said("reading"));
    };
    request.onloadend = () => {
      let answer = {};
      try {
        answer = JSON.parse(request.responseText);
      } catch {
        // a proxy's own page, or nothing
      }
      const { status } = request;
      resolve({ ...answer, outcome: answer.status, status, done: status >= 200 && status < 300 });
    };
    job.share = 0;
    show(job, "sending", said("sending", { percent: 0 }));
    request.send(job.file);
  });
}

// Uploads a file; whether it changed the library.
async function upload(job) {
  const limit = Number(editing()?.dataset.limit ?? 20);
  if (job.file.size > limit * 1e6) {
    show(job, "failed", said("too_large", { limit }));
    return false;
  }
  let answer = await send(job, job.replace);
  if (answer.status === 409 && ["exists", "alike"].includes(answer.reason)) {
    const text = said("ask_replace", { name: answer.name });
    if (!(await confirmed(said("ask_replace_title"), text, said("yes_replace")))) {
      show(job, "skipped", said("skipped"));
      return false;
    }
    job.source = answer.name;
    answer = await send(job, true);
  }
  if (!answer.done) {
    const detail = answer.detail ?? said("no_connection");
    show(job, "failed", detail.startsWith(job.source) ? detail.slice(job.source.length).replace(/^[：:]\s*/, "") : detail);
    return false;
  }
  const values = { kept: answer.kept, clauses: answer.clauses, documents: answer.documents.length };
  show(job, "done", said(answer.outcome ?? "added", values));
  return answer.outcome !== "unchanged";
}

async function work() {
  if (working) return;
  working = true;
  let changes = 0;
  try {
    for (let job = next(); job; job = next()) changes += await upload(job);
  } finally {
    working = false;
  }
  if (changes) setTimeout(() => trigger("changed", {}), STAGGER);
}
const next = () => jobs.find((job) => job.state === "queued");

function add(files, target) {
  if (!working) jobs.splice(0); // what was done before is no longer news
  for (const file of files) {
    const source = target ?? file.name;
    jobs.push({ file, source, replace: Boolean(target), state: "queued", text: said("queued") });
  }
  draw();
  work();
}

const ending = (name) => name.slice(name.lastIndexOf(".")).toLowerCase();

// Another file in the place of one that is there.
function replace(source) {
  const chooser = document.createElement("input");
  chooser.type = "file";
  chooser.accept = ending(source);
  chooser.onchange = async () => {
    const [file] = chooser.files;
    if (!file) return;
    if (ending(file.name) !== ending(source)) {
      jobs.push({ source: file.name, state: "failed", text: said("other_type", { ending: ending(source) }) });
      draw();
      return;
    }
    const text = said("ask_replace", { name: source });
    if (await confirmed(said("ask_replace_title"), text, said("yes_replace"))) add([file], source);
  };
  chooser.click();
}

async function remove(source) {
  const text = said("ask_delete", { name: source });
  if (!(await confirmed(said("ask_delete_title"), text, said("yes_delete")))) return;
  const job = { source, state: "working", text: "…" };
  if (!working) jobs.splice(0);
  jobs.push(job);
  draw();
  let answer = {};
  try {
    const response = await fetch(address(source), { method: "DELETE" });
    answer = { ...(await response.json()), done: response.ok };
  } catch {
    // no connection: said below
  }
  if (!answer.done) return show(job, "failed", answer.detail ?? said("no_connection"));
  show(job, "done", said("removed", { name: source, kept: answer.kept }));
  trigger("changed", {});
}

// A picture's dots: the tab key reaches each line once, the arrows move within and between lines.
function move(event) {
  const dot = event.target.closest(".pl-chart a");
  if (dot?.dataset.cell && event.key === " ") {
    event.preventDefault();
    clicked(event); // a button, though it is drawn
  }
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (!dot || !step) return;
  const marks = (line) => [...line.querySelectorAll("a")];
  const lines = [...dot.closest(".pl-chart").querySelectorAll(".pl-line[role=group]")];
  const line = dot.closest(".pl-line");
  const at = (mark) => mark.getBoundingClientRect().x;
  let to;
  if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
    to = marks(line)[marks(line).indexOf(dot) + step];
  } else {
    const other = lines[lines.indexOf(line) + step];
    if (other) to = marks(other).sort((a, b) => Math.abs(at(a) - at(dot)) - Math.abs(at(b) - at(dot)))[0];
  }
  event.preventDefault();
  if (!to) return;
  marks(to.closest(".pl-line")).forEach((mark) => mark.setAttribute("tabindex", mark === to ? 0 : -1));
  to.focus();
}

// Opens a clause as the page's own buttons do.
function open(clause) {
  const button = Object.assign(document.createElement("button"), {
    type: "button", name: "clause", value: clause, hidden: true,
  });
  root().append(button);
  button.click();
  button.remove();
}

const picked = { amounts: "library-amounts-picked", subjects: "library-subjects-picked" };
let awaited = null;

function clicked(event) {
  const act = event.target.closest("button, a");
  if (!act) return;
  if (act.name === "state") trigger("choose", { state: act.value });
  else if (act.name === "replace") replace(act.value);
  else if (act.name === "delete") remove(act.value);
  else if (act.dataset.cell) {
    event.preventDefault();
    awaited = picked[act.dataset.picture];
    trigger("pick", { picture: act.dataset.picture, cell: act.dataset.cell });
  } else if (act.dataset.clause) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a permalink as any other
    event.preventDefault();
    open(act.dataset.clause);
  } else if (act.dataset.source) act.href = address(act.dataset.source);
}

function dragged(event) {
  const zone = event.target.closest?.(".pl-drop");
  root()?.querySelector(".pl-drop")?.classList.toggle("pl-over", Boolean(zone) && event.type === "dragover");
  if (!zone) return;
  event.preventDefault();
  if (event.type === "drop") add(event.dataTransfer.files);
}

// once a page, however often Gradio puts the tab together
window.paLibrary?.abort();
window.paLibrary = new AbortController();
const on = (target, type, listener) =>
  target.addEventListener(type, listener, { signal: window.paLibrary.signal });
const here = (listener) => (event) => root()?.contains(event.target) && listener(event);
on(document, "click", here(clicked));
on(document, "keydown", here(move));
for (const type of ["dragover", "dragleave", "drop"]) on(document, type, here(dragged));
on(document, "change", here((event) => {
  if (!event.target.matches(".pl-drop input[type=file]")) return;
  add([...event.target.files]);
  event.target.value = "";
}));
// the list is asked for again where it came after words that it does not answer
let asked = null;
watch("value", () => {
  const sought = root()?.querySelector("#library-find :is(input, textarea)")?.value ?? "";
  const shown = element.querySelector(".pl-documents")?.dataset.sought;
  if (shown === undefined || shown === sought) asked = null;
  else if (asked !== sought) {
    asked = sought;
    trigger("seek", {});
  }
});
// Gradio draws the place of the queue anew with each language, and the lists when they are asked for
new MutationObserver((changes) => {
  const list = root()?.querySelector(".pl-queue");
  if (list && jobs.length && !list.childElementCount) draw();
  const place = awaited && document.getElementById(awaited);
  const shown = place?.querySelector(".pl-listed");
  if (shown && changes.some((change) => place.contains(change.target))) {
    awaited = null;
    shown.scrollIntoView({ block: "nearest" });
    shown.focus({ preventScroll: true });
  }
}).observe(root() ?? document.body, { childList: true, subtree: true, characterData: true });
