// The live stream: one connection for all tabs of this browser, shared through a lock and a channel.

const channel = "BroadcastChannel" in window ? new BroadcastChannel("ancrage") : null;
const KEEP = 4;
const STEPS = "proposed approved accepted commission lease installed completed refused released".split(" ");
const ASKED = "vacancy.confirmation_requested";
const LAST = "ancrage-last-event";
const UNSEEN = "ancrage-unseen-alerts";

// The id to go on from: a page that follows another must not miss what came in between.
function recent() {
  const { id, at } = JSON.parse(localStorage.getItem(LAST) ?? "{}");
  return id && Date.now() - at < 120000 ? id : "";
}

export function listen() {
  const list = document.querySelector("[data-tray-list]");
  const state = document.querySelector("[data-live-state]");
  const count = document.querySelector("[data-alert-count]");
  let cut = null;
  let leading = false;

  const told = (message) => {
    if (message.kind === "event") show(message.data);
    else if (message.kind === "cut") cut ??= setTimeout(() => (state.textContent = state.dataset.cut), 4000);
    else if (message.kind === "open") {
      clearTimeout(cut);
      cut = null;
      if (state.textContent) {
        state.textContent = state.dataset.back;
        setTimeout(() => (state.textContent = ""), 5000);
      }
    } else if (message.kind === "gap") state.textContent = state.dataset.gap;
  };
  if (channel) channel.onmessage = (event) => told(event.data);
  const tell = (message) => {
    channel?.postMessage(message);
    told(message);
  };

  // How many alerts came since the list of alerts was last looked at, in any tab.
  const unseen = (more) => {
    const seen = location.pathname === "/alertes" ? 0 : Number(localStorage.getItem(UNSEEN) ?? 0) + more;
    localStorage.setItem(UNSEEN, String(seen));
    count.textContent = String(seen);
    count.hidden = seen === 0;
  };
  unseen(0);

  const show = async (event) => {
    const { type, placement, step = "", count: confirmations = 1 } = event;
    if (!placement && type !== ASKED) return;
    const about = placement ? { placement, step } : { confirmations };
    const address = `/alertes/phrase?${new URLSearchParams(about)}`;
    const answer = await fetch(address, { headers: { "X-Requested-With": "ancrage" } }).catch(() => null);
    if (!answer?.ok || answer.status === 204) return;
    const item = document.createElement("li");
    item.innerHTML = await answer.text();
    item.querySelector("[data-dismiss]")?.addEventListener("click", () => item.remove());
    list.prepend(item);
    while (list.children.length > KEEP) list.lastElementChild.remove();
    unseen(leading ? 1 : 0);
  };

  const open = () => {
    const last = recent();
    const source = new EventSource(`/alertes${last && `?last_event_id=${encodeURIComponent(last)}`}`);
    source.onopen = () => tell({ kind: "open" });
    source.onerror = () => {
      tell({ kind: "cut" });
      // A stream that was refused is not tried again by the browser: a service may be restarting.
      if (source.readyState === EventSource.CLOSED) setTimeout(open, 10000);
    };
    const read = (event) => {
      localStorage.setItem(LAST, JSON.stringify({ id: event.lastEventId, at: Date.now() }));
      tell({ kind: "event", data: JSON.parse(event.data) });
    };
    source.addEventListener(ASKED, read);
    for (const step of STEPS) source.addEventListener(`placement.${step}`, read);
    source.addEventListener("stream.reset", () => tell({ kind: "gap" }));
  };
  const connect = () =>
    new Promise(() => {
      leading = true;
      open();
    });

  // One tab holds the connection; when it closes, the lock passes to the next.
  if (channel && navigator.locks) navigator.locks.request("ancrage-stream", connect);
  else connect();
}
