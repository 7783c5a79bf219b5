// The page's script.
//
// Clicks on a citation, wherever it stands, open its clause in the source panel; the panel scrolls
// to the quote. On a narrow page the panel lies over the conversation until it is closed.
const panel = () => document.getElementById("source");
const show = (open) => panel()?.classList.toggle("pa-over", open);

document.addEventListener("click", (event) => {
  const button = event.target.closest(".pa-answer button, #source button");
  if (button?.name === "clause") {
    const [clause, turn] = button.value.split(":");
    trigger("open", { clause, turn: Number(turn) });
    show(true);
  } else if (button?.name === "back") {
    trigger("back", {});
  } else if (button?.name === "close") {
    show(false);
  }
});
// The newest question is brought to the top of the conversation, so that its answer is read from the
// beginning, whatever its length. The answer's content comes a little after its frame.
const SETTLING_MS = [0, 60, 250];
let answered = 0;
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
}).observe(document.body, { childList: true, subtree: true });
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") show(false);
});
watch("value", () => {
  const target = element.querySelector(".pa-target");
  const quote = element.querySelector(".pa-target mark") ?? target;
  const view = panel();
  if (!view) return;
  if (!quote) {
    view.scrollTo({ top: 0 });
    return;
  }
  const offset = quote.getBoundingClientRect().top - view.getBoundingClientRect().top;
  view.scrollTo({ top: view.scrollTop + offset - view.clientHeight / 3 });
  target.focus({ preventScroll: true });
});
