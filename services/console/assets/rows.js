// Lists by keyboard: j and k move, Enter opens, e decides. The row in hand shows its essentials beside the list.

export function rows(typing) {
  const table = document.querySelector("[data-list]");
  if (!table) return;
  const all = () => [...document.querySelectorAll("[data-list] [data-row]")];
  const panel = document.querySelector("[data-side]");
  let wanted = null;

  const choose = async (row) => {
    for (const other of all()) other.classList.toggle("at", other === row);
    row.scrollIntoView({ block: "nearest" });
    const link = row.querySelector("a");
    link.focus({ preventScroll: true });
    if (!panel || !row.dataset.part) return;
    wanted = row;
    const answer = await fetch(row.dataset.part, { headers: { "X-Requested-With": "ancrage" } }).catch(() => null);
    if (wanted !== row) return;
    if (answer?.status === 401) location.reload();
    panel.innerHTML = answer ? await answer.text() : panel.dataset.lost;
  };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const list = all();
    const at = list.findIndex((row) => row.classList.contains("at"));
    if (event.key === "j" && at < list.length - 1) choose(list[at + 1]);
    else if (event.key === "k" && at > 0) choose(list[at - 1]);
    else if (event.key === "e" && at >= 0) location.assign(list[at].dataset.decide ?? list[at].querySelector("a").href);
  });
  if (panel) {
    table.addEventListener("click", (event) => {
      const row = event.target.closest("[data-row]");
      if (row && !event.target.closest("a, button, input, label")) choose(row);
    });
  }
}
