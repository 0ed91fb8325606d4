// The reading page: asks while somebody types, shows an article in parts, and answers keys.
// The server gives all HTML. An exported file has the same views and no server (`live` is false):
// it answers one question, all its articles are in it, and below each hit its shares and citation.
"use strict";

const WAIT = 60; // milliseconds without a key before the question is asked
const REST = 1200; // after which a question stays in the history
const AGAIN = 2000; // after which a part of an article is asked for again if it did not come

const live = Boolean(document.body.dataset.token);
const $ = (id) => document.getElementById(id);
const hitsBox = $("hits");
const reading = $("reading");
const wide = matchMedia("(min-width: 60rem)");

// ---- Small helpers ---------------------------------------------------------------------------

function element(name, attributes = {}, ...content) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...content);
  return made;
}

const within = (value, least, most) => Math.min(Math.max(value, least), most);
const placeOf = (box) => box.getBoundingClientRect();

const timers = {};

function later(name, wait, run) {
  cancel(name);
  timers[name] = setTimeout(() => {
    timers[name] = 0;
    run();
  }, wait);
}

function cancel(name) {
  clearTimeout(timers[name]);
  timers[name] = 0;
}

function say(text, wait = 0) {
  later("say", wait, () => { $("said").textContent = text; });
}

// Tell something in words, and show it for a while beside the controls of the article, or of `place`.
function tell(text, place = reading) {
  say(text);
  const note = element("span", { class: "told", "aria-hidden": "true" }, text);
  place.querySelector(".told")?.remove();
  place.querySelector(".controls")?.append(note);
}

function press(name, on) {
  const button = reading.querySelector(`[data-do="${name}"]`);
  if (button) button.ariaPressed = on;
}

// ---- Addresses: what is asked is what the address says ---------------------------------------

const NAMES = ["q", "like", "doc", "where", "mode", "k", "p", "min_score", "all", "open"];
const LISTS = ["doc", "where"];

function askedIn(search) {
  const given = new URLSearchParams(search);
  return Object.fromEntries(NAMES.map((name) =>
    [name, LISTS.includes(name) ? given.getAll(name).filter(Boolean) : given.get(name) || ""]));
}

function parameters(asked) {
  const values = (name) => [asked[name]].flat().filter(Boolean);
  return String(new URLSearchParams(
    NAMES.flatMap((name) => values(name).map((value) => [name, value]))));
}

const searched = (asked) => parameters({ ...asked, open: "" });
const isEmpty = (asked) => !asked.q.trim() && !asked.like;

function addressOf(asked) {
  if (!live) return `${location.href.split("#")[0]}#${passageNamed(asked.open)?.id || ""}`;
  const query = parameters(asked);
  return query ? `/?${query}` : "/";
}

// What is asked: as the address says, or the place in a file.
const askedHere = () => live
  ? askedIn(location.search)
  : { ...askedIn(""), open: placeInFile()?.dataset.passage || "" };

const placeInFile = () =>
  reading.querySelector(`.passage[id="${CSS.escape(location.hash.slice(1))}"]`);

// ---- Asking: only the newest answer wins -----------------------------------------------------

let asked = askedHere();
let shownSearch = searched(asked); // what the hits in the list answer
let settled = true; // whether the address now stands in the history for good
let showing = Promise.resolve(); // ends when what was typed last is shown
const pending = {}; // the request under way for each place of the page
let waiting = 0; // how many are under way, which tests wait for

// Fetch for a place of the page; a newer request for it ends this one, which gives null then.
async function get(place, address, kind = "text", options = {}) {
  pending[place]?.abort();
  const { signal } = (pending[place] = new AbortController());
  waiting += 1;
  try {
    const response = await fetch(address, { ...options, signal });
    const content = await response[kind]();
    if (signal.aborted) return null;
    if (response.status === 409) askAgain(); // the index has moved on since
    return { ok: response.ok, content };
  } catch (error) {
    return error.name === "AbortError" ? null : { ok: false, content: "", gone: true };
  } finally {
    waiting -= 1;
  }
}

const post = (place, address) => get(place, address, "json",
  { method: "POST", headers: { "x-page-token": document.body.dataset.token } });

// The parameters of a request about what the page shows, which is of one generation of the index.
function queryFor(search, more) {
  const { generation } = document.body.dataset;
  const given = [...new URLSearchParams(search), ...Object.entries(more)];
  return new URLSearchParams([...given, ["generation", generation]]);
}

// Answer what is asked once more: the passages may be others now.
function askAgain() {
  shownSearch = opened = null;
  return show(asked, "none");
}

// Show what is asked: the list if another question is asked, and the article that is open.
async function show(next, how = "push") {
  record(next, how);
  asked = next;
  fillIn(next);
  cancel("article");
  if (searched(next) !== shownSearch || hitsBox.querySelector(".problem")) await answer(next);
  else await openAsked(next);
}

function record(next, how) {
  if (how === "none") return;
  try {
    if (how === "push") history.pushState({ within: true }, "", addressOf(next));
    else history.replaceState(history.state, "", addressOf(next));
  } catch { /* the preview of a file in a mail may have no address */ }
  if (live) document.title = `${next.q || next.like || "Ask"} · Passage search`;
}

async function answer(next) {
  hitsBox.ariaBusy = true;
  const got = await get("hits", `/part/hits?${searched(next)}`);
  if (got === null) return;
  hitsBox.ariaBusy = null;
  const hadFocus = document.activeElement.matches("#hits *"); // the list itself stays, and so its focus
  shownSearch = searched(next);
  hitsBox.innerHTML = got.gone ? $("gone").innerHTML : got.content;
  if (got.gone) return;
  hitsBox.scrollTop = 0;
  const { generation, said } = hitsBox.querySelector(".answer")?.dataset || {};
  if (generation) document.body.dataset.generation = generation;
  mark(wantedIn(next));
  if (hadFocus) focusList();
  say(said || "", 500);
  if (wantedIn(next)) later("article", settled ? 0 : 150, () => openAsked(asked));
  else openAsked(next);
}

// The passage that is to be open: of itself that is the first hit, and not one of the nearest.
const wantedIn = (next) =>
  next.open || hitsBox.querySelector(".answer > .hits > .hit")?.dataset.passage || "";

async function openAsked(next) {
  document.body.dataset.view = next.open ? "reading" : "list";
  const id = wantedIn(next);
  if (id) await openPassage(id, searched(next));
  else closeArticle();
}

// ---- The question and its filters ------------------------------------------------------------

function typed() {
  const value = (id, plain = "") => ($(id).value === plain ? "" : $(id).value);
  const q = value("question");
  return { ...asked, q, mode: value("mode", "hybrid"), k: value("k", "10"),
    like: q ? "" : asked.like, all: "", open: "" };
}

function fillIn(next) {
  if (!live || timers.ask) return; // what is being typed is asked in a moment
  const fill = (id, value) => { if ($(id).value !== value) $(id).value = value; };
  fill("question", next.q);
  fill("mode", next.mode || "hybrid");
  fill("k", next.k || "10");
  const listed = LISTS.flatMap((list) => next[list].map((value) =>
    chip(value, { ...next, [list]: next[list].filter((each) => each !== value) })));
  if (next.p) listed.push(chip(`chance ≤ ${next.p}`, { ...next, p: "" }));
  if (next.min_score) listed.push(chip(`score ≥ ${next.min_score}`, { ...next, min_score: "" }));
  $("chosen").replaceChildren(...listed);
}

// What restricts the answer is shown as a link to the page without it.
function chip(told, without) {
  const href = addressOf({ ...without, open: "" });
  return element("a", { class: "chip", href, "aria-label": `Remove ${told}` }, told);
}

// Add what a field holds to the filters. A date stands for a condition, and replaces the one before.
function add(id) {
  const list = id === "doc" ? "doc" : "where";
  const sign = { from: "date >= ", to: "date <= " }[id] || "";
  const value = sign + $(id).value.trim();
  if (value === sign) return;
  $(id).value = "";
  const others = asked[list].filter((each) => each !== value && !(sign && each.startsWith(sign)));
  show({ ...asked, [list]: [...others, value], open: "" });
}

function typing() {
  cancel("preview"); // it is of the question before
  later("ask", WAIT, askTyped);
  later("settle", REST, () => { settled = true; });
}

// A new question leaves the old one in the history. What is typed further replaces the new one.
function askTyped() {
  const how = settled ? "push" : "replace";
  settled = false;
  showing = show(typed(), how);
}

function settle() {
  if (timers.ask) {
    cancel("ask");
    askTyped();
  }
  cancel("settle");
  settled = true;
  return showing;
}

async function offerNames() {
  const got = await get("names", `/part/documents?like=${encodeURIComponent($("doc").value)}`);
  if (got?.ok) $("names").innerHTML = got.content;
}

// ---- The list of hits ------------------------------------------------------------------------

// Those that are shown: the nearest are folded away.
const visibleHits = () =>
  [...hitsBox.querySelectorAll(".hit")].filter((hit) => hit.checkVisibility());

// Mark the hit whose passage is open.
function mark(id = opened?.id) {
  for (const hit of hitsBox.querySelectorAll(".hit")) {
    const current = hit.dataset.passage === id;
    hit.classList.toggle("current", current);
    hit.querySelector("a").setAttribute("aria-current", String(current));
  }
}

function focusList() {
  const hits = visibleHits();
  const hit = hits.find((each) => each.matches(".current")) || hits[0];
  (hit?.querySelector("a") || $("hits-title"))?.focus({ preventScroll: true });
  hit?.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const hits = visibleHits();
  if (!hits.length) return;
  const from = document.activeElement.closest(".hit") || hitsBox.querySelector(".hit.current");
  const at = hits.indexOf(from);
  const open = hits[at < 0 ? 0 : within(at + by, 0, hits.length - 1)].dataset.passage;
  if (!wide.matches) document.body.dataset.view = "list";
  mark(open);
  focusList();
  if (wide.matches) later("preview", 120, () => show({ ...asked, open }, "replace"));
}

async function openHit(hit) {
  cancel("preview");
  settled = true;
  await show({ ...asked, open: hit.dataset.passage });
  if (opened && !sheets) await goTo(opened.number); // if it was open, somebody may have scrolled away
  focusOpened();
}

function focusOpened() {
  const place = sheets?.querySelector(".sheet:has(rect)") || passageOf(opened?.number);
  place?.focus({ preventScroll: true });
}

// ---- The article -----------------------------------------------------------------------------

let opened = null; // { id, document, number, search } of the passage that is open

const article = () => reading.querySelector(".article:not([hidden])"); // a file has several
const textBox = () => article()?.querySelector(".text");
const passages = () => [...(textBox()?.querySelectorAll(".passage") || [])];
const passageOf = (number) => textBox()?.querySelector(`.passage[data-number="${number}"]`);
const passageNamed = (id) => reading.querySelector(`.passage[data-passage="${CSS.escape(id)}"]`);
const numberOf = (passage) => Number(passage.dataset.number);

function closeArticle() {
  pending.article?.abort();
  opened = scores = null;
  if (live) reading.replaceChildren();
  else for (const each of reading.querySelectorAll(".article")) each.hidden = true;
  $("strip").hidden = true;
}

async function openPassage(id, search) {
  if (opened?.id === id && opened.search === search) return mark();
  if (!live) return showKept(passageNamed(id));
  pending.explain?.abort();
  const got = await get("article", `/part/article?${queryFor(search, { open: id })}`);
  if (got === null) return;
  reading.innerHTML = got.content;
  if (got.gone) reading.append(element("p", { class: "note", role: "alert" }, toldGone()));
  takeArticle(search);
}

const toldGone = () => $("gone").content.querySelector("p").textContent;

// Show the article of a passage, and none of the others that the file holds.
function showKept(passage) {
  if (!passage) return;
  for (const each of reading.querySelectorAll(".article")) each.hidden = !each.contains(passage);
  for (const each of reading.querySelectorAll(".opened")) each.classList.remove("opened");
  passage.classList.add("opened");
  article().dataset.opened = passage.dataset.number;
  takeArticle("");
}

// Read the article that is in the page now, and go to its passage.
function takeArticle(search) {
  opened = sheets = null;
  near.disconnect();
  $("strip").hidden = true;
  if (!article()) return;
  const { document: id, opened: number } = article().dataset;
  opened = { id: `${id}#${number}`, document: id, number: Number(number), search };
  layOut();
  goTo(opened.number);
  mark();
  showPages();
  loadScores(search);
}

// The text is in parts. One that is far from what is read is empty, and keeps its height.

const parts = () => [...(textBox()?.querySelectorAll(":scope > .part") || [])];
const partOf = (number) => parts().find(({ dataset }) => number <= dataset.last);
const isFilled = (part) => part.childElementCount > 0;

// A part that is not loaded gets about the height that it will have.
function layOut() {
  const each = placeOf(textBox()).height / passages().length; // in pixels
  for (const part of parts()) {
    const { first, last } = part.dataset;
    if (!isFilled(part)) part.style.height = `${each * (last - first + 1)}px`;
    observe(part);
  }
}

// Be told whether a part is near, now and whenever that changes.
function observe(part) {
  near.unobserve(part);
  near.observe(part);
}

// What comes near to the view is loaded, and what is far from it is emptied.
const near = new IntersectionObserver((changes) => {
  if (sheets) return;
  for (const { target: part, isIntersecting } of changes) {
    if (!part.isConnected) continue; // its article was left meanwhile
    const { first } = part.dataset;
    if (isIntersecting) fill(part, first);
    else pending[first]?.abort();
    const isUsed = part.contains(document.activeElement) || part.querySelector(".why");
    if (!isIntersecting && !isUsed && isFilled(part)) empty(part);
  }
}, { root: reading, rootMargin: "200% 0%" });

// Fill a part, and return whether it is full now; `place` is that of the request.
async function fill(part, place) {
  if (isFilled(part)) return true;
  const { first, last } = part.dataset;
  const query = queryFor(opened.search, { doc_id: opened.document, first, last });
  const got = await get(place, `/part/stretch?${query}`);
  if (!opened || !part.isConnected) return false;
  if (got && !got.ok) later(`part ${first}`, AGAIN, () => observe(part));
  if (!got?.ok) return false;
  if (!isFilled(part)) unmoved(part, () => {
    part.innerHTML = got.content;
    part.style.height = "";
    passageOf(opened.number)?.classList.add("opened");
  });
  scrolled();
  return true;
}

// Change a part, and keep what stands at the upper edge of the view there: a part that is above it
// pushes by all that it grows, and one that holds it by the share above it.
function unmoved(part, change) {
  const before = placeOf(part);
  const above = before.height && within((placeOf(reading).top - before.top) / before.height, 0, 1);
  change();
  reading.scrollTop += above * (placeOf(part).height - before.height);
}

function empty(part) {
  part.style.height = `${placeOf(part).height}px`;
  part.replaceChildren();
}

// Show a passage, loaded or not, a fifth of the height below the upper edge.
async function goTo(number) {
  pending.jump?.abort();
  const part = partOf(number);
  if (part && !isFilled(part) && !await fill(part, "jump")) return;
  // A file may have left the passage out: what stands before it is shown then.
  const passage = passageOf(number)
    || passages().findLast((each) => numberOf(each) < number) || passages()[0];
  if (passage) scrollTo(passage);
}

// Its scroll margin is a fifth of the height. The title stays in view if there is room for both.
function scrollTo(passage) {
  const best = passage.querySelector("mark.best");
  const tall = reading.clientHeight;
  const isDeep = best && placeOf(best).top - placeOf(passage).top > 0.6 * tall;
  (isDeep ? best : passage).scrollIntoView();
  if (reading.scrollTop < 0.4 * tall) reading.scrollTop = 0;
  scrolled();
}

let frame = 0;

function scrolled() {
  frame ||= requestAnimationFrame(() => {
    frame = 0;
    drawStrip();
    hideTip();
  });
}

// ---- The strip: the score of every passage ---------------------------------------------------

let scores = null; // of the passages of the article, null for each without

async function loadScores(search) {
  const kept = article().dataset.scores;
  takeScores(kept ? kept.split(",").map((score) => (score ? Number(score) : null)) : null);
  if (!live || !search) return;
  const query = queryFor(search, { doc_id: opened.document });
  const got = await get("scores", `/api/scores?${query}`, "json");
  if (got?.ok && got.content.doc_id === opened?.document) takeScores(got.content.scores);
}

// Each passage has a bar. Those of a long article overlap, and the longest is seen.
function takeScores(found) {
  scores = found;
  const top = Math.max(...(scores || []), 0.01);
  const bars = (scores || []).map((score, at) =>
    `M.07 ${at + 0.5}H${(0.07 + (0.86 * Math.max(score, 0)) / top).toFixed(4)}`);
  $("strip").querySelector(".scores").setAttribute("d", bars.join(""));
  drawStrip();
}

function drawStrip() {
  const box = $("strip");
  box.hidden = !opened || !scores;
  if (box.hidden) return;
  const drawing = box.firstElementChild;
  const [view, bars, here] = drawing.children;
  const [first, last] = inView();
  const each = box.clientHeight / scores.length;
  drawing.setAttribute("viewBox", `0 0 1 ${scores.length}`);
  view.setAttribute("y", first - 1);
  view.setAttribute("height", last - first + 1);
  bars.style.strokeWidth = `${Math.max(each > 4 ? each - 1 : each, 1)}px`;
  here.setAttribute("d", `M0 ${opened.number - 1}v1`);
  [box.ariaValueMin, box.ariaValueMax] = [1, scores.length];
  if (document.activeElement !== box) sayStrip(first);
}

// The numbers of the first and the last passage in view.
function inView() {
  const view = placeOf(reading);
  const isSeen = (each) => {
    const { top, bottom } = placeOf(each);
    return bottom > view.top && top < view.bottom;
  };
  const seen = sheets ? [] : passages().filter(isSeen);
  if (seen.length) return [numberOf(seen[0]), numberOf(seen.at(-1))];
  const part = sheets ? null : parts().find(isSeen); // it is not loaded yet
  const number = part ? Number(part.dataset.first) : opened.number;
  return [number, number];
}

function sayStrip(number) {
  const score = scores[number - 1];
  const told = typeof score === "number" ? `score ${score.toFixed(2)}` : "no score";
  $("strip").ariaValueNow = number;
  $("strip").ariaValueText = `Passage ${number} of ${scores.length}, ${told}`;
}

function moveStrip(number) {
  const to = within(number, 1, scores.length);
  const open = `${opened.document}#${to}`;
  sayStrip(to);
  // On pages, a passage has a place only while it is the one that is open.
  if (sheets) later("strip", 200, () => show({ ...asked, open }, "replace"));
  else later("strip", 30, () => goTo(to));
}

function stripKey(event) {
  const now = Number($("strip").ariaValueNow);
  const far = Math.max(Math.round(scores.length / 10), 1);
  const moves = {
    ArrowDown: now + 1, ArrowRight: now + 1, ArrowUp: now - 1, ArrowLeft: now - 1,
    PageDown: now + far, PageUp: now - far, Home: 1, End: scores.length,
  };
  if (!(event.key in moves)) return;
  event.preventDefault();
  moveStrip(moves[event.key]);
}

function stripPointed(event) {
  const { top, height } = placeOf($("strip"));
  moveStrip(1 + Math.floor((scores.length * (event.clientY - top)) / height));
}

// ---- Why a passage has its score -------------------------------------------------------------

const whys = new WeakMap(); // what explains a passage, once it was fetched

const explainedIn = (passage) => passage.querySelector(".explains")?.open
  ?? Boolean(passage.querySelector(".why"));

async function explain() {
  showText(); // words are explained in the text, not on a picture of it
  if (opened && !passageOf(opened.number)) await goTo(opened.number); // it was far from the view
  const passage = passageOf(opened?.number);
  if (!passage) return;
  if (explainedIn(passage)) return unexplain(passage);
  const why = await whyOf(passage, "explain");
  if (!why) return;
  showWhy(passage, true);
  (reachWord(passage) || passage).focus();
  why.scrollIntoView({ block: "nearest" });
}

function unexplain(passage) {
  showWhy(passage, false);
  passage.focus({ preventScroll: true });
}

// A file has the explanation in the element that a reader can open too.
function showWhy(passage, on) {
  const kept = passage.querySelector(".explains");
  if (kept) return void (kept.open = on);
  const body = passage.querySelector(".body");
  body.classList.toggle("explained-text", on);
  if (on) body.after(whys.get(passage));
  else whys.get(passage).remove();
  press("explain", on);
}

// Fetch what explains a passage, and make the words of its text elements that hold their shares.
// `place` is that of the request, and `mayChange` says whether the text may be replaced then.
async function whyOf(passage, place, mayChange = () => true) {
  if (!live) return passage.querySelector(".why");
  if (whys.has(passage)) return whys.get(passage);
  if (isEmpty(asked)) return void say("There is no question to explain a score for.");
  const query = queryFor(opened.search, { passage: opened.id });
  const got = await get(place, `/part/explain?${query}`);
  if (whys.has(passage)) return whys.get(passage);
  if (got === null || !mayChange()) return null;
  const box = element("div");
  box.innerHTML = got.content;
  const [text, why] = box.querySelector(".explanation")?.children || [];
  if (!why) return void say(box.textContent.trim() || "The score cannot be explained now.");
  passage.querySelector(".body").replaceChildren(...text.childNodes);
  whys.set(passage, why);
  return why;
}

// Let the Tab key reach the word that adds most, and return it; undefined if none adds anything.
function reachWord(passage) {
  const share = (word) => Number(word.dataset.share);
  const words = [...passage.querySelectorAll(".word")];
  const [strongest] = words.sort((one, other) => share(other) - share(one));
  if (strongest) strongest.tabIndex = 0;
  return strongest;
}

// Show what a word adds: over the bar of each part, and in words.
function showWord(word) {
  const why = word.closest(".passage").querySelector(".why");
  if (!why) return;
  const shares = word.dataset.shares.split(" ").map(Number);
  for (const row of why.querySelectorAll("tr[data-part]")) {
    const share = shares[Number(row.dataset.part)] || 0;
    const bar = row.querySelector(".of-word");
    bar.setAttribute("width", `${(100 * Math.abs(share)) / why.dataset.length}%`);
    bar.classList.toggle("negative", share < 0);
  }
  why.querySelector(".of-this-word").textContent = toldOf(word, why);
  for (const each of reading.querySelectorAll(".word.shown")) each.classList.remove("shown");
  word.classList.add("shown");
}

function toldOf(word, why) {
  const told = word.dataset.shares.split(" ").flatMap((share, part) => {
    const row = why.querySelector(`tr[data-part="${part}"]`);
    const isTold = row && Math.abs(share) >= 0.0005;
    return isTold ? [`${row.cells[0].textContent} ${Number(share).toFixed(3)}`] : [];
  });
  const name = word.textContent.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, "");
  return `“${name}” adds ${word.dataset.share} of ${why.dataset.score}: ${told.join(", ")}`;
}

function wordKey(event) {
  const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!by) return;
  event.preventDefault();
  const words = [...event.target.closest(".passage").querySelectorAll(".word")];
  const next = words[words.indexOf(event.target) + by];
  if (!next) return;
  event.target.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

// Pointing at a word of the open passage tells its share beside it, before anything is explained.
function pointed({ target, pointerType, clientX: x, clientY: y }) {
  const passage = target.closest(".passage.opened");
  unpoint();
  if (!live || isEmpty(asked) || !passage || explainedIn(passage)) return hideTip();
  if (!target.closest(".body") || pointerType !== "mouse") return hideTip();
  const isAtRest = () => getSelection().isCollapsed && !passage.matches(":active");
  later("point", 100, async () => {
    const why = await whyOf(passage, "point", isAtRest);
    const word = document.elementFromPoint(x, y)?.closest(".word");
    if (why && passage.contains(word) && !explainedIn(passage)) showTip(toldOf(word, why), x, y);
    else hideTip();
  });
}

function unpoint() {
  cancel("point");
  pending.point?.abort();
}

function showTip(text, x, y) {
  hideTip();
  const tip = element("div", { id: "tip", "aria-hidden": "true" }, text); // keys have the explanation
  document.body.append(tip);
  const below = y + 20 + tip.offsetHeight < innerHeight;
  tip.style.left = `${within(x, 8, innerWidth - tip.offsetWidth - 8)}px`;
  tip.style.top = `${below ? y + 20 : y - 12 - tip.offsetHeight}px`;
}

function hideTip() {
  $("tip")?.remove();
}

// ---- Pages of a PDF --------------------------------------------------------------------------

// A PDF is shown as its pages unless somebody asks for the text, or the file has changed.

let asPages = true; // what somebody chose last
let sheets = null; // the element with the pages, while they are shown

async function showPages(isChosen = false) {
  const button = reading.querySelector('[data-do="pages"]');
  if (!button || !asPages) return;
  const id = opened.id;
  const top = () => placeOf(passageOf(opened.number) || reading).top;
  const place = top();
  const width = Math.round(Math.min(article().clientWidth, 900) * devicePixelRatio);
  const got = await get("sheets", `/part/sheets?${queryFor(opened.search, { passage: id, width })}`);
  if (got === null || opened?.id !== id) return;
  // To find places in a long file takes seconds. Whoever has begun to read the text goes on.
  if (!isChosen && (Math.abs(top() - place) > 5 || reading.querySelector(".why"))) return;
  if (!got.ok) return tell("The pages cannot be shown now.");
  const hadFocus = document.activeElement === passageOf(opened.number);
  textBox().insertAdjacentHTML("beforebegin", got.content);
  sheets = reading.querySelector(".sheets");
  button.hidden = !sheets; // in its place is a note that says why
  if (!sheets) return;
  textBox().hidden = true;
  press("pages", true);
  if (hadFocus) focusOpened();
  const view = placeOf(reading);
  const lit = sheets.querySelector(".best") || sheets.querySelector(".box") || sheets;
  reading.scrollTop += placeOf(lit).top - view.top - 0.25 * view.height;
  drawStrip();
}

function showText() {
  if (!sheets) return;
  sheets.remove();
  sheets = null;
  textBox().hidden = false;
  press("pages", false);
  goTo(opened.number);
}

function switchPages() {
  asPages = !sheets;
  if (sheets) showText();
  else showPages(true);
}

// ---- Citations -------------------------------------------------------------------------------

// The text to copy stands below the passage in a file, and at the head of the article on the page.
async function copyCitation(button) {
  const place = button?.closest(".passage") || (live ? article() : passageOf(opened?.number));
  const cited = place?.querySelector(".cited");
  if (!cited) return;
  try {
    await navigator.clipboard.writeText(cited.textContent);
    tell("Citation copied", place);
  } catch {
    const tall = reading.scrollHeight;
    cited.hidden = false;
    cited.closest("details")?.setAttribute("open", "");
    getSelection().selectAllChildren(cited);
    cited.focus();
    if (live) reading.scrollTop += reading.scrollHeight - tall; // it stands over the text
    tell("The browser does not let the page copy: the citation is selected", place);
  }
}

async function checkLine() {
  const line = $("line").value.trim();
  if (!line) return $("verified").replaceChildren();
  const got = await get("verify", `/part/verify?line=${encodeURIComponent(line)}`);
  if (got?.ok) $("verified").innerHTML = got.content;
  else if (got) $("verified").replaceChildren(element("p", {}, got.content));
}

// ---- The index and the files -----------------------------------------------------------------

async function lookForChanges() {
  const got = await get("status", "/api/status", "json");
  if (got?.ok) showStatus(got.content);
}

function showStatus(status) {
  const update = status.update || {};
  const upToDate = status.up_to_date === null ? "Pushed to Milvus" : "Up to date";
  const news = status.changed ? "The articles have changed" : upToDate;
  const told = update.running ? update.progress : update.problem || status.problem || news;
  if ($("changed").textContent !== told) $("changed").textContent = told;
  const button = document.querySelector('[data-do="update"]');
  $("changed").setAttribute("aria-live", update.running ? "off" : "polite"); // not each step
  button.hidden = !status.changed && !update.running && !update.problem;
  if (button.hidden && document.activeElement === button) $("question").focus();
  button.disabled = Boolean(update.running);
  if (update.running) return later("status", 300, lookForChanges);
  if (!status.generation || status.generation === document.body.dataset.generation) return;
  document.body.dataset.generation = status.generation;
  askAgain();
}

async function update() {
  await post("update", "/api/update");
  await lookForChanges();
}

async function openFile() {
  if (!opened) return;
  const got = await post("file", `/api/open?passage=${encodeURIComponent(opened.id)}`);
  if (!got) return;
  tell(got.ok ? `Opened with ${got.content.with}` : got.content.error || "It cannot be opened.");
}

// ---- What buttons and keys do ----------------------------------------------------------------

const DEEDS = {
  explain,
  copy: copyCitation,
  open: openFile,
  like: () => opened && show({ ...asked, q: "", like: opened.id, open: "" }),
  update,
  help: () => $("help").showModal(),
  verify: () => $("verify").showModal(),
  close: (button) => button.closest("dialog").close(),
  filters: toggleFilters,
  back: goBack,
  pages: switchPages,
};

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  e: explain,
  y: () => copyCitation(),
  "?": DEEDS.help,
  ...(live && { "/": () => { $("question").focus(); $("question").select(); }, o: openFile }),
};

function toggleFilters(button) {
  const box = $("filters");
  box.hidden = !box.hidden;
  button.setAttribute("aria-expanded", String(!box.hidden));
  if (!box.hidden) box.querySelector("input").focus();
}

function goBack() {
  if (history.state?.within) history.back();
  else show({ ...asked, open: "" }, "replace");
}

function pressed(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.target.matches?.("input, select")) return inField(event);
  if (event.target.matches?.(".word")) wordKey(event);
  if (event.key === "Escape") return escape(event);
  if (!Object.hasOwn(KEYS, event.key)) return;
  event.preventDefault();
  KEYS[event.key]();
}

// A field is left for the hits with Escape, and the question with Enter or the arrow down too. The key
// that leads to the question is no part of it.
function inField(event) {
  if (event.isComposing) return;
  const isQuestion = event.target.id === "question";
  if (isQuestion && event.key === "/" && !event.target.value) return event.preventDefault();
  if (event.key !== "Escape" && !(isQuestion && ["Enter", "ArrowDown"].includes(event.key))) return;
  event.preventDefault();
  settle().then(focusList);
}

function escape(event) {
  const passage = event.target.closest?.(".passage");
  if (passage && explainedIn(passage)) unexplain(passage);
  else if (!wide.matches && document.body.dataset.view === "reading") goBack();
}

// A link of the page is followed without loading the page anew.
function clicked(event) {
  const target = event.target;
  const button = target.closest("[data-do]");
  if (button) return DEEDS[button.dataset.do]?.(button);
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const hit = target.closest(".hit, #verified a");
  if (hit && !String(getSelection())) {
    event.preventDefault();
    hit.closest("dialog")?.close();
    return openHit(hit);
  }
  const link = target.closest('a[href="/"], a[href^="/?"]');
  if (!link || !live) return;
  event.preventDefault();
  settled = true;
  const next = askedIn(new URL(link.href).search);
  show(next).then(() => next.open ? focusOpened() : $("hits-title")?.focus());
}

function overWord(event) {
  if (event.target.matches(".word")) showWord(event.target);
}

function start() {
  document.addEventListener("keydown", pressed);
  document.addEventListener("click", clicked);
  reading.addEventListener("scroll", scrolled, { passive: true });
  reading.addEventListener("pointerover", overWord);
  reading.addEventListener("focusin", overWord);
  reading.addEventListener("pointermove", pointed);
  reading.addEventListener("pointerleave", () => { unpoint(); hideTip(); });
  reading.addEventListener("error", showText, true); // of a picture: it does not bubble
  addEventListener("resize", scrolled);
  $("strip").addEventListener("keydown", stripKey);
  $("strip").addEventListener("pointerdown", stripPointed);
  $("strip").addEventListener("pointermove", (event) => { if (event.buttons) stripPointed(event); });
  if (!live) return startKept();
  if (article()) takeArticle(searched(asked));
  startAsking();
}

function startKept() {
  reading.addEventListener("toggle", (event) => {
    if (event.target.matches(".explains[open]")) reachWord(event.target);
  }, true); // it does not bubble
  addEventListener("popstate", () => {
    if (placeInFile() || !location.hash) show(askedHere(), "none");
  });
  show(asked, "none");
}

function startAsking() {
  history.replaceState(history.state, "", location.href);
  fillIn(asked);
  for (const id of ["question", "mode", "k"]) $(id).addEventListener("input", typing);
  for (const id of ["doc", "from", "to", "where"]) {
    $(id).addEventListener("keydown", (event) => { if (event.key === "Enter") add(id); });
    $(id).addEventListener("change", () => add(id));
  }
  $("doc").addEventListener("input", () => later("names", WAIT, offerNames));
  $("line").addEventListener("input", () => later("verify", WAIT, checkLine));
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) lookForChanges();
  });
  addEventListener("popstate", cameBack);
}

function cameBack() {
  settled = true;
  cancel("ask");
  show(askedHere(), "none").then(() => { if (!wide.matches && !asked.open) focusList(); });
}

start();
