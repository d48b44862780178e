import { after, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { createCanvas, loadImage } from "@napi-rs/canvas";
import {
  describeActor,
  type KeyEventValue,
  ManualClock,
  type MouseEventValue,
  stopAll,
  StreamError,
  tap,
} from "@streamlib/core";
import { WebDisplayActor, type WebDisplayOptions } from "./mod.ts";
import { PageClient, pause, until } from "./testing/page_client.ts";
import { QUADRANTS, QuadrantSourceActor, type QuadrantSourceOptions, shownFormats } from "./testing/quadrant_source.ts";

const timeout = 60_000;
const keyA = { key: "a", code: "KeyA", repeat: false, shift: false, control: false, alt: false, meta: false };

interface Rig {
  clock: ManualClock;
  source: QuadrantSourceActor;
  display: WebDisplayActor;
  url: string;
  /** Lets time go on by one frame. */
  step: () => Promise<void>;
}

async function rig(options: WebDisplayOptions = {}, picture: QuadrantSourceOptions = {}): Promise<Rig> {
  const clock = new ManualClock(60);
  const source = new QuadrantSourceActor({ width: 128, height: 64, ...picture, clock });
  const display = source.pipe(new WebDisplayActor(options));
  await display.ready;
  const { url } = await display.address();
  return { clock, source, display, url, step: () => clock.advance(1) };
}

/** Asks for a frame and moves time on until it comes. */
async function nextFrame(client: PageClient, { step }: Rig): Promise<PageClient["frames"][number]> {
  const count = client.frames.length;
  client.ask();
  await until(() => client.frames.length > count, "no frame came", step);
  return client.frames[count];
}

/** Sends a request as it is and gives the answer. */
function raw(url: string, lines: string[]): Promise<string> {
  const { port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), "127.0.0.1");
    let text = "";
    socket.on("data", (data) => {
      text += data.toString("latin1");
      if (text.startsWith("HTTP/1.1 101")) socket.destroy();
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(text));
    socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  });
}

function upgrade(url: string, host: string, origin?: string, path: string = "/stream"): Promise<string> {
  return raw(url, [
    `GET ${path} HTTP/1.1`,
    `Host: ${host}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ...(origin === undefined ? [] : [`Origin: ${origin}`]),
  ]);
}

async function failureOf(display: WebDisplayActor): Promise<string> {
  try {
    await display.ready;
  } catch (thrown) {
    assert.ok(thrown instanceof StreamError);
    return thrown.message;
  }
  throw new Error("It did not fail");
}

describe("WebDisplayActor", () => {
  after(() => stopAll());

  it("can be described without an instance", () => {
    const description = describeActor("WebDisplay");
    assert.deepEqual(description.inputs.map((port) => port.name), ["video"]);
    assert.deepEqual(description.outputs.map((port) => port.name), ["keys", "mouse"]);
    assert.deepEqual(description.controls, ["address", "counters"]);
  });

  it("refuses wrong options in words", () => {
    assert.throws(() => new WebDisplayActor({ prot: 1 } as WebDisplayOptions), /WebDisplay.*prot/);
    assert.throws(() => new WebDisplayActor({ port: 70_000 }), /option port = 70000.*65535/);
    assert.throws(() => new WebDisplayActor({ fps: 0 }), /option fps = 0/);
    assert.throws(() => new WebDisplayActor({ width: 8 }), /option width = 8.*16/);
  });

  it("serves its page on loopback, and nothing else", { timeout }, async () => {
    const { url } = await rig();
    assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/$/);
    for (const [path, type] of [["", "text/html"], ["style.css", "text/css"], ["page.js", "text/javascript"]]) {
      const response = await fetch(url + path);
      assert.equal(response.status, 200);
      assert.ok(response.headers.get("content-type")?.startsWith(type), path);
      assert.match(response.headers.get("content-security-policy") ?? "", /default-src 'none'/);
      assert.ok((await response.text()).length > 100);
    }
    const posted = await fetch(url, { method: "POST", body: "x" });
    assert.equal(posted.status, 405);
    await posted.text();
    for (const path of ["nothing", "constructor", "__proto__"]) {
      const response = await fetch(url + path);
      assert.equal(response.status, 404, path);
      await response.text();
    }
  });

  it("sends a frame when it is asked for one, and only then", { timeout }, async () => {
    const one = await rig({ title: "Studio <1>" });
    const client = await PageClient.open(one.url);
    assert.deepEqual(JSON.parse(client.texts[0]), { type: "hello", title: "Studio <1>" });
    await one.clock.advance(5);
    await pause(50);
    assert.equal(client.frames.length, 0);
    const { header, jpeg } = await nextFrame(client, one);
    assert.deepEqual([header.width, header.height, header.pixelFormat, header.fps], [128, 64, "rgba8", 60]);
    assert.match(header.source, /^QuadrantSource ".*" output video$/);
    assert.ok(header.frameNumber >= 5 && header.ageMs >= 0 && header.heldMs >= 0);
    assert.match(header.timestamp, /^1970-/);
    assert.deepEqual([...jpeg.subarray(0, 2)], [0xff, 0xd8]);
    await one.clock.advance(10);
    await pause(50);
    assert.equal(client.frames.length, 1);
    await client.close();
  });

  it("counts what a page was too slow for, by the frames that fell due", { timeout }, async () => {
    for (const [fps, framesPerFrame] of [[60, 1], [30, 0.5], [240, 1]]) {
      const one = await rig({ fps });
      const client = await PageClient.open(one.url);
      const first = (await nextFrame(client, one)).header;
      assert.equal(first.dropped, 0);
      await one.clock.advance(20);
      const second = (await nextFrame(client, one)).header;
      const due = (frameNumber: number): number => Math.floor((frameNumber + 1) * framesPerFrame);
      assert.ok(second.frameNumber > first.frameNumber + 20);
      assert.equal(second.dropped, due(second.frameNumber) - due(first.frameNumber) - 1, `at ${fps}`);
      await client.close();
      await one.display.stop();
    }
  });

  it("codes one frame for one request, also while coding takes long", { timeout }, async () => {
    const one = await rig({ width: 1920, fps: 60 }, { width: 1920, height: 1080, pixelFormat: "i420" });
    const client = await PageClient.open(one.url);
    for (let i = 0; i < 5; i++) await nextFrame(client, one);
    await pause(300);
    assert.equal((await one.display.counters()).encoded, 5);
    await client.close();
  });

  it("sends no more frames than its rate allows", { timeout }, async () => {
    const one = await rig({ fps: 20 });
    const client = await PageClient.open(one.url);
    for (let i = 0; i < 15; i++) await nextFrame(client, one);
    const due = client.frames.map(({ header }) => Math.floor((header.frameNumber + 1) / 3));
    due.slice(1).forEach((number, i) => assert.ok(number > due[i], `frames of the same third: ${due.join(" ")}`));
    await client.close();
  });

  it("counts no drops for a page that did not want frames", { timeout }, async () => {
    const one = await rig();
    const client = await PageClient.open(one.url);
    await nextFrame(client, one);
    await one.clock.advance(30);
    client.ask(true);
    await until(() => client.frames.length === 2, "no frame came", one.step);
    assert.equal(client.frames[1].header.dropped, 0);
    const late = await PageClient.open(one.url);
    await one.clock.advance(30);
    for (let i = 0; i < 3; i++) await nextFrame(late, one);
    assert.ok(late.frames[2].header.dropped < 15, "drops before it connected are not its own");
    await Promise.all([client.close(), late.close()]);
  });

  it("serves several pages, a slow one delays nobody and gets the newest", { timeout }, async () => {
    const one = await rig({ fps: 60 });
    const [fast, slow] = [await PageClient.open(one.url), await PageClient.open(one.url)];
    for (let i = 0; i < 20; i++) await nextFrame(fast, one);
    assert.equal(slow.frames.length, 0);
    slow.ask();
    await until(() => slow.frames.length === 1, "the newest frame did not come at once");
    assert.equal(slow.frames[0].header.frameNumber, fast.frames[19].header.frameNumber);
    await until(async () => (await one.display.counters()).sent === 21, "the counters stay behind");
    const counters = await one.display.counters();
    assert.deepEqual([counters.pages, counters.encoded], [2, 20]);
    await Promise.all([fast.close(), slow.close()]);
    await until(async () => (await one.display.counters()).pages === 0, "the pages are still counted");
  });

  it("takes no frame while no page waits", { timeout }, async () => {
    const one = await rig();
    await one.clock.advance(60);
    await pause(300);
    assert.equal((await one.display.counters()).encoded, 0);
    assert.ok(one.display.stats.ticks >= 60);
  });

  it("shows every format in its colours, with padded rows, scaled down", { timeout }, async () => {
    const one = await rig({ width: 64, quality: 95 });
    const client = await PageClient.open(one.url);
    for (const pixelFormat of shownFormats()) {
      const padding = pixelFormat.includes("10") ? 6 : 5;
      const source = new QuadrantSourceActor({ pixelFormat, padding, width: 128, height: 64, clock: one.clock });
      await source.ready;
      one.display.inputs.video.unlink();
      source.pipe(one.display);
      let frame = await nextFrame(client, one);
      while (frame.header.source !== source.outputs.video.label) frame = await nextFrame(client, one);
      assert.equal(frame.header.pixelFormat, pixelFormat);
      const image = await loadImage(frame.jpeg);
      assert.deepEqual([image.width, image.height], [64, 32]);
      const context = createCanvas(64, 32).getContext("2d");
      context.drawImage(image, 0, 0);
      [[16, 8], [48, 8], [16, 24], [48, 24]].forEach(([x, y], i) => {
        const color = [...context.getImageData(x, y, 1, 1).data].slice(0, 3);
        color.forEach((part, j) =>
          assert.ok(Math.abs(part - 255 * QUADRANTS[i][j]) <= 6, `${pixelFormat} quadrant ${i}: [${color}]`)
        );
      });
      await source.stop();
    }
    await client.close();
  });

  it("goes on with another source in another format", { timeout }, async () => {
    const one = await rig();
    const client = await PageClient.open(one.url);
    await nextFrame(client, one);
    const other = new QuadrantSourceActor({
      pixelFormat: "i420",
      width: 64,
      height: 64,
      clock: one.clock,
      id: "other",
    });
    await other.ready;
    await one.clock.advance(50);
    one.display.inputs.video.unlink();
    other.outputs.video.pipe(one.display.inputs.video);
    client.ask();
    await until(() => client.frames.at(-1)?.header.source.includes('"other"'), "it shows the old source", async () => {
      if (client.frames.length === 2) client.ask();
      await one.step();
    });
    const { header } = client.frames.at(-1)!;
    assert.deepEqual([header.width, header.height, header.pixelFormat], [64, 64, "i420"]);
    await client.close();
  });

  it("gives keys and mouse as events, and releases them with the focus and with the page", { timeout }, async () => {
    const { display, url } = await rig();
    const keys: KeyEventValue[] = [];
    const mouse: MouseEventValue[] = [];
    tap(display.outputs.keys, (event) => keys.push(event.value));
    tap(display.outputs.mouse, (event) => mouse.push(event.value));
    const client = await PageClient.open(url);
    const down = { type: "down", x: 10, y: 20, button: 2, deltaX: 0, deltaY: 0 };
    client.send({ type: "key", event: { ...keyA, type: "down", shift: true } });
    client.send({ type: "mouse", event: down });
    client.send({ type: "mouse", event: { ...down, type: "wheel", button: -1, deltaY: 12.5 } });
    await until(() => keys.length === 1 && mouse.length === 2, "the events did not come");
    assert.deepEqual(keys[0], { ...keyA, type: "down", shift: true });
    assert.deepEqual(mouse, [down, { ...down, type: "wheel", button: -1, deltaY: 12.5 }]);
    client.send({ type: "release" });
    await until(() => keys.length === 2 && mouse.length === 3, "nothing was released");
    assert.deepEqual(keys[1], { ...keyA, type: "up" });
    assert.deepEqual(mouse[2], { ...down, type: "up" });
    client.send({ type: "key", event: { ...keyA, type: "up" } });
    client.send({ type: "key", event: { ...keyA, type: "down" } });
    await until(() => keys.length === 3, "the event did not come");
    await client.close();
    await until(() => keys.length === 4, "nothing was released");
    assert.deepEqual(keys.slice(2).map((event) => event.type), ["down", "up"]);
  });

  it("lets keys steer an actor upstream of it", { timeout }, async () => {
    const one = await rig();
    one.display.outputs.keys.pipe(one.source.inputs.keys);
    const client = await PageClient.open(one.url);
    client.send({ type: "key", event: { ...keyA, type: "down", key: "b", code: "KeyB" } });
    await until(() => one.source.stats.inputs.keys.read === 1, "the key did not come", one.step);
    await client.close();
  });

  it("counts and ignores messages that make no sense", { timeout }, async () => {
    const one = await rig();
    const client = await PageClient.open(one.url);
    for (const bad of ["", "{", "null", '{"type":"key"}', "[]", new Uint8Array([1, 2, 3])]) client.send(bad);
    await until(async () => (await one.display.counters()).malformed === 6, "they were not counted");
    await nextFrame(client, one);
    for (let i = 0; i < 3000; i++) client.send({ type: "release" });
    await until(async () => (await one.display.counters()).malformed >= 7, "the flood was not counted");
    const before = (await one.display.counters()).malformed;
    const long = await PageClient.open(one.url);
    long.send("x".repeat(5000));
    assert.notEqual((await long.closed).code, 1000);
    await until(async () => (await one.display.counters()).malformed > before, "the long one was not counted");
    await pause(1100);
    await nextFrame(client, one);
    await client.close();
  });

  it("refuses pages of other origins and rebound names", { timeout }, async () => {
    const { display, url } = await rig();
    const { host, port } = new URL(url);
    assert.match(await upgrade(url, host, `http://${host}`), /^HTTP\/1\.1 101 /);
    assert.match(await upgrade(url, host), /^HTTP\/1\.1 101 /);
    assert.match(await upgrade(url, `localhost:${port}`, `http://localhost:${port}`), /^HTTP\/1\.1 101 /);
    assert.match(await upgrade(url, host, "http://evil.example"), /^HTTP\/1\.1 403 [^]*another origin/);
    assert.match(await upgrade(url, host, "null"), /^HTTP\/1\.1 403 /);
    assert.match(await upgrade(url, `evil.example:${port}`, `http://evil.example:${port}`), /^HTTP\/1\.1 403 /);
    assert.match(await upgrade(url, host, `http://${host}`, "/else"), /^HTTP\/1\.1 404 /);
    const page = await raw(url, ["GET / HTTP/1.1", `Host: evil.example:${port}`, "Connection: close"]);
    assert.match(page, /^HTTP\/1\.1 403 [^]*evil\.example is not one/);
    await until(async () => (await display.counters()).refused === 4, "they were not counted");
    await until(async () => (await display.counters()).pages === 0, "they are still open");
    assert.equal((await display.counters()).pagesSoFar, 3);
  });

  it("takes at most 32 pages", { timeout }, async () => {
    const { url } = await rig();
    const clients = await Promise.all(Array.from({ length: 32 }, () => PageClient.open(url)));
    const { host } = new URL(url);
    assert.match(await upgrade(url, host), /^HTTP\/1\.1 503 [^]*Too many pages/);
    await clients[0].close();
    await until(async () => (await upgrade(url, host)).includes(" 101 "), "the place is not free");
    await Promise.all(clients.slice(1).map((client) => client.close()));
  });

  it("names a port that is in use, and an address that is not ours", { timeout }, async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, "127.0.0.1", resolve));
    const { port } = blocker.address() as AddressInfo;
    const message = await failureOf(new WebDisplayActor({ port, id: "second" }));
    assert.match(
      message,
      /^WebDisplay "second" failed: Cannot serve the page on 127\.0\.0\.1 port \d+: the port is in use; /,
    );
    assert.ok(message.includes(` ${port}:`));
    await new Promise((resolve) => blocker.close(resolve));
    assert.match(await failureOf(new WebDisplayActor({ host: "203.0.113.7" })), /203\.0\.113\.7 .*no such address/);
    const [one, two] = [await rig(), await rig()];
    const taken = Number(new URL(one.url).port);
    assert.match(await failureOf(new WebDisplayActor({ port: taken })), /in use/);
    assert.notEqual(one.url, two.url);
  });

  it("stop() ends the pages and frees the port", { timeout }, async () => {
    const one = await rig();
    const port = Number(new URL(one.url).port);
    const client = await PageClient.open(one.url);
    await nextFrame(client, one);
    client.ask();
    await one.display.stop();
    assert.deepEqual(await client.closed, { code: 1001, reason: "The display has stopped" });
    assert.equal(one.display.state, "stopped");
    await assert.rejects(fetch(one.url));
    const again = new WebDisplayActor({ port });
    await again.ready;
    assert.equal((await again.address()).url, one.url);
    await again.stop();
  });

  it("leaves nothing behind that keeps the process alive", { timeout }, async () => {
    assert.equal((await runProgram("testing/stop_and_exit.ts")).trim(), "stopped 1001");
  });

  it("has an example that runs", { timeout }, async () => {
    assert.match(await runProgram("example.ts", "1"), /^Open http:\/\/127\.0\.0\.1:\d+\/\n$/);
  });
});

/** Runs a program of this package with the runtime of this test; what it printed. Rejects unless it ends well by itself. */
function runProgram(name: string, ...given: string[]): Promise<string> {
  const program = fileURLToPath(new URL(name, import.meta.url));
  const first = /deno[^/\\]*$/.test(process.execPath) ? ["run", "-A"] : [];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [...first, program, ...given], { timeout: 30_000 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${name} did not end well: ${error.message}\n${stdout}${stderr}`));
      else resolve(stdout);
    });
  });
}
