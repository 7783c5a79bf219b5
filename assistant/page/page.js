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
