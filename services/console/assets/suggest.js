// Names of communes, territories and occupations while typing. A name typed in full works without this.

let count = 0;
for (const input of document.querySelectorAll("input[data-suggest]")) {
  const list = document.createElement("datalist");
  list.id = `suggestions-${++count}`;
  input.after(list);
  input.setAttribute("list", list.id);
  let waiting;
  let asked = "";
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    const text = input.value.trim();
    if (text.length < 3 || text.endsWith(")")) return;
    waiting = setTimeout(async () => {
      asked = text;
      const query = new URLSearchParams({ quoi: input.dataset.suggest, q: text });
      const answer = await fetch(`/recherche/noms?${query}`, { headers: { "X-Requested-With": "ancrage" } }).catch(() => null);
      if (!answer?.ok || asked !== text) return;
      list.replaceChildren(
        ...(await answer.json()).items.map((name) => {
          const option = document.createElement("option");
          option.value = name;
          return option;
        }),
      );
    }, 150);
  });
}
