// Everything works without this. With it the page renews itself when a file has changed, and links do not make it jump:
// its parts are replaced, and what was scrolled to, typed and focused stays.

const PARTS = ["ask", "checks", "stage"];
const LONGEST_WAIT = 1500; // milliseconds for frames to load: a picture that hangs must not hold the letter back
let working = Promise.resolve();

const live = () => document.getElementById("live");

function tell(text, lost = false) {
  live().textContent = text;
  live().classList.toggle("lost", lost);
}

/** Show the page at `address`, one after the other if several are asked for. */
function show(address, { push = false } = {}) {
  working = working.then(async () => {
    const answer = await fetch(address);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (push) history.pushState(null, "", address);
    const state = remember();
    document.title = page.title;
    document.body.dataset.rung = page.body.dataset.rung;
    for (const part of PARTS) await replace(part, page, state);
    recall(state);
  }).catch(() => tell("Stopped", true));
  return working;
}

async function replace(part, page, state) {
  const stale = document.getElementById(part), fresh = document.adoptNode(page.getElementById(part));
  const frames = [...fresh.querySelectorAll("iframe")];
  if (!frames.length) return stale.replaceWith(fresh);
  // The new letter is laid out behind the old one, so that nothing flashes.
  fresh.classList.add("coming");
  const loaded = frames.map((frame) => new Promise((done) => frame.addEventListener("load", done, { once: true })));
  stale.after(fresh);
  await Promise.race([Promise.all(loaded), new Promise((done) => setTimeout(done, LONGEST_WAIT))]);
  for (const frame of frames) frame.contentWindow.scrollTo(0, state.frames[frame.name] ?? 0);
  stale.remove();
  fresh.classList.remove("coming");
}

function remember() {
  const focused = document.activeElement;
  return {
    frames: Object.fromEntries([...document.querySelectorAll("iframe")].map((frame) => [frame.name, frame.contentWindow.scrollY])),
    scrolled: [...document.querySelectorAll("[data-keep]")].map((box) => [box.dataset.keep, box.scrollTop]),
    focused: focused?.id,
    typed: focused?.matches("input.field") ? focused.value : null,
  };
}

function recall({ scrolled, focused, typed }) {
  for (const [name, top] of scrolled) {
    const box = document.querySelector(`[data-keep="${name}"]`);
    if (box) box.scrollTop = top;
  }
  const box = focused && document.getElementById(focused);
  if (!box) return;
  if (typed !== null) box.value = typed;
  box.focus({ preventScroll: true });
}

/** The address that the form asks for: what goes without saying is left out, as the page's own links do. */
function asked(form) {
  const query = new URLSearchParams([...new FormData(form)].filter(([name, value]) => value && !(name === "at" && value === "now")));
  return `/?${query}`;
}

document.addEventListener("click", (event) => {
  const link = event.target.closest('a[href^="/?"]');
  if (!link || link.target || link.hash || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  show(link.href, { push: true });
});
document.addEventListener("change", (event) => {
  // A text that is half typed counts as changed as soon as its field is replaced; Enter says when it is whole.
  if (event.target.matches("select, [type=checkbox]")) show(asked(event.target.form), { push: true });
});
document.addEventListener("submit", (event) => {
  event.preventDefault();
  show(asked(event.target), { push: true });
});
window.addEventListener("popstate", () => show(location.href));

const source = new EventSource("/events");
let lost = false;
source.addEventListener("change", async ({ data }) => {
  if (lost || data !== document.body.dataset.rung) {
    lost = false;
    await show(location.href);
    tell(`Renewed ${new Date().toLocaleTimeString("en-GB")}`);
  } else tell("Live");
});
source.addEventListener("error", () => {
  lost = true;
  tell("Stopped", true);
});
