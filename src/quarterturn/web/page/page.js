// Shows what the stream tells. It has one request to make, for that stream, and no other way to say
// anything. What is older than 3 s is shown as unknown, whatever it said.

const STALE_S = 3;
const LOOK_S = 0.25; // how often the age of everything is looked at
const AGAIN_S = 1; // how long after a lost stream it is asked for again
const PLOTTED_S = 180;
const MOST_REPORTS = 4096;
const SVG = "http://www.w3.org/2000/svg";
const SHAPES = { forward: "▲", right: "▶", backward: "▼", left: "◀" };

const at = (id) => document.getElementById(id);
const now = () => performance.now() / 1000;

// --- the token: from the address, which then no longer shows it ------------------------------------

function findToken() {
  const given = location.hash.slice(1);
  if (given) {
    history.replaceState(null, "", location.pathname);
    try { sessionStorage.setItem("token", given); } catch { /* then it lasts until the page is left */ }
    return given;
  }
  try { return sessionStorage.getItem("token") ?? ""; } catch { return ""; }
}

// --- what has been told, and how old it is ---------------------------------------------------------

let token = findToken();
let view = null;
let plan = { duration_s: 0, phases: [] };
let reports = [];
let heardS = 0; // when the last view came, by the clock of this page
let lateS = 0; // how much longer it was on its way than the quickest one of late
let drawnFor = [0, 0]; // width and height for which the plan was drawn
let trouble = "connecting"; // why nothing is heard; null while something is
const quickest = { sinceS: 0, before: Infinity, since: Infinity };

// The two clocks are not set alike, so a single view does not tell how long it was on its way. One
// that comes later than the others by their own clocks was held back: it is that much older.
function lateness(sentS) {
  const difference = now() - sentS;
  if (now() - quickest.sinceS > 300) { // clocks drift apart: the quickest of ten minutes counts
    Object.assign(quickest, { sinceS: now(), before: quickest.since, since: Infinity });
  }
  quickest.since = Math.min(quickest.since, difference);
  return difference - Math.min(quickest.before, quickest.since);
}

function take(name, value) {
  if (name === "plan") {
    plan = value;
    drawPlan();
  } else if (name === "history") {
    reports = value.reports;
  } else if (name === "view") {
    view = value;
    lateS = lateness(view.sent_s);
    heardS = now();
    const report = view.report;
    if (report && (!reports.length || report[0] > reports.at(-1)[0])) {
      reports.push(report);
      if (reports.length > MOST_REPORTS) reports.shift();
    }
    show();
  }
}

async function follow() {
  const answer = await fetch("/stream", { headers: { Authorization: `Bearer ${token}` }, cache: "no-store" });
  if (!answer.ok) return (await answer.text()).trim();
  trouble = null;
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = ""; ;) {
    const { value, done } = await reader.read();
    if (done) return "quarterturn web has ended the connection";
    const messages = (rest + value).split("\n\n");
    rest = messages.pop();
    for (const message of messages) {
      const [, name, data] = /^event: (\w+)\ndata: (.*)$/.exec(message) ?? [];
      if (name) take(name, JSON.parse(data));
    }
  }
}

async function followOnAndOn() {
  for (;;) {
    try { trouble = await follow(); } catch { trouble = "quarterturn web is not reached"; }
    show();
    await new Promise((resolve) => setTimeout(resolve, AGAIN_S * 1000));
  }
}

// --- what is shown -----------------------------------------------------------------------------------

function put(id, text) {
  const element = at(id);
  if (element.textContent !== text) element.textContent = text; // else it would be read out again
}

const fixed = (value, places) => (value == null ? "–" : value.toFixed(places));
const speed = (value) => (value == null ? "–" : value.toFixed(Math.abs(value * 10 - Math.round(value * 10)) < 1e-6 ? 1 : 2));
const sentence = (text) => (text ? `${text[0].toUpperCase()}${text.slice(1)}`.replace(/([^.])$/, "$1.") : "");

function clock(seconds) {
  if (seconds == null) return "–:––";
  const whole = Math.ceil(seconds - 1e-6);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function ago(seconds) {
  if (seconds == null) return "";
  return seconds < 90 ? `${Math.round(seconds)} s ago` : `${Math.round(seconds / 60)} min ago`;
}

function show() {
  const sinceS = now() - heardS + lateS;
  const ageS = view?.age_s == null ? Infinity : view.age_s + sinceS;
  const unheard = view === null || sinceS > STALE_S; // nothing came to this page
  const unknown = unheard || view.bridge !== null || ageS > STALE_S;
  const reportAgeS = view?.report_age_s == null ? Infinity : view.report_age_s + ageS;
  const unmeasured = unknown || reportAgeS > STALE_S;
  const isSession = Boolean(view?.session);
  document.body.dataset.shownAt = view ? String(view.sent_s) : "";
  at("session").hidden = !isSession;
  at("waiting").hidden = isSession;
  showLink(unheard, unknown, unmeasured, isSession, reportAgeS);
  if (isSession) {
    if (String(sized("plan-bar")) !== String(drawnFor)) drawPlan();
    showHeading(unknown);
    showMeasures(unknown, unmeasured);
    showPlace(unknown);
    drawPlot(unmeasured ? sinceS : now() - heardS);
  } else {
    const status = view?.status ?? "No session";
    put("status", unheard && trouble ? "Nothing known" : view?.bridge ? "No session" : status);
    put("why", sentence(unheard ? trouble : view.bridge));
    put("last", unheard ? "" : view.last ?? "");
    document.title = "Quarterturn";
  }
  showFault(unheard);
  put("note", unheard ? "" : view?.note ?? "");
}

function showLink(unheard, unknown, unmeasured, isSession, reportAgeS) {
  const link = at("link");
  const idle = !isSession && !unheard;
  link.dataset.state = idle ? "idle" : unmeasured ? "unknown" : "live";
  let words = `live, ${reportAgeS.toFixed(0)} s old`;
  if (idle) words = view.bridge ? "no bridge" : "waits for a session";
  else if (unheard || (unknown && trouble)) words = trouble ? `nothing known: ${trouble}` : "nothing known: nothing is heard";
  else if (unknown) words = "nothing known";
  else if (unmeasured) words = `belt unknown: ${Number.isFinite(reportAgeS) ? `last report ${ago(reportAgeS)}` : "no report"}`;
  put("link", words);
  at("simulated").hidden = !view?.simulated;
  put("title", view?.title ?? "Quarterturn");
}

function showHeading(unknown) {
  const heading = !unknown && view.heading in SHAPES ? view.heading : "unknown";
  const next = !unknown && view.next ? view.next : { heading: "unknown", kind: null };
  at("now").className = heading;
  at("compass").setAttribute("class", heading);
  for (const each of Object.keys(SHAPES)) at(`mark-${each}`).setAttribute("class", each === heading ? "mark here" : "mark");
  put("heading", heading);
  at("heading").classList.toggle("stale", unknown);
  put("countdown", unknown ? "–:––" : clock(view.left_s));
  at("next").className = `next-${next.heading ?? "unknown"}`;
  put("next-word", next.heading === "unknown" ? "unknown" : next.heading ?? next.kind ?? "");
  put("step", unknown ? "" : view.step ?? "");
  put("cue", unknown ? "" : view.cue ?? "");
  document.title = unknown ? "? unknown" : `${SHAPES[heading] ?? "?"} ${heading} ${clock(view.left_s)}`;
}

function showMeasure(id, value, stale) {
  put(`${id}-value`, stale ? "unknown" : value);
  at(id).classList.toggle("stale", stale);
}

function showMeasures(unknown, unmeasured) {
  const { speed_kmh: measured, told_kmh: told, cap_kmh: cap } = view;
  const over = !unmeasured && cap != null && measured > cap + 0.2;
  showMeasure("speed", speed(measured), unmeasured);
  at("speed").classList.toggle("over", over);
  const parts = [`told ${speed(told)}`, `target ${speed(view.target_kmh)}`, `cap ${speed(cap)}`];
  if (view.limit) parts.push(view.limit);
  put("speed-more", unknown ? "" : parts.join(" · "));
  const most = Math.max((cap ?? 0) * 1.25, measured ?? 0, told ?? 0, 1);
  const share = (value) => `${(100 * Math.min(1, Math.max(0, value ?? 0) / most)).toFixed(2)}%`;
  at("speed-fill").style.width = share(measured);
  at("speed-told").style.left = share(told);
  at("speed-cap").style.left = cap == null ? "100%" : share(cap);
  showMeasure("belt", view.belt_may_move ? (measured > 0 ? "moves" : "may move") : "stands", unmeasured);
  put("belt-more", unmeasured ? "Take it as moving." : view.supervised ? "" : "No screen supervises.");
  showMeasure("incline", fixed(view.incline_pct, 1), unmeasured);
  showMeasure("heart", view.heart_rate_bpm == null ? "–" : String(view.heart_rate_bpm), unmeasured);
  showMeasure("distance", fixed(view.distance_m, 0), unmeasured);
}

function showFault(unheard) {
  const fault = view?.fault; // one that was shown stays, whatever is heard after it
  at("fault").hidden = !fault;
  if (!fault) return;
  at("fault").className = fault.whole ? "whole" : "banner";
  put("fault-name", fault.name);
  put("fault-text", fault.text);
  put("fault-do", fault.do);
  put("fault-ago", unheard ? "Nothing has been heard since." : ago(fault.ago_s));
}

// --- the drawings ------------------------------------------------------------------------------------

function draw(name, attributes, text) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  if (text !== undefined) element.textContent = text;
  return element;
}

function sized(id) {
  const { width, height } = at(id).getBoundingClientRect();
  return [Math.max(1, width), Math.max(1, height)];
}

const TURNED = { forward: 0, right: 90, backward: 180, left: 270 };

function drawPlan() {
  const [width, height] = (drawnFor = sized("plan-bar"));
  const scale = width / Math.max(1, plan.duration_s);
  const fastest = Math.max(1, ...plan.phases.map((phase) => Math.max(phase.speed_kmh, phase.end_speed_kmh)));
  const tall = (kmh) => height * (0.15 + (0.75 * kmh) / fastest);
  const parts = [];
  for (const phase of plan.phases) {
    const x = phase.start_s * scale;
    const wide = Math.max(1, phase.duration_s * scale - 2);
    const [from, to] = [height - tall(phase.speed_kmh), height - tall(phase.end_speed_kmh)];
    const block = draw("g", { class: phase.heading });
    block.append(
      draw("title", {}, `${phase.heading}, ${phase.kind}, ${clock(phase.duration_s)} at ${speed(phase.speed_kmh)} km/h`),
      draw("rect", { class: "block", x, y: 0, width: wide, height }),
      draw("path", { class: "speed", d: `M${x} ${height}V${from}L${x + wide} ${to}V${height}z` }),
    );
    const size = Math.min(height * 0.14, 16, wide * 0.3);
    if (size > 3) {
      const place = `translate(${x + wide / 2} ${height * 0.8}) rotate(${TURNED[phase.heading] ?? 0}) scale(${size})`;
      block.append(draw("path", { class: "glyph", d: "M0-1 .9.8H-.9z", transform: place, "vector-effect": "non-scaling-stroke" }));
    }
    parts.push(block);
  }
  parts.push(draw("rect", { id: "done", class: "done", x: 0, y: 0, width: 0, height }));
  parts.push(draw("path", { id: "place", class: "here", d: `M-7 0H7L2 9V${height}H-2V9z` }));
  at("plan-bar").replaceChildren(...parts);
  if (view) showPlace(false);
}

function showPlace(unknown) {
  const isKnown = !unknown && view.walked_s != null && plan.duration_s > 0;
  put("phase", unknown ? "" : view.phase ?? "");
  put("walked", isKnown ? `${clock(view.walked_s)} of ${clock(plan.duration_s)}` : "");
  const place = at("place");
  if (!place) return;
  const x = isKnown ? (drawnFor[0] * view.walked_s) / plan.duration_s : 0;
  place.setAttribute("visibility", isKnown ? "visible" : "hidden");
  place.setAttribute("transform", `translate(${Math.min(drawnFor[0] - 4, Math.max(4, x))} 0)`);
  at("done").setAttribute("width", String(x));
}

function drawPlot(sinceS) {
  const endS = view.sent_s + sinceS;
  while (reports.length && reports[0][0] < endS - PLOTTED_S) reports.shift();
  const [width, height] = sized("plot-lines");
  const most = Math.max(1, Math.ceil(Math.max(...reports.map(([, ...values]) => Math.max(...values.map((it) => it ?? 0))), 0) * 1.1));
  const x = (atS) => width - ((endS - atS) / PLOTTED_S) * (width - 34);
  const y = (kmh) => height - 18 - (kmh / most) * (height - 28);
  const parts = [];
  for (const kmh of [0, most / 2, most]) {
    parts.push(draw("line", { class: "grid", x1: 34, x2: width, y1: y(kmh), y2: y(kmh) }));
    parts.push(draw("text", { class: "axis", x: 4, y: y(kmh) + 5 }, kmh.toFixed(1)));
  }
  for (const minutes of [2, 1]) parts.push(draw("text", { class: "axis", x: x(endS - 60 * minutes), y: height - 3, "text-anchor": "middle" }, `−${minutes} min`));
  const line = (kind, column, steps) => {
    let path = "";
    let before = null;
    for (const report of reports) {
      if (report[column] == null) { before = null; continue; }
      const held = before !== null && report[0] - before < STALE_S; // a gap is shown as one
      path += !held ? "M" : steps ? `H${x(report[0]).toFixed(1)}V` : "L";
      path += held && steps ? y(report[column]).toFixed(1) : `${x(report[0]).toFixed(1)} ${y(report[column]).toFixed(1)}`;
      before = report[0];
    }
    parts.push(draw("path", { class: `line ${kind}`, d: path }));
  };
  line("cap", 3, true);
  line("told", 2, true);
  line("measured", 1, false);
  at("plot-lines").replaceChildren(...parts);
}

// ---------------------------------------------------------------------------------------------------

addEventListener("hashchange", () => { token = findToken() || token; });
addEventListener("resize", show);
document.addEventListener("visibilitychange", show);
setInterval(show, LOOK_S * 1000);
show();
followOnAndOn();
