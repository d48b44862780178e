/**
 * The page of a display: shows frames, sends keys and the mouse, connects again by itself.
 *
 * It asks for the next frame when it has decoded one, and not at all while the tab is hidden, so frames never queue up.
 */

/** A picture older than this, and than three of the source's periods, is shown as no signal. */
const SIGNAL_LOST_MS = 2000;
const RECONNECT_MS_MIN = 250;
const RECONNECT_MS_MAX = 2000;
const TEXT_MS = 200;
/** Keys that stay with the browser. */
const BROWSER_KEYS = new Set(["Tab", "F5", "F11", "F12"]);

const root = document.documentElement;
const stage = element("stage");
const picture = element("picture");
const context = picture.getContext("2d", { alpha: false });
const decoder = new TextDecoder();

let socket;
let hasConnected = false;
let reconnectMs = RECONNECT_MS_MIN;
let fault = "";
/** The frame on the screen: what the server told of it, and when it was painted and how old it was then. */
let shown;
/** A decoded frame that waits for the next repaint. */
let pending;
let replaced = 0;
let isAsking = false;
let isDecoding = false;
let askedMs = 0;
let hasPaused = true;
/** When the pictures of the last second were painted. */
const paintedMs = [];
let move;

function element(id) {
  return document.getElementById(id);
}

function connect() {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const own = new WebSocket(`${scheme}://${location.host}/stream`);
  own.binaryType = "arraybuffer";
  own.addEventListener("open", () => {
    hasConnected = true;
    reconnectMs = RECONNECT_MS_MIN;
    isAsking = false;
    hasPaused = true;
    ask();
  });
  own.addEventListener("message", (event) => {
    if (typeof event.data === "string") greet(JSON.parse(event.data));
    else void take(event.data);
  });
  own.addEventListener("close", () => {
    if (socket !== own) return;
    socket = undefined;
    isAsking = false;
    setTimeout(connect, reconnectMs);
    reconnectMs = Math.min(reconnectMs * 2, RECONNECT_MS_MAX);
    write();
  });
  socket = own;
}

function isOpen() {
  return socket?.readyState === WebSocket.OPEN;
}

function tell(message) {
  if (isOpen()) socket.send(JSON.stringify(message));
}

function greet(message) {
  if (message.type !== "hello") return;
  element("title").textContent = message.title;
  document.title = message.title;
}

/** Asks for the next frame, unless one is on its way or nobody looks. */
function ask() {
  if (isAsking || isDecoding || !isOpen()) return;
  if (document.hidden) {
    hasPaused = true;
    return;
  }
  isAsking = true;
  askedMs = performance.now();
  tell({ type: "next", resumed: hasPaused });
  hasPaused = false;
}

async function take(message) {
  const receivedMs = performance.now();
  isAsking = false;
  isDecoding = true;
  try {
    const textBytes = new DataView(message).getUint32(0, true);
    const header = JSON.parse(decoder.decode(new Uint8Array(message, 4, textBytes)));
    const jpeg = new Blob([new Uint8Array(message, 4 + textBytes)], { type: "image/jpeg" });
    const bitmap = await createImageBitmap(jpeg);
    const wayMs = Math.max(0, receivedMs - askedMs - header.heldMs);
    if (pending) {
      pending.bitmap.close();
      replaced++;
    } else requestAnimationFrame(paint);
    pending = { header, bitmap, agedMs: header.ageMs + wayMs, receivedMs };
    fault = "";
  } catch (error) {
    fault = `The browser cannot show the picture: ${error.message}`;
    write();
  }
  isDecoding = false;
  ask();
}

function paint() {
  const { header, bitmap, agedMs, receivedMs } = pending;
  pending = undefined;
  if (picture.width !== bitmap.width || picture.height !== bitmap.height) {
    picture.width = bitmap.width;
    picture.height = bitmap.height;
    stage.style.setProperty("--shape", `${header.width} / ${header.height}`);
  }
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const nowMs = performance.now();
  shown = { header, ageMs: agedMs + nowMs - receivedMs, atMs: nowMs };
  paintedMs.push(nowMs);
  while (paintedMs[0] < nowMs - 1000) paintedMs.shift();
  if (root.dataset.state !== "live") write();
}

/** State of the page, and what to say about it. */
function stateNow(ageMs) {
  if (!socket || !isOpen()) {
    if (!hasConnected) return ["connecting", "Connecting", "Waiting for the display to answer."];
    return ["disconnected", "Disconnected", "The display does not answer. This page connects again by itself."];
  }
  if (fault) return ["error", "Error", fault];
  if (!shown) return ["no-signal", "No signal", "The display runs, but nothing has been linked to its input yet."];
  if (ageMs > Math.max(SIGNAL_LOST_MS, 3000 / shown.header.fps)) {
    return ["no-signal", "No signal", `The last picture is ${Math.round(ageMs / 1000)} s old.`];
  }
  return ["live", "Live", ""];
}

/** Brings the text up to date. */
function write() {
  const nowMs = performance.now();
  const isStill = shown && nowMs - shown.atMs > 3 * TEXT_MS;
  const ageMs = shown ? shown.ageMs + (isStill ? nowMs - shown.atMs : 0) : 0;
  const [state, title, text] = stateNow(shown ? shown.ageMs + nowMs - shown.atMs : 0);
  root.dataset.state = state;
  setText("state", title);
  setText("notice-title", title);
  setText("notice-text", text);
  if (!shown) return;
  const { header } = shown;
  while (paintedMs.length > 0 && paintedMs[0] < nowMs - 1000) paintedMs.shift();
  const dropped = header.dropped + replaced;
  setText("source", header.source);
  setText("frame", String(header.frameNumber));
  setText("rate", paintedMs.length.toFixed(0));
  setText("source-rate", `of ${Number(header.fps.toFixed(2))} /s`);
  setText("age", ageMs < 100 ? ageMs.toFixed(1) : ageMs.toFixed(0));
  setText("dropped", String(dropped));
  element("dropped").dataset.some = String(dropped > 0);
  setText("format", `${header.width} × ${header.height}  ${header.pixelFormat}`);
}

function setText(id, text) {
  const at = element(id);
  if (at.textContent !== text) at.textContent = text;
}

function sendKey(type, event) {
  const { key, code, repeat, shiftKey: shift, ctrlKey: ctrl, altKey: alt, metaKey: meta } = event;
  tell({ type: "key", event: { type, key, code, repeat, shift, control: ctrl, alt, meta } });
  const isBrowsers = BROWSER_KEYS.has(key) || ctrl || meta || alt;
  if (!isBrowsers) event.preventDefault();
}

/** Where the pointer is, in pixels of the source; the nearest one if it is beside the picture. */
function placeOf(event) {
  const { width, height } = shown.header;
  const box = picture.getBoundingClientRect();
  const within = (value, count) => Math.min(count - 1, Math.max(0, Math.floor(value * count)));
  return {
    x: within((event.clientX - box.left) / box.width, width),
    y: within((event.clientY - box.top) / box.height, height),
  };
}

function sendMouse(type, event, more) {
  if (!shown) return;
  sendMove();
  tell({ type: "mouse", event: { type, ...placeOf(event), button: -1, deltaX: 0, deltaY: 0, ...more } });
}

/** Sends the newest move; moves come at most once per repaint. */
function sendMove() {
  if (!move) return;
  const event = move;
  move = undefined;
  tell({ type: "mouse", event: { type: "move", ...placeOf(event), button: -1, deltaX: 0, deltaY: 0 } });
}

function showFocus() {
  const isActive = document.activeElement === stage && document.hasFocus();
  setText("input", isActive ? "Active, Tab leaves" : "Click the picture");
  element("input").dataset.active = String(isActive);
}

function release() {
  sendMove();
  tell({ type: "release" });
  showFocus();
}

stage.addEventListener("keydown", (event) => sendKey("down", event));
stage.addEventListener("keyup", (event) => sendKey("up", event));
stage.addEventListener("focus", showFocus);
stage.addEventListener("blur", release);
addEventListener("blur", release);
addEventListener("focus", showFocus);
stage.addEventListener("contextmenu", (event) => event.preventDefault());
stage.addEventListener("pointermove", (event) => {
  if (!shown) return;
  if (!move) requestAnimationFrame(sendMove);
  move = event;
});
stage.addEventListener("pointerdown", (event) => {
  stage.setPointerCapture(event.pointerId);
  sendMouse("down", event, { button: event.button });
});
stage.addEventListener("pointerup", (event) => sendMouse("up", event, { button: event.button }));
stage.addEventListener("pointercancel", release);
stage.addEventListener("wheel", (event) => {
  event.preventDefault();
  const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE
    ? 16
    : event.deltaMode === WheelEvent.DOM_DELTA_PAGE
    ? 400
    : 1;
  sendMouse("wheel", event, { deltaX: event.deltaX * unit, deltaY: event.deltaY * unit });
}, { passive: false });
document.addEventListener("visibilitychange", () => {
  if (document.hidden) release();
  else ask();
});
element("fullscreen").addEventListener("click", () => {
  void stage.requestFullscreen();
  stage.focus();
});

setInterval(write, TEXT_MS);
stage.focus();
showFocus();
connect();
