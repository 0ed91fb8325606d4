// The reading page: asks while somebody types, shows an article in stretches, and answers keys.
// The server gives all HTML. An exported file has the same views and no server (`live` is false):
// it answers one question, all its articles are in it, and below each hit its shares and citation.
"use strict";

const WAIT = 60; // milliseconds without a key before the question is asked
const REST = 1200; // after which a question stays in the history
const CHUNK = 60; // passages that are loaded at once
const MOST = 300; // passages that are kept in the document

const live = Boolean(document.body.dataset.token);
const $ = (id) => document.getElementById(id);
const hitsBox = $("hits");
const reading = $("reading");
const wide = matchMedia("(min-width: 60rem)");
const calm = matchMedia("(prefers-reduced-motion: reduce)");

// ---- Addresses: what is asked is what the address says -------------------------------------

const LISTS = ["doc", "where"];
const SINGLES = ["q", "like", "mode", "k", "all", "open"];

function askedIn(search) {
  const given = new URLSearchParams(search);
  const asked = {};
  for (const name of SINGLES) asked[name] = given.get(name) || "";
  for (const name of LISTS) asked[name] = given.getAll(name).filter(Boolean);
  return asked;
}

function parameters(asked, leftOut = []) {
  const given = new URLSearchParams();
  for (const name of ["q", "like", "doc", "where", "mode", "k", "all", "open"]) {
    if (leftOut.includes(name)) continue;
    for (const value of [asked[name]].flat()) if (value) given.append(name, value);
  }
  return given.toString();
}

const searched = (asked) => parameters(asked, ["open"]);
const isEmpty = (asked) => !asked.q.trim() && !asked.like;

function addressOf(asked) {
  if (!live) return `${location.href.split("#")[0]}#${passageNamed(asked.open)?.id || ""}`;
  const query = parameters(asked);
  return query ? `/?${query}` : "/";
}

// What is asked: as the address says, or the place in a file.
function askedHere() {
  if (live) return askedIn(location.search);
  return { ...askedIn(""), open: placeInFile()?.dataset.passage || "" };
}

const placeInFile = () =>
  reading.querySelector(`.passage[id="${CSS.escape(location.hash.slice(1))}"]`);

// ---- Asking: only the newest answer wins ----------------------------------------------------

let asked = askedHere();
let shownSearch = searched(asked); // what the hits in the list answer
let settled = true; // whether the address now stands in the history for good
let isNew = false; // whether what is typed is to be a new entry of the history
const pending = {}; // the request under way for each place of the page
let waiting = 0; // how many are under way
const timers = {};

function later(name, wait, run) {
  clearTimeout(timers[name]);
  timers[name] = setTimeout(run, wait);
}

// Fetch for a place of the page; a newer request for it ends this one, which gives null then.
async function get(place, address, kind = "text") {
  pending[place]?.abort();
  const mine = (pending[place] = new AbortController());
  document.body.dataset.waiting = ++waiting; // nothing is shown of it unless it takes long
  try {
    const response = await fetch(address, { signal: mine.signal });
    const content = await response[kind]();
    if (mine.signal.aborted) return null;
    if (response.status === 409) askAgain(); // the index has moved on since
    return { ok: response.ok, content };
  } catch (error) {
    return error.name === "AbortError" ? null : { ok: false, content: "", gone: true };
  } finally {
    waiting -= 1;
    if (waiting) document.body.dataset.waiting = waiting;
    else delete document.body.dataset.waiting;
  }
}

// Answer what is asked once more: the passages may be others now.
function askAgain() {
  shownSearch = opened = null;
  return show(asked, "none");
}

// The parameters of a request about what the page shows, which is of one generation of the index.
function queryFor(search, more = {}) {
  const query = new URLSearchParams(search);
  for (const [name, value] of Object.entries(more)) query.set(name, value);
  query.set("generation", document.body.dataset.generation);
  return query;
}

const post = (address) =>
  fetch(address, { method: "POST", headers: { "x-page-token": document.body.dataset.token } });

function record(next, how) {
  if (how === "none") return;
  try {
    if (how === "push") history.pushState({ within: true }, "", addressOf(next));
    else history.replaceState(history.state, "", addressOf(next));
  } catch { /* the preview of a file in a mail may have no address */ }
  if (live) document.title = `${next.q || next.like || "Ask"} · Passage search`;
}

// Show what is asked: the list if another question is asked, and the article that is open.
async function show(next, how = "push") {
  record(next, how);
  asked = next;
  fillIn(next);
  clearTimeout(timers.article);
  if (searched(next) !== shownSearch || hitsBox.querySelector(".problem")) await answer(next);
  else await openAsked(next);
}

async function answer(next) {
  if (isEmpty(next)) {
    pending.hits?.abort();
    shownSearch = searched(next);
    hitsBox.replaceChildren($("intro").content.cloneNode(true));
    closeArticle();
    return;
  }
  const got = await get("hits", `/part/hits?${searched(next)}`);
  if (got === null) return;
  shownSearch = searched(next);
  if (got.gone) return sayProblem("The page does not answer any more. Start it again.");
  hitsBox.innerHTML = got.content;
  hitsBox.scrollTop = 0;
  const generation = hitsBox.querySelector(".answer")?.dataset.generation;
  if (generation) document.body.dataset.generation = generation;
  mark(wantedIn(next));
  say(hitsBox.querySelector(".answer")?.dataset.said || hitsBox.textContent.trim(), 500);
  later("article", settled ? 0 : 150, () => openAsked(asked));
}

// The passage that is to be open: of itself that is the first hit, and not one of the nearest.
const wantedIn = (next) =>
  next.open || hitsBox.querySelector(".answer > .hits > .hit")?.dataset.passage || "";

async function openAsked(next) {
  const id = wantedIn(next);
  setView(next.open ? "reading" : "list");
  if (!id) return closeArticle();
  await openPassage(id, searched(next));
}

function sayProblem(text) {
  const box = document.createElement("div");
  box.className = "problem";
  box.setAttribute("role", "alert");
  const title = document.createElement("h2");
  title.id = "hits-title";
  title.textContent = "That could not be answered";
  const told = document.createElement("p");
  told.textContent = text;
  box.append(title, told);
  hitsBox.replaceChildren(box);
}

function say(text, wait = 0) {
  later("say", wait, () => { $("said").textContent = text; });
}

function setView(view) {
  document.body.dataset.view = view;
}

// ---- The question and its filters ------------------------------------------------------------

const DATE = /^date (>=|<=) (.*)$/;
const BOUNDS = { from: ">=", to: "<=" };

function typed() {
  const where = asked.where.filter((condition) => !DATE.test(condition));
  for (const [id, sign] of Object.entries(BOUNDS)) {
    if ($(id).value.trim()) where.push(`date ${sign} ${$(id).value.trim()}`);
  }
  const mode = $("mode").value === "hybrid" ? "" : $("mode").value;
  const k = $("k").value === "10" ? "" : $("k").value;
  const q = $("question").value;
  return { ...asked, q, where, mode, k, like: q ? "" : asked.like, all: "", open: "" };
}

function fillIn(next) {
  if (!live) return;
  const fill = (id, value) => { if ($(id).value !== value) $(id).value = value; };
  fill("question", next.q);
  fill("mode", next.mode || "hybrid");
  fill("k", next.k || "10");
  for (const [id, sign] of Object.entries(BOUNDS)) {
    const bound = next.where.find((condition) => condition.startsWith(`date ${sign} `));
    if (document.activeElement !== $(id)) fill(id, bound ? bound.match(DATE)[2] : "");
  }
  const others = next.where.filter((condition) => !DATE.test(condition));
  $("chosen").replaceChildren(
    ...next.doc.map((value) => chip("doc", value)),
    ...others.map((value) => chip("where", value)),
  );
}

function chip(list, value) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "chip";
  button.textContent = value;
  button.setAttribute("aria-label", `Remove ${value}`);
  button.addEventListener("click", () => {
    $(list).focus();
    show({ ...asked, [list]: asked[list].filter((each) => each !== value), open: "" });
  });
  return button;
}

// The first key of a new question leaves the old one in the history; the next ones replace it.
function typing() {
  isNew ||= settled;
  settled = false;
  clearTimeout(timers.preview); // of the hits of the question before, which would be filled in
  later("ask", WAIT, () => show(typed(), howToRecord()));
  later("settle", REST, () => { settled = true; });
}

function howToRecord() {
  const how = isNew ? "push" : "replace";
  isNew = false;
  return how;
}

function settle() {
  clearTimeout(timers.ask);
  clearTimeout(timers.settle);
  const next = typed();
  const waits = addressOf(next) !== addressOf({ ...asked, open: "" });
  settled = true;
  return waits ? show(next, howToRecord()) : Promise.resolve();
}

function add(list) {
  const value = $(list).value.trim();
  if (!value || asked[list].includes(value)) return;
  $(list).value = "";
  show({ ...asked, [list]: [...asked[list], value], open: "" });
}

async function offerNames() {
  const got = await get("names", `/part/documents?like=${encodeURIComponent($("doc").value)}`);
  if (got?.ok) $("names").innerHTML = got.content;
}

// ---- The list of hits ---------------------------------------------------------------------

const visibleHits = () =>
  [...hitsBox.querySelectorAll(".hit")].filter((hit) => hit.checkVisibility());
const currentHit = () => hitsBox.querySelector(".hit.current");

// Mark the hit whose passage is open, and the passages of the article that were found.
function mark(id = opened?.id) {
  for (const hit of hitsBox.querySelectorAll(".hit")) {
    const current = hit.dataset.passage === id;
    hit.classList.toggle("current", current);
    const link = hit.querySelector("a");
    if (current) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

function step(by) {
  const hits = visibleHits();
  if (!hits.length) return;
  const at = hits.indexOf(hitsBox.contains(document.activeElement)
    ? document.activeElement.closest(".hit") || currentHit() : currentHit());
  const inList = hitsBox.contains(document.activeElement) || !wide.matches;
  const to = at < 0 || (!inList && at < 0) ? 0 : Math.min(Math.max(at + by, 0), hits.length - 1);
  if (!wide.matches) setView("list");
  const hit = hits[to];
  hit.querySelector("a").focus({ preventScroll: true });
  hit.scrollIntoView({ block: "nearest" });
  mark(hit.dataset.passage);
  if (!wide.matches) return;
  later("preview", 120, () => show({ ...asked, open: hit.dataset.passage }, "replace"));
}

function focusList() {
  const hits = visibleHits();
  const hit = hits.find((each) => each.matches(".current")) || hits[0];
  (hit?.querySelector("a") || $("hits-title"))?.focus();
}

async function openHit(hit) {
  clearTimeout(timers.preview);
  settled = true;
  await show({ ...asked, open: hit.dataset.passage });
  if (opened && !sheets) await goTo(opened.number); // if it was open, somebody may have scrolled away
  focusOpened();
}

function focusOpened() {
  const place = sheets?.querySelector(".sheet:has(rect)") || passageOf(opened?.number);
  place?.focus({ preventScroll: true });
}

// ---- The article: a window over its passages ----------------------------------------------

let opened = null; // { id, document, number, total, search } of the passage that is open
let strip = null; // { scores } of the article
let height = 0; // of a passage that is not loaded, in pixels: a mean of those that were

const article = () => reading.querySelector(".article:not([hidden])"); // a file has several
const textBox = () => article()?.querySelector(".text");
const passages = () => [...(textBox()?.querySelectorAll(":scope > .passage") || [])];
const passageOf = (number) => textBox()?.querySelector(`.passage[data-number="${number}"]`);
const passageNamed = (id) => reading.querySelector(`.passage[data-passage="${CSS.escape(id)}"]`);
const numberOf = (passage) => Number(passage.dataset.number);

function closeArticle() {
  pending.article?.abort();
  opened = strip = null;
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
  takeArticle(search);
}

// Show the article of a passage, and none of the others that the file holds.
function showKept(passage) {
  if (!passage) return;
  for (const each of reading.querySelectorAll(".article")) each.hidden = !each.contains(passage);
  for (const each of reading.querySelectorAll(".opened")) each.classList.remove("opened");
  article().dataset.opened = passage.dataset.number;
  takeArticle("");
  markOpened();
}

// Make an article that has come from the server a window, and go to its passage.
function takeArticle(search) {
  const box = article();
  opened = sheets = null;
  $("strip").hidden = true;
  if (!box) return;
  const number = Number(box.dataset.opened);
  const id = `${box.dataset.document}#${number}`;
  opened = { id, number, document: box.dataset.document, search, total: Number(box.dataset.passages) };
  const loaded = passages();
  const last = loaded.at(-1)?.getBoundingClientRect().bottom || 0;
  const first = loaded[0]?.getBoundingClientRect().top || 0;
  height = Math.max((last - first) / Math.max(loaded.length, 1), 20);
  if (live) {
    textBox().prepend(spacer());
    textBox().append(spacer());
    setSpacers();
  }
  goTo(number);
  mark();
  showPages();
  drawStrip();
  loadScores(search);
}

function spacer() {
  const box = document.createElement("div");
  box.className = "spacer";
  box.setAttribute("aria-hidden", "true");
  return box;
}

function setSpacers() {
  const loaded = passages();
  if (!loaded.length) return;
  const above = numberOf(loaded[0]) - 1;
  const below = opened.total - numberOf(loaded.at(-1));
  textBox().firstElementChild.style.height = `${above * height}px`;
  textBox().lastElementChild.style.height = `${below * height}px`;
}

// Change the document so that the first passage in view stays where it is.
function unmoved(change) {
  const top = reading.getBoundingClientRect().top;
  const anchor = passages().find((each) => each.getBoundingClientRect().bottom > top);
  const before = anchor?.getBoundingClientRect().top;
  change();
  setSpacers();
  if (anchor?.isConnected) reading.scrollTop += anchor.getBoundingClientRect().top - before;
}

// The headings directly over a passage stand before it, and go where it goes.
function withHeadings(passage) {
  const found = [passage];
  while (found[0].previousElementSibling?.matches("h3, h4, h5, h6")) {
    found.unshift(found[0].previousElementSibling);
  }
  return found;
}

async function fetchStretch(place, first, last) {
  const query = queryFor(opened.search, { doc_id: opened.document, first, last });
  loading += 1;
  const got = await get(place, `/part/stretch?${query}`);
  loading -= 1;
  if (!got?.ok) return null;
  const box = document.createElement("div");
  box.innerHTML = got.content;
  return box;
}

let loading = 0; // how many stretches are on their way

async function loadAround() {
  if (!opened || loading || !live || sheets) return;
  const loaded = passages();
  if (!loaded.length) return;
  const [first, last] = [numberOf(loaded[0]), numberOf(loaded.at(-1))];
  const view = reading.getBoundingClientRect();
  const above = loaded[0].getBoundingClientRect().top - view.top;
  const below = view.bottom - loaded.at(-1).getBoundingClientRect().bottom;
  const near = -1.5 * view.height;
  if (above > view.height || below > view.height) await jump(numberInView());
  else if (above > near && first > 1) await loadAbove(first);
  else if (below > near && last < opened.total) await loadBelow(last);
  else return;
  scrolled();
}

// Return the number of the first passage in view, which is an estimate if it is not loaded.
function numberInView() {
  const top = reading.getBoundingClientRect().top;
  const loaded = passages();
  const shown = loaded.find((each) => each.getBoundingClientRect().bottom > top + 1);
  const isBelow = shown && shown.getBoundingClientRect().top < top + reading.clientHeight;
  if (isBelow) return numberOf(shown);
  const away = shown
    ? numberOf(loaded[0]) - (loaded[0].getBoundingClientRect().top - top) / height
    : numberOf(loaded.at(-1)) + (top - loaded.at(-1).getBoundingClientRect().bottom) / height;
  return Math.min(Math.max(Math.round(away), 1), opened.total);
}

async function loadAbove(first) {
  const from = Math.max(first - CHUNK, 1);
  const box = await fetchStretch("more", from, first - 1);
  const old = passages()[0];
  if (!box || !old || numberOf(old) !== first) return;
  unmoved(() => {
    withHeadings(old)[0].before(...box.childNodes);
    const loaded = passages();
    if (loaded.length > MOST) removeAfter(loaded[MOST - 1]);
  });
}

async function loadBelow(last) {
  const box = await fetchStretch("more", last + 1, Math.min(last + CHUNK, opened.total));
  const old = passages().at(-1);
  if (!box || !old || numberOf(old) !== last) return;
  unmoved(() => {
    textBox().lastElementChild.before(...box.childNodes);
    const loaded = passages();
    if (loaded.length > MOST) removeBefore(loaded[loaded.length - MOST]);
  });
}

function removeAfter(passage) {
  while (passage.nextElementSibling && !passage.nextElementSibling.matches(".spacer")) {
    passage.nextElementSibling.remove();
  }
}

function removeBefore(passage) {
  const [keep] = withHeadings(passage);
  while (keep.previousElementSibling && !keep.previousElementSibling.matches(".spacer")) {
    keep.previousElementSibling.remove();
  }
}

// Load the passages around one in the place of those that are loaded, and show it at the top.
async function jump(number) {
  const first = Math.max(number - CHUNK / 2, 1);
  const box = await fetchStretch("jump", first, Math.min(first + CHUNK, opened.total));
  if (!box || !opened) return;
  for (const each of [...textBox().children]) if (!each.matches(".spacer")) each.remove();
  textBox().firstElementChild.after(...box.childNodes);
  markOpened();
  setSpacers();
  scrollTo(passageOf(number), 0);
}

function markOpened() {
  passageOf(opened.number)?.classList.add("opened");
}

// Show a passage, loaded or not, a fifth of the height below the upper edge.
async function goTo(number, share = 0.2) {
  if (live && !passageOf(number)) await jump(number);
  scrollTo(passageOf(number) || nearestTo(number), share);
}

// What stands next to a passage that is left out of a file.
function nearestTo(number) {
  return passages().findLast((each) => numberOf(each) < number) || passages()[0];
}

function scrollTo(passage, share) {
  if (!passage) return;
  const best = passage.querySelector("mark.best") || passage;
  const top = passage.getBoundingClientRect().top - reading.getBoundingClientRect().top;
  const deep = best.getBoundingClientRect().top - passage.getBoundingClientRect().top;
  const shift = deep > 0.6 * reading.clientHeight ? deep : 0; // of a passage higher than the view
  const place = reading.scrollTop + top + shift; // in all of the article
  const tall = reading.clientHeight;
  reading.scrollTop = place < 0.6 * tall ? 0 : place - share * tall;
}

let frame = 0;

function scrolled() {
  if (frame) return;
  frame = requestAnimationFrame(() => {
    frame = 0;
    drawStrip();
    hideTip();
    loadAround();
  });
}

// ---- The strip: the score of every passage ---------------------------------------------------

async function loadScores(search) {
  strip = null;
  const kept = article()?.dataset.scores;
  if (kept) strip = kept.split(",").map((score) => (score ? Number(score) : null));
  if (!live || !opened || !search) return drawStrip();
  const query = queryFor(search, { doc_id: opened.document });
  const got = await get("scores", `/api/scores?${query}`, "json");
  if (!got?.ok || got.content.doc_id !== opened?.document) return;
  strip = got.content.scores;
  drawStrip();
}

function drawStrip() {
  const box = $("strip");
  box.hidden = !opened || !strip;
  if (box.hidden) return;
  const canvas = box.firstElementChild;
  const style = getComputedStyle(box);
  const [width, tall] = [box.clientWidth, box.clientHeight];
  const sharp = devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * sharp) || canvas.height !== Math.round(tall * sharp)) {
    canvas.width = Math.round(width * sharp);
    canvas.height = Math.round(tall * sharp);
  }
  const draw = canvas.getContext("2d");
  draw.setTransform(sharp, 0, 0, sharp, 0, 0);
  draw.clearRect(0, 0, width, tall);
  const top = Math.max(...strip.map((score) => score || 0), 0.01);
  const each = tall / strip.length;
  const [from, to] = inView();
  draw.fillStyle = style.getPropertyValue("--view");
  draw.fillRect(0, (from - 1) * each, width, Math.max((to - from + 1) * each, 3));
  draw.fillStyle = style.getPropertyValue("--bar");
  // Several passages share a line of pixels in a long article: the highest is drawn.
  const thick = Math.max(each - (each > 4 ? 1 : 0), 1);
  const lines = new Map();
  strip.forEach((score, at) => {
    const y = each < 1 ? Math.floor(at * each) : at * each;
    lines.set(y, Math.max(lines.get(y) || 0, score || 0));
  });
  for (const [y, score] of lines) draw.fillRect(2, y, (width - 4) * score / top, thick);
  draw.fillStyle = style.getPropertyValue("--here");
  draw.fillRect(0, (opened.number - 1) * each, 4, Math.max(thick, 4));
  box.setAttribute("aria-valuemin", 1);
  box.setAttribute("aria-valuemax", strip.length);
  if (document.activeElement !== box) sayStrip(from);
}

function inView() {
  if (sheets) return [opened.number, opened.number];
  const view = reading.getBoundingClientRect();
  const loaded = passages();
  const shown = loaded.filter((each) => {
    const place = each.getBoundingClientRect();
    return place.bottom > view.top && place.top < view.bottom;
  });
  if (!shown.length) return [numberInView(), numberInView()];
  return [numberOf(shown[0]), numberOf(shown.at(-1))];
}

function sayStrip(number) {
  const score = strip[number - 1];
  const told = score === null || score === undefined ? "no score" : `score ${score.toFixed(2)}`;
  $("strip").setAttribute("aria-valuenow", number);
  $("strip").setAttribute("aria-valuetext", `Passage ${number} of ${strip.length}, ${told}`);
}

function moveStrip(number) {
  const to = Math.min(Math.max(Math.round(number), 1), strip.length);
  sayStrip(to);
  // On pages, a passage has a place only while it is the one that is open.
  if (sheets) later("strip", 200, () => show({ ...asked, open: `${opened.document}#${to}` }, "replace"));
  else later("strip", 30, () => goTo(to));
}

function stripKey(event) {
  const now = Number($("strip").getAttribute("aria-valuenow")) || 1;
  const far = Math.max(Math.round(strip.length / 10), 1);
  const moves = {
    ArrowDown: now + 1, ArrowRight: now + 1, ArrowUp: now - 1, ArrowLeft: now - 1,
    PageDown: now + far, PageUp: now - far, Home: 1, End: strip.length,
  };
  if (!(event.key in moves)) return;
  event.preventDefault();
  moveStrip(moves[event.key]);
}

function stripPointed(event) {
  const place = $("strip").getBoundingClientRect();
  moveStrip(1 + Math.floor((strip.length * (event.clientY - place.top)) / place.height));
}

// ---- Why a passage has its score -----------------------------------------------------------

async function explain() {
  showText(); // words are explained in the text, not on a picture of it
  const passage = passageOf(opened?.number);
  if (!passage) return;
  if (!live) return explainKept(passage);
  const open = passage.querySelector(".why");
  if (open) return unexplain(passage);
  const box = document.createElement("div");
  if (!isEmpty(asked)) {
    const query = queryFor(opened.search, { passage: opened.id });
    const got = await get("explain", `/part/explain?${query}`);
    if (got === null) return;
    box.innerHTML = got.content;
  }
  const [text, why] = box.querySelector(".explanation")?.children || [];
  if (!why) return say(box.textContent.trim() || "There is no question to explain a score for.");
  passage.querySelector(".body").hidden = true;
  passage.querySelector(".body").after(text, why);
  press("explain", true);
  (reachWord(text) || passage).focus();
  why.scrollIntoView({ block: "nearest", behavior: calm.matches ? "auto" : "smooth" });
}

// A file has the explanation below the passage, which shows it in the place of its text if open.
function explainKept(passage) {
  const kept = passage.querySelector(".explains");
  if (!kept) return;
  kept.open = !kept.open;
  if (!kept.open) return passage.focus({ preventScroll: true });
  (reachWord(kept) || passage).focus();
  kept.scrollIntoView({ block: "nearest", behavior: calm.matches ? "auto" : "smooth" });
}

// Let the Tab key reach the word that adds most, and return it; null if none adds anything.
function reachWord(text) {
  const words = [...text.querySelectorAll(".word")];
  const strongest = words.reduce((one, other) =>
    Number(other.dataset.share) > Number(one?.dataset.share ?? -Infinity) ? other : one, null);
  if (strongest) strongest.tabIndex = 0;
  return strongest;
}

function unexplain(passage) {
  for (const each of passage.querySelectorAll(".explained-text, .why")) each.remove();
  passage.querySelector(".body").hidden = false;
  press("explain", false);
  passage.focus({ preventScroll: true });
}

function press(name, on) {
  reading.querySelector(`[data-do="${name}"]`)?.setAttribute("aria-pressed", String(on));
}

// Show what a word adds: over the bar of each part, and in words.
function showWord(word) {
  const why = word.closest(".passage").querySelector(".why");
  const shares = word.dataset.shares.split(" ").map(Number);
  const length = Number(why.dataset.length);
  for (const row of why.querySelectorAll("tr[data-part]")) {
    const share = shares[Number(row.dataset.part)] || 0;
    const bar = row.querySelector(".of-word");
    bar.setAttribute("width", `${(100 * Math.abs(share)) / length}%`);
    bar.classList.toggle("negative", share < 0);
  }
  why.querySelector(".of-this-word").textContent = toldOf(word, why);
  for (const each of reading.querySelectorAll(".word.shown")) each.classList.remove("shown");
  word.classList.add("shown");
}

function toldOf(word, why) {
  const told = [];
  word.dataset.shares.split(" ").forEach((share, part) => {
    const row = why.querySelector(`tr[data-part="${part}"]`);
    if (row && Math.abs(share) >= 0.0005) told.push(`${row.cells[0].textContent} ${Number(share).toFixed(3)}`);
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

let shares = null; // { of, words, why } of the passage that is open, once it was pointed at

function pointed(event) {
  const body = event.target.closest?.(".passage.opened > .body");
  clearTimeout(timers.point);
  if (!body || event.pointerType !== "mouse" || !live || isEmpty(asked)) return hideTip();
  later("point", 100, () => tellShare(body, event.clientX, event.clientY));
}

async function tellShare(body, x, y) {
  const of = `${opened.id} ${opened.search} ${document.body.dataset.generation}`;
  if (shares?.of !== of) {
    const query = queryFor(opened.search, { passage: opened.id });
    const got = await get("shares", `/part/explain?${query}`);
    if (!got?.ok) return;
    const box = document.createElement("div");
    box.innerHTML = got.content;
    shares = { of, words: placedWords(box.querySelector(".explained-text")), why: box.querySelector(".why") };
  }
  const caret = document.caretPositionFromPoint?.(x, y);
  const at = caret && body.contains(caret.offsetNode) ? placeIn(body, caret) : -1;
  const found = shares.words.find(({ start, end }) => start <= at && at < end);
  if (found) showTip(found.word, x, y);
  else hideTip();
}

// The text of an explanation is that of the passage, so that places in it are the same.
function placedWords(text) {
  return [...text.querySelectorAll(".word")].map((word) => {
    const start = placeIn(text, { offsetNode: word, offset: 0 });
    return { word, start, end: start + word.textContent.length };
  });
}

function placeIn(box, { offsetNode, offset }) {
  const before = document.createRange();
  before.setStart(box, 0);
  before.setEnd(offsetNode, offset);
  return before.toString().length;
}

function showTip(word, x, y) {
  const tip = $("tip") || document.createElement("div");
  tip.id = "tip";
  tip.setAttribute("aria-hidden", "true"); // by keyboard, the explanation tells it
  tip.textContent = toldOf(word, shares.why);
  document.body.append(tip);
  tip.style.left = `${Math.max(Math.min(x, innerWidth - tip.offsetWidth - 8), 8)}px`;
  tip.style.top = `${y + 20 + tip.offsetHeight < innerHeight ? y + 20 : y - 12 - tip.offsetHeight}px`;
}

function hideTip() {
  $("tip")?.remove();
}

// ---- Pages of a PDF ------------------------------------------------------------------------

// A PDF is shown as its pages unless somebody asks for the text, or the file has changed.

let asPages = true; // what somebody chose last
let sheets = null; // the element with the pages, while they are shown

async function showPages(isChosen = false) {
  sheets = null;
  const button = reading.querySelector('[data-do="pages"]');
  if (!button || !live || !asPages) return;
  const [id, place] = [opened.id, reading.scrollTop];
  const got = await get("boxes", `/pdf/boxes?${queryFor(opened.search, { passage: id })}`, "json");
  if (got === null || opened?.id !== id) return;
  // To find places in a long file takes seconds. Whoever has begun to read the text goes on.
  if (!isChosen && (Math.abs(reading.scrollTop - place) > 5 || reading.querySelector(".why"))) return;
  if (!got.ok || !got.content.pages) {
    button.hidden = true;
    return noteBelow(button, "The file is not as it was indexed: its text is shown.");
  }
  sheets = document.createElement("div");
  sheets.className = "sheets";
  sheets.append(...got.content.pages.map((size, at) => sheet(at + 1, size)));
  for (const kind of ["boxes", "best"]) {
    for (const box of got.content[kind] || []) light(sheets.children[box.page - 1], box, kind);
  }
  const passage = passageOf(opened.number);
  const lit = sheets.querySelector("rect.best") || sheets.querySelector("rect");
  const figure = lit?.closest(".sheet");
  if (figure) figure.setAttribute("aria-label", `${figure.ariaLabel}, lit: ${passage?.textContent}`);
  const hasFocus = document.activeElement === passage;
  textBox().hidden = true;
  textBox().before(sheets);
  press("pages", true);
  if (hasFocus) figure?.focus({ preventScroll: true });
  const [top, view] = [(lit || sheets).getBoundingClientRect().top, reading.getBoundingClientRect()];
  reading.scrollTop += top - view.top - 0.25 * view.height;
  drawStrip();
}

function noteBelow(button, text) {
  const note = document.createElement("p");
  note.className = "note";
  note.textContent = text;
  button.parentElement.after(note);
}

function sheet(page, size) {
  const figure = document.createElement("figure");
  figure.className = "sheet";
  figure.tabIndex = -1;
  figure.setAttribute("aria-label", `Page ${page}`);
  figure.style.aspectRatio = `${size.width} / ${size.height}`;
  const picture = document.createElement("img");
  picture.loading = "lazy";
  picture.alt = "";
  const width = Math.round(Math.min(article().clientWidth, 900) * (devicePixelRatio || 1));
  picture.src = `/pdf/page?${queryFor("", { doc_id: opened.document, page, width })}`;
  picture.addEventListener("error", showText, { once: true });
  figure.append(picture);
  return figure;
}

// Light a box of a page: its edges are shares of the width and the height.
function light(figure, { left, top, right, bottom }, kind) {
  if (!figure) return;
  const svg = "http://www.w3.org/2000/svg";
  let drawing = figure.querySelector("svg");
  if (!drawing) {
    drawing = document.createElementNS(svg, "svg");
    drawing.setAttribute("aria-hidden", "true");
    figure.append(drawing);
  }
  const rect = document.createElementNS(svg, "rect");
  const places = { x: left, y: top, width: right - left, height: bottom - top };
  for (const [name, share] of Object.entries(places)) rect.setAttribute(name, `${100 * share}%`);
  rect.setAttribute("class", kind);
  drawing.append(rect);
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

// ---- Citations -----------------------------------------------------------------------------

async function copyCitation(button) {
  if (!live) return copyKept(button?.closest(".passage") || passageOf(opened?.number));
  if (!opened) return;
  const got = await get("citation", `/part/citation?passage=${encodeURIComponent(opened.id)}`);
  if (!got?.ok) return tell(got?.content || "The citation cannot be had.");
  try {
    await navigator.clipboard.writeText(got.content);
    tell("Citation copied");
  } catch {
    tell("The browser does not let the page copy: copy the line from the box");
    $("line").value = got.content;
    $("verify").showModal();
  }
}

// A file has the citation below the passage: where the browser does not let it copy, it is selected.
async function copyKept(passage) {
  const kept = passage?.querySelector(".cited");
  if (!kept) return;
  try {
    await navigator.clipboard.writeText(kept.textContent);
    tell("Citation copied", passage);
  } catch {
    kept.closest("details").open = true;
    getSelection().selectAllChildren(kept);
    kept.focus();
    tell("The browser does not let the page copy: the citation is selected", passage);
  }
}

// Tell something in words, and show it beside the controls of the article for a while, or of `place`.
function tell(text, place = reading) {
  say(text);
  const controls = place.querySelector(".controls");
  if (!controls) return;
  const note = controls.querySelector(".told") || document.createElement("span");
  note.className = "told";
  note.setAttribute("aria-hidden", "true");
  note.textContent = text;
  controls.append(note);
  later("told", 4000, () => note.remove());
}

async function checkLine() {
  const line = $("line").value.trim();
  if (!line) return $("verified").replaceChildren();
  const got = await get("verify", `/api/verify?line=${encodeURIComponent(line)}`, "json");
  if (got === null) return;
  showVerified(got);
}

function showVerified(got) {
  const told = document.createElement("p");
  if (!got.ok) {
    told.textContent = got.content.error || "The line cannot be checked.";
    return $("verified").replaceChildren(told);
  }
  const { status, reason, doc_id: file, page, line, ok } = got.content;
  const place = [file, page && `p. ${page}`, line && `line ${line}`].filter(Boolean).join(", ");
  told.textContent = `${place}: ${reason}`;
  told.className = ok ? "stands" : "gone";
  told.dataset.status = status;
  $("verified").replaceChildren(told);
  if (!got.content.passage_id) return;
  const link = document.createElement("a");
  link.href = addressOf({ ...asked, open: got.content.passage_id });
  link.textContent = "Read it in its article";
  link.addEventListener("click", () => $("verify").close());
  $("verified").append(link);
}

// ---- Whether the index is up to date -------------------------------------------------------

async function lookForChanges() {
  const got = await get("status", "/api/status", "json");
  if (got?.ok) showStatus(got.content);
}

function showStatus(status) {
  const update = status.update || {};
  const news = status.changed ? "The articles have changed" : "Up to date";
  const told = update.running ? update.progress : update.problem || status.problem || news;
  if ($("changed").textContent !== told) $("changed").textContent = told;
  const button = document.querySelector('[data-do="update"]');
  $("changed").setAttribute("aria-live", update.running ? "off" : "polite"); // not each step
  button.hidden = !status.changed && !update.running && !update.problem;
  if (button.hidden && document.activeElement === button) $("question").focus();
  button.disabled = Boolean(update.running);
  if (update.running) later("status", 300, lookForChanges);
  const moved = status.generation && status.generation !== document.body.dataset.generation;
  if (!moved || update.running) return;
  document.body.dataset.generation = status.generation;
  askAgain();
}

async function update() {
  await post("/api/update");
  await lookForChanges();
}

async function openFile() {
  if (!opened || !live) return;
  const response = await post(`/api/open?passage=${encodeURIComponent(opened.id)}`);
  const told = await response.json();
  tell(response.ok ? `Opened with ${told.with}` : told.error || "It cannot be opened.");
}

// ---- What buttons and keys do --------------------------------------------------------------

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

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  e: explain,
  y: copyCitation,
  "?": () => $("help").showModal(),
  ...(live && {
    "/": () => { $("question").focus(); $("question").select(); },
    o: openFile,
  }),
};

function pressed(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
  const target = event.target;
  if (document.querySelector("dialog[open]")) return;
  if (target.matches?.("input, select")) return inField(event);
  if (target.matches?.(".word")) wordKey(event);
  if (event.key === "Escape") return escape(event);
  const deed = KEYS[event.key];
  if (!deed) return;
  event.preventDefault();
  deed();
}

function escape(event) {
  const explained = event.target.closest?.(".passage");
  if (!live && explained?.querySelector(".explains[open]")) explainKept(explained);
  else if (live && explained?.querySelector(".why")) unexplain(explained);
  else if (!wide.matches && document.body.dataset.view === "reading") goBack();
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

// A link of the page is followed without loading the page anew.
function clicked(event) {
  const target = event.target;
  const button = target.closest("[data-do]");
  if (button) return DEEDS[button.dataset.do]?.(button);
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const hit = target.closest(".hit");
  if (hit && !String(getSelection())) {
    event.preventDefault();
    return openHit(hit);
  }
  const link = target.closest('a[href="/"], a[href^="/?"]');
  if (!link || !live) return;
  event.preventDefault();
  settled = true;
  const next = askedIn(new URL(link.href).search);
  show(next).then(() => next.open ? focusOpened() : $("hits-title")?.focus());
}

function start() {
  document.addEventListener("keydown", pressed);
  document.addEventListener("click", clicked);
  reading.addEventListener("scroll", scrolled, { passive: true });
  reading.addEventListener("pointerover", (event) => {
    if (event.target.matches(".word")) showWord(event.target);
  });
  reading.addEventListener("focusin", (event) => {
    if (event.target.matches(".word")) showWord(event.target);
  });
  reading.addEventListener("pointermove", pointed);
  reading.addEventListener("pointerleave", () => { clearTimeout(timers.point); hideTip(); });
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
  $("question").addEventListener("input", typing);
  for (const id of ["from", "to", "mode", "k"]) $(id).addEventListener("input", typing);
  for (const id of ["doc", "where"]) {
    $(id).addEventListener("keydown", (event) => { if (event.key === "Enter") add(id); });
    $(id).addEventListener("change", () => add(id));
  }
  $("doc").addEventListener("input", () => later("names", WAIT, offerNames));
  $("line").addEventListener("input", () => later("verify", WAIT, checkLine));
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) lookForChanges();
  });
  addEventListener("popstate", () => {
    settled = true;
    show(askedIn(location.search), "none").then(() => {
      if (!wide.matches && !asked.open) (currentHit()?.querySelector("a") || $("hits-title"))?.focus();
    });
  });
}

start();
