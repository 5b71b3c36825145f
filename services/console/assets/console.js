// What every page does with a script: keys, rows, confirmations, the live tray. Without it all pages still work.
import { listen } from "./stream.js";
import { rows } from "./rows.js";

document.documentElement.classList.add("scripted");

const typing = (target) => target.closest("input, textarea, select, [contenteditable]") !== null;
const keys = document.querySelector("[data-keys]");

document.querySelector("[data-keys-open]")?.addEventListener("click", () => keys.showModal());
document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") document.querySelector("details.menu[open]")?.removeAttribute("open");
  if (typing(event.target) || keys.open) return;
  if (event.key === "/") {
    event.preventDefault();
    document.getElementById("recherche").focus();
  } else if (event.key === "?") {
    keys.showModal();
  }
});
document.addEventListener("click", (event) => {
  const menu = document.querySelector("details.menu[open]");
  if (menu && !menu.contains(event.target)) menu.removeAttribute("open");
});

// A form is sent once: a second press waits for the answer of the first.
document.addEventListener("submit", (event) => {
  if (event.target.method !== "post") return;
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "1";
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// Filters apply as they are chosen; the button stays for those who want it.
for (const form of document.querySelectorAll("form[data-apply]")) {
  form.addEventListener("change", () => form.requestSubmit());
}

// On a narrow screen the menu is one line that scrolls: the page one is on is in sight.
document.querySelector(".nouns [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

rows(typing);
if (document.body.hasAttribute("data-signed-in")) listen();
