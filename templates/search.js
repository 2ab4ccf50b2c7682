// The search box over a digest's archive: no server, no library. Its words come in parts, as scripts (a page on a disk may load nothing
// else), and only once somebody is about to search. Whatever is shown is set as text, never as HTML.
"use strict";
(() => {
  const box = document.getElementById("find");
  if (!box) return;
  const field = box.querySelector("input"), said = box.querySelector("[role=status]"), list = box.querySelector("ol");
  const archive = (self.syndicateArchive ??= {});
  const newest = Number(box.dataset.parts), MOST = 50;
  const stories = [];
  let left = newest, asked = false, timer = 0;

  // Small letters without accents; what has no accent to lose, by hand. The voicing marks of Japanese make another letter, and stay.
  const PLAIN = { ß: "ss", ø: "o", ł: "l", đ: "d", æ: "ae", œ: "oe", ı: "i", ð: "d", þ: "th" };
  const fold = (text) =>
    text.normalize("NFKD").toLowerCase().replace(/(?![\u3099\u309a])\p{Mn}/gu, "").replace(/[ßøłđæœıðþ]/g, (letter) => PLAIN[letter]);
  const words = (text) => ` ${fold(text).replace(/[^\p{L}\p{M}\p{N}]+/gu, " ").trim()} `;
  const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

  // How well a field has a term: a whole word, the beginning of one, or, where words are not set apart, any place.
  const fit = (text, term) =>
    text.includes(` ${term} `) ? 3 : text.includes(` ${term}`) ? 2 : UNSPACED.test(term) && text.includes(term) ? 2 : 0;
  const WEIGHTS = [6, 2, 3, 3]; // title, excerpt, provider, topics
  const score = (story, terms) => {
    let sum = 0;
    for (const term of terms) {
      let best = 0;
      story.fields.forEach((text, place) => (best = Math.max(best, fit(text, term) * WEIGHTS[place])));
      if (!best) return 0;
      sum += best;
    }
    return sum;
  };

  const take = (number) => {
    for (const [name, date, subject, told] of (archive[number] ?? []).toReversed?.() ?? [...(archive[number] ?? [])].reverse()) {
      if (!told.some(([title]) => title === subject)) told.unshift([subject, "", "", ""]);
      for (const fields of told) stories.push({ name, date, title: fields[0], source: fields[2], fields: fields.map(words) });
    }
  };

  // One part after the other, the newest first: what is there is searched meanwhile.
  const load = () => {
    if (!left) return;
    const script = document.createElement("script"), number = left--;
    script.src = `search/${number}.js`;
    script.onload = script.onerror = () => {
      take(number);
      load();
      show();
    };
    document.head.append(script);
  };

  const element = (tag, text, name) => {
    const made = document.createElement(tag);
    made.textContent = text;
    if (name) made.className = name;
    return made;
  };
  const item = (story) => {
    const row = document.createElement("li"), link = document.createElement("a"), title = element("span", story.title, "hit");
    const meta = element("span", [story.date, story.source].filter(Boolean).join(" · "), "quiet");
    title.dir = "auto";
    link.href = `${story.name}.html#:~:text=${encodeURIComponent(story.title).replaceAll("-", "%2D")}`;
    link.append(title, " ", meta);
    row.append(link);
    return row;
  };

  function show() {
    const terms = words(field.value).trim().split(" ").filter(Boolean);
    list.hidden = !terms.length;
    if (!terms.length) {
      said.textContent = "";
      list.replaceChildren();
      return;
    }
    const hits = stories.map((story, place) => ({ story, place, score: score(story, terms) })).filter((hit) => hit.score);
    hits.sort((a, b) => b.score - a.score || a.place - b.place);
    list.replaceChildren(...hits.slice(0, MOST).map((hit) => item(hit.story)));
    const number = hits.length.toLocaleString(document.documentElement.lang || undefined);
    said.textContent = hits.length ? box.dataset.hits.replace("%(count)s", number) : left || stories.length === 0 ? "…" : box.dataset.none;
  }

  const begin = () => {
    if (!asked) load();
    asked = true;
  };
  field.addEventListener("focus", begin);
  field.addEventListener("input", () => {
    begin();
    clearTimeout(timer);
    timer = setTimeout(show, 120); // so that a reader of screens is told once
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && field.value) {
      event.preventDefault();
      field.value = "";
      show();
    }
  });
  box.hidden = false;
  if (field.value) begin(); // the browser has kept it
})();
