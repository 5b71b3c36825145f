// Table and map as one: choosing in one selects in the other; filters and figures change in place; the address follows.

const svg = document.querySelector("[data-map]");
const panel = document.querySelector("[data-panel]");
const caption = document.querySelector("[data-map-caption]");
const chosen = svg.querySelector("[data-chosen]");
const hint = caption.textContent;
const form = document.querySelector("[data-filters]");
const headers = { "X-Requested-With": "ancrage" };
let part = document.querySelector("[data-table-part]");
let revision = Number(part.dataset.revision);

const shape = (code) => document.getElementById(`t${code}`);
const row = (code) => part.querySelector(`[data-row][data-code="${code}"]`);
const address = (change) => {
  const url = new URL(location.href);
  change(url.searchParams);
  return url;
};

const need = () => {
  const query = new URLSearchParams();
  for (const [name, value] of new URL(location.href).searchParams) {
    if (["metier", "taille", "budget"].includes(name)) query.append(name, value);
  }
  return query;
};

function mark(code) {
  for (const other of part.querySelectorAll("tr.at")) other.classList.remove("at");
  row(code)?.classList.add("at");
  chosen.setAttribute("href", `#t${code}`);
}

// In one column the sheet of what was chosen stands under the table and the map: who chooses is taken there, and back.
const inOneColumn = () => matchMedia("(max-width: 860px)").matches;

async function choose(code, { fromMap = false, show = true } = {}) {
  mark(code);
  if (fromMap && !inOneColumn()) row(code)?.scrollIntoView({ block: "nearest" });
  history.replaceState(null, "", address((query) => query.set("territoire", code)));
  panel.setAttribute("aria-busy", "true");
  const waiting = setTimeout(() => (panel.textContent = panel.dataset.loading), 300);
  const answer = await fetch(`/territoires/${code}?${need()}`, { headers }).catch(() => null);
  clearTimeout(waiting);
  panel.removeAttribute("aria-busy");
  if (answer) panel.innerHTML = await answer.text();
  else panel.textContent = panel.dataset.lost;
  if (show && inOneColumn()) {
    panel.scrollIntoView({ block: fromMap ? "nearest" : "start" });
    panel.focus({ preventScroll: true });
  }
}

function tint(path, look) {
  path.classList.remove("c0", "c1", "c2", "c3", "c4", "c5", "h1", "h2", "h3", "h4", "h5");
  path.classList.add(look);
  if (look.startsWith("h")) path.setAttribute("fill", `url(#${look})`);
  else path.removeAttribute("fill");
}

function follows() {
  for (const [look, codes] of Object.entries(JSON.parse(part.dataset.classes ?? "{}"))) {
    for (const code of codes.split(" ")) {
      const path = shape(code);
      if (path) tint(path, look);
    }
  }
}

function fade() {
  const kept = part.dataset.kept === undefined ? null : new Set(part.dataset.kept.split(" "));
  for (const path of svg.querySelectorAll(".territories path")) {
    path.classList.toggle("out", kept !== null && !kept.has(path.id.slice(1)));
  }
  svg.setAttribute("viewBox", part.dataset.viewBox);
  const scale = Number(part.dataset.viewBox.split(" ")[2]) / 1000;
  for (const hatch of svg.querySelectorAll("[data-hatch]")) {
    hatch.setAttribute("patternTransform", `rotate(45) scale(${scale})`);
  }
}

async function load(url, { keep = true } = {}) {
  part.setAttribute("aria-busy", "true");
  const answer = await fetch(url, { headers }).catch(() => null);
  if (!answer?.ok) {
    location.assign(url);
    return;
  }
  const holder = document.createElement("div");
  holder.innerHTML = await answer.text();
  const fresh = holder.querySelector("[data-table-part]");
  part.replaceWith(fresh);
  document.querySelector("[data-need-part]").replaceWith(holder.querySelector("[data-need-part]"));
  for (const name of ["metier", "budget"]) {
    form.elements[name].setAttribute("aria-invalid", document.getElementById(`p-${name}`) !== null);
  }
  part = fresh;
  revision = Number(part.dataset.revision);
  fade();
  follows();
  const before = need().toString();
  if (keep) history.replaceState(null, "", url);
  const code = new URL(location.href).searchParams.get("territoire");
  if (code && need().toString() !== before) choose(code, { show: false });
  else if (code) mark(code);
}

document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  const link = event.target.closest("[data-choose]");
  const sorting = event.target.closest("[data-sort], [data-more]");
  const meant = event.target.closest("[data-need]");
  const back = event.target.closest("[data-to-table]") && part.querySelector("tr.at [data-choose]");
  if (back) {
    event.preventDefault();
    back.scrollIntoView({ block: "center" });
    back.focus({ preventScroll: true });
  } else if (link) {
    event.preventDefault();
    choose(link.dataset.choose);
  } else if (meant) {
    event.preventDefault();
    form.elements.metier.value = meant.textContent;
    form.requestSubmit();
  } else if (sorting) {
    event.preventDefault();
    load(new URL(sorting.href));
  }
});
svg.addEventListener("click", (event) => {
  const path = event.target.closest(".territories path");
  if (path) choose(path.id.slice(1), { fromMap: true });
});
svg.addEventListener("pointerover", (event) => {
  const path = event.target.closest(".territories path");
  caption.textContent = path ? path.dataset.n : hint;
});
form.addEventListener("change", () => form.requestSubmit());
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (value) query.append(name, value);
  const code = new URL(location.href).searchParams.get("territoire");
  if (code) query.set("territoire", code);
  load(new URL(`/territoires?${query}`, location.href));
});

function flash(element) {
  element.classList.remove("flash");
  void element.offsetWidth;
  element.classList.add("flash");
}

function apply(change) {
  const path = shape(change.code);
  if (path) tint(path, change.shape);
  const line = row(change.code);
  const shown = [line, panel.querySelector(`[data-panel-of="${change.code}"]`)].filter(Boolean);
  for (const place of shown) {
    for (const [name, text] of Object.entries(change.cells)) {
      const cell = place.querySelector(`[data-cell="${name}"]`);
      if (cell) cell.textContent = text;
    }
    const chip = place.querySelector(".class .chip");
    if (chip) chip.className = `chip ${change.shape}`;
  }
  if (line) flash(line);
}

async function follow() {
  if (!document.hidden) {
    const asked = need();
    asked.set("depuis", revision);
    const shown = part;
    const answer = await fetch(`/territoires/changements?${asked}`, { headers }).catch(() => null);
    if (answer?.ok && shown === part) {
      const news = await answer.json();
      revision = news.revision;
      news.rows.forEach(apply);
      const line = part.querySelector("[data-as-of]");
      if (line) line.textContent = ` · ${news.said}`;
    }
  }
  setTimeout(follow, 3000);
}
setTimeout(follow, 3000);
const first = new URL(location.href).searchParams.get("territoire");
if (first) mark(first);
