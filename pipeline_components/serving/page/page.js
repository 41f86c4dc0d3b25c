// The page to draw on. Strokes live in units of the pad (0 to 1), so that they survive resizing; whatever is on the
// pad is sent as an image, one request at a time, and answered with probabilities and the 28×28 the network saw.

const PEN = 0.062; // of the pad: the stroke's share of a digit's height is then about MNIST's
const SENT_SIDE = 280; // pixels of a drawing as sent: ten for each the network sees
const PHOTO_SIDE = 1024;
const MAX_BODY_BYTES = 1_000_000; // as in serving/contract.py
const POLL_MS = 2000;
const NO_VERSION = "no version served yet";
const WAITING = "No model is served yet: digits run serves one, and it answers here by itself.";
const NAMES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

const $ = (id) => document.getElementById(id);
const canvas = $("canvas"), pad = $("pad"), context = canvas.getContext("2d");

// What is on the pad: `strokes`, or a `photo` in their place. Never changed, only replaced: `past` undoes.
const EMPTY = { strokes: [], photo: null };
let shown = EMPTY, past = [];
let pen = null; // keyboard's: { x, y, stroke }
let version = null, last = null;

// ---- the pad

function put(next, remember = true) {
  if (remember) past.push(shown);
  shown = next;
  $("undo").disabled = past.length === 0;
  $("clear").disabled = isBlank();
  $("hint").hidden = !isBlank() || pen !== null;
  render();
  recognise();
}

const isBlank = () => shown.strokes.length === 0 && shown.photo === null;
const clear = () => { if (!isBlank()) put(EMPTY); };
function undo() {
  if (past.length) put(past.pop(), false);
}

function paint(to, side, colour, state) {
  if (state.photo) {
    const { width, height } = state.photo, scale = side / Math.max(width, height);
    to.drawImage(state.photo, (side - width * scale) / 2, (side - height * scale) / 2, width * scale, height * scale);
  }
  to.lineCap = to.lineJoin = "round";
  to.strokeStyle = to.fillStyle = colour;
  for (const stroke of state.strokes) {
    const [[firstX, firstY, first]] = stroke; // a line of no length is not drawn, a dot is
    to.beginPath();
    to.arc(firstX * side, firstY * side, (first * side) / 2, 0, 2 * Math.PI);
    to.fill();
    stroke.forEach(([x, y, width], i) => { // from one segment's middle to the next one's, bent at the point between
      const [cornerX, cornerY] = stroke[Math.max(0, i - 1)], [beforeX, beforeY] = stroke[Math.max(0, i - 2)];
      const isEnd = i === stroke.length - 1;
      to.lineWidth = width * side;
      to.beginPath();
      to.moveTo(((beforeX + cornerX) / 2) * side, ((beforeY + cornerY) / 2) * side);
      to.quadraticCurveTo(cornerX * side, cornerY * side, ((cornerX + x) / 2) * side, ((cornerY + y) / 2) * side);
      if (isEnd) to.lineTo(x * side, y * side);
      to.stroke();
    });
  }
}

function render() {
  const side = Math.round(canvas.clientWidth * devicePixelRatio);
  if (canvas.width !== side) canvas.width = canvas.height = side;
  context.clearRect(0, 0, side, side);
  const colour = getComputedStyle(canvas).color;
  paint(context, side, colour, shown);
  if (pen) {
    context.beginPath();
    context.arc(pen.x * side, pen.y * side, (PEN * side) / 2 + 3 * devicePixelRatio, 0, 2 * Math.PI);
    context.lineWidth = 2 * devicePixelRatio;
    context.strokeStyle = pen.stroke ? getComputedStyle(document.documentElement).getPropertyValue("--accent") : colour;
    context.stroke();
  }
}

// ---- mouse, finger, pen

let drawing = null; // the pointer that draws now: another finger or a resting hand changes nothing

function pointOf(event) {
  const box = canvas.getBoundingClientRect();
  const width = event.pointerType === "pen" && event.pressure > 0 ? PEN * (0.6 + 0.8 * event.pressure) : PEN;
  return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height, width];
}

function extended(strokes, points) {
  return [...strokes.slice(0, -1), [...strokes.at(-1), ...points]];
}

canvas.addEventListener("pointerdown", (event) => {
  if (drawing !== null || event.button !== 0) return;
  drawing = event.pointerId;
  canvas.setPointerCapture(event.pointerId);
  pen = null;
  put({ strokes: [...shown.strokes, [pointOf(event)]], photo: null });
});
canvas.addEventListener("pointermove", (event) => {
  if (event.pointerId !== drawing) return;
  const events = event.getCoalescedEvents?.() ?? [];
  const points = (events.length ? events : [event]).map(pointOf);
  put({ ...shown, strokes: extended(shown.strokes, points) }, false);
});
for (const end of ["pointerup", "pointercancel"]) {
  canvas.addEventListener(end, (event) => { if (event.pointerId === drawing) drawing = null; });
}

// ---- keyboard

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function movePen([dx, dy], step) {
  pen ??= { x: 0.5, y: 0.25, stroke: false };
  pen.x = Math.min(0.95, Math.max(0.05, pen.x + dx * step));
  pen.y = Math.min(0.95, Math.max(0.05, pen.y + dy * step));
  if (pen.stroke) put({ ...shown, strokes: extended(shown.strokes, [[pen.x, pen.y, PEN]]) }, false);
  else { $("hint").hidden = true; render(); }
}

function togglePen() {
  pen ??= { x: 0.5, y: 0.25, stroke: false };
  pen.stroke = !pen.stroke;
  if (pen.stroke) put({ strokes: [...shown.strokes, [[pen.x, pen.y, PEN]]], photo: null });
  else render();
  say(pen.stroke ? "Pen down" : "Pen up");
}

canvas.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const acts = { " ": togglePen, u: undoByKey, c: () => { liftPen(); clear(); }, p: () => $("file").click(), Escape: liftPen };
  if (event.key in ARROWS) movePen(ARROWS[event.key], event.shiftKey ? 0.01 : 0.04);
  else if (event.key in acts) acts[event.key]();
  else return;
  event.preventDefault();
});
function liftPen() {
  if (pen) { pen.stroke = false; render(); }
}
function undoByKey() {
  liftPen();
  undo();
}
canvas.addEventListener("blur", () => { pen = null; $("hint").hidden = !isBlank(); render(); });
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "z") {
    event.preventDefault();
    undoByKey();
  }
});
$("undo").addEventListener("click", undoByKey);
$("clear").addEventListener("click", clear);

// ---- photographs: chosen, dropped, pasted

async function show(file) {
  if (!file) return;
  try {
    const full = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, PHOTO_SIDE / Math.max(full.width, full.height));
    const size = { resizeWidth: Math.max(1, Math.round(full.width * scale)), resizeHeight: Math.max(1, Math.round(full.height * scale)), resizeQuality: "high" };
    put({ strokes: [], photo: await createImageBitmap(full, size) });
  } catch {
    tell(`“${file.name || "That"}” is no image that this browser can read.`, true);
  }
}

$("choose").addEventListener("click", () => $("file").click());
$("file").addEventListener("change", (event) => { show(event.target.files[0]); event.target.value = ""; });
document.addEventListener("paste", (event) => {
  const file = [...event.clipboardData.files].find((each) => each.type.startsWith("image/"));
  if (file) { event.preventDefault(); show(file); }
});
let over = 0;
const dropping = (change) => { over = change; pad.classList.toggle("dropping", over > 0); };
document.addEventListener("dragenter", (event) => { event.preventDefault(); dropping(over + 1); });
document.addEventListener("dragleave", () => dropping(Math.max(0, over - 1)));
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  dropping(0);
  show(event.dataTransfer.files[0]);
});

// ---- recognition: one request at a time, and the newest drawing next

let asking = false, stale = false;

function encoded(state) {
  const sent = document.createElement("canvas"), photo = state.photo;
  [sent.width, sent.height] = photo ? [photo.width, photo.height] : [SENT_SIDE, SENT_SIDE];
  const to = sent.getContext("2d");
  const blob = (kind) => new Promise((resolve) => sent.toBlob(resolve, kind, 0.92));
  if (!photo) {
    to.fillRect(0, 0, SENT_SIDE, SENT_SIDE); // black: the ink is white, as in MNIST
    paint(to, SENT_SIDE, "#fff", state);
    return blob("image/png");
  }
  to.drawImage(photo, 0, 0);
  return blob("image/png").then((png) => {
    if (png.size <= MAX_BODY_BYTES) return png;
    to.globalCompositeOperation = "destination-over";
    to.fillStyle = "#fff";
    to.fillRect(0, 0, sent.width, sent.height);
    return blob("image/jpeg");
  });
}

async function recognise() {
  if (asking) { stale = true; return; }
  asking = true;
  $("result").ariaBusy = "true";
  do {
    stale = false;
    await new Promise(requestAnimationFrame);
    await ask(shown);
  } while (stale);
  asking = false;
  $("result").ariaBusy = "false";
}

async function ask(state) {
  if (state === EMPTY) { tellNothing(); return; }
  try {
    const image = await encoded(state);
    const response = await fetch("recognise", { method: "POST", body: image, headers: { "Content-Type": image.type } });
    const answer = await response.json();
    if (response.ok) tellAnswer(answer, image);
    else if (response.status === 429 || response.status === 503) again(answer.error);
    else { tellNothing(); tell(answer.error, true); }
  } catch {
    again("The server does not answer.");
  }
}

function again(why) {
  tell(`${why[0].toUpperCase()}${why.slice(1)}`, true);
  setTimeout(recognise, 1000);
}

// ---- the answer

const bars = NAMES.map((name, digit) => {
  const row = document.createElement("li");
  const [share, track, label] = ["share", "track", "name"].map((part) => {
    const span = document.createElement("span");
    span.className = part;
    row.append(span);
    return span;
  });
  const fill = document.createElement("span");
  fill.className = "fill";
  track.append(fill);
  label.textContent = digit;
  $("bars").append(row);
  return { row, share, fill };
});

const percent = (p) => (p > 0.9995 ? "> 99.9 %" : `${(100 * p).toFixed(p < 0.995 ? 0 : 1)} %`);

function tellBars(probabilities, first) {
  bars.forEach(({ row, share, fill }, digit) => {
    const p = probabilities[digit] ?? 0;
    fill.style.setProperty("--share", p);
    share.textContent = p >= 0.005 ? Math.round(100 * p) : "";
    row.setAttribute("aria-label", `${digit}: ${Math.round(100 * p)} percent`);
    row.classList.toggle("first", digit === first);
  });
}

function tellAnswer(answer, image) {
  last = { ...answer, image };
  const { digit, confidence, probabilities } = answer;
  $("digit").textContent = digit;
  $("digit").classList.toggle("sure", confidence >= 0.5);
  $("confidence").textContent = percent(confidence);
  tell(doubt(probabilities, digit));
  tellBars(probabilities, digit);
  tellSeen(answer.seen, digit);
  tellVersion(answer.version);
  $("correction").disabled = false;
  askAgainFor(null);
  sayLater(`${NAMES[digit]}, ${Math.round(100 * confidence)} percent. ${doubt(probabilities, digit)}`);
}

function doubt(probabilities, digit) {
  const p = probabilities[digit];
  if (p >= 0.9) return "The network is sure.";
  const second = probabilities.indexOf(Math.max(...probabilities.filter((_, i) => i !== digit)));
  return p >= 0.5 ? `Perhaps a ${second}.` : `Hard to tell. It could be a ${second}.`;
}

function tellNothing() {
  last = null;
  $("digit").textContent = $("confidence").textContent = "";
  $("correction").disabled = true;
  tell($("version").textContent === NO_VERSION ? WAITING : "The answer appears while you draw.");
  tellBars([], null);
  tellSeen(null);
  askAgainFor(null);
  sayLater("");
}

function tell(message, isProblem = false) {
  $("message").textContent = message;
  $("message").classList.toggle("problem", isProblem);
  if (isProblem) say(message);
}

function tellSeen(seen, digit) {
  const to = $("seen").getContext("2d"), pixels = to.createImageData(28, 28);
  if (!seen) {
    to.clearRect(0, 0, 28, 28);
    $("seen").setAttribute("aria-label", "Nothing seen yet");
    return;
  }
  const bytes = atob(seen);
  for (let i = 0; i < 784; i++) pixels.data.set([...Array(3).fill(bytes.charCodeAt(i)), 255], 4 * i);
  to.putImageData(pixels, 0, 0);
  $("seen").setAttribute("aria-label", `The 28 by 28 pixels that the network takes for a ${digit}`);
}

function say(words) {
  $("spoken").textContent = words;
}
let saying = 0;
function sayLater(words) { // when the hand rests: nobody wants every guess read out
  clearTimeout(saying);
  saying = setTimeout(say, 500, words);
}

// ---- corrections

const labels = NAMES.map((_, digit) => {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = digit;
  button.setAttribute("aria-label", `It was a ${digit}`);
  button.addEventListener("click", () => correct(digit));
  $("labels").append(button);
  return button;
});

function askAgainFor(label, message = "", isProblem = false) {
  labels.forEach((button, digit) => button.setAttribute("aria-pressed", digit === label));
  $("saved").textContent = message;
  $("saved").classList.toggle("problem", isProblem);
}

async function correct(label) {
  const corrected = last;
  if (!corrected) return;
  const bytes = new Uint8Array(await corrected.image.arrayBuffer());
  const image = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  try {
    const response = await fetch("feedback", { method: "POST", body: JSON.stringify({ image, label }), headers: { "Content-Type": "application/json" } });
    if (!response.ok) throw new Error((await response.json()).error);
    if (last === corrected) askAgainFor(label, `Saved as a ${label}. Thank you.`);
  } catch (error) {
    askAgainFor(null, `Not saved: ${error.message}`, true);
  }
}

// ---- the version that answers

function tellVersion(number) {
  const chip = $("version");
  chip.dataset.state = number === null ? "waiting" : "serving";
  if (number === null && chip.textContent !== NO_VERSION) {
    chip.textContent = NO_VERSION;
    if (!last) tellNothing();
  }
  if (number === version) return;
  const isNew = version !== null && number !== null;
  tellModel(null); // until the next look
  version = number;
  if (number !== null) chip.textContent = `version ${number}`;
  if (!last) tellNothing();
  chip.classList.toggle("fresh", isNew);
  setTimeout(() => chip.classList.remove("fresh"), 2500);
  if (isNew && last && last.version !== number) recognise();
}

const share = (p) => (100 * p).toFixed(2);
const element = (kind, text) => Object.assign(document.createElement(kind), { textContent: text });

function tellModel(model) { // which, and how good it was on images that it had not learnt from
  $("model").hidden = !model;
  if (!model) return;
  const { accuracy, accuracy_low: low, accuracy_high: high, examples, dataset } = model;
  const isKnown = [accuracy, low, high, examples].every(Number.isFinite);
  const right = isKnown ? ` reads ${share(accuracy)} % of ${examples.toLocaleString("en")} test images right ` : ", of unknown accuracy";
  const between = isKnown ? `(95 % interval ${share(low)} to ${share(high)} %, ${dataset})` : "";
  $("model").replaceChildren(element("b", model.model), right, element("span", between));
}

async function look() {
  try {
    const health = await (await fetch("health")).json();
    $("correction").hidden = !health.feedback;
    if ($("version").dataset.state === "away") version = null; // another server may answer now
    if (version === null || health.version > version || health.version === null) tellVersion(health.version);
    tellModel(health.version === version ? health.model : null);
  } catch {
    $("version").dataset.state = "away";
    $("version").textContent = "server not reachable";
  }
}

setInterval(() => { if (!document.hidden) look(); }, POLL_MS);
document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", render);
new ResizeObserver(render).observe(canvas);
tellNothing();
look();
