/// <reference lib="dom" />
import { after, before, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { type KeyEventValue, type MouseEventValue, stopAll, tap } from "@streamlib/core";
import type { Browser, Page } from "playwright-core";
import { WebDisplayActor, type WebDisplayOptions } from "./mod.ts";
import { hasBrowser, openBrowser } from "./testing/browser.ts";
import { until } from "./testing/page_client.ts";
import { QUADRANTS, QuadrantSourceActor, type QuadrantSourceOptions } from "./testing/quadrant_source.ts";

const timeout = 60_000;
const runtime = /deno[^/\\]*$/.test(process.execPath) ? "deno" : "bun";
const skip = !hasBrowser();

interface Shown {
  source: QuadrantSourceActor;
  display: WebDisplayActor;
  page: Page;
  url: string;
  /** Errors that the page has met. */
  errors: string[];
}

function text(page: Page, id: string): Promise<string> {
  return page.locator(`#${id}`).innerText();
}

function state(page: Page): Promise<string | null> {
  return page.locator("html").getAttribute("data-state");
}

/** Colours in the middle of the four quadrants of the canvas. */
function colors(page: Page): Promise<number[][]> {
  return page.evaluate(() => {
    const canvas = document.getElementById("picture") as HTMLCanvasElement;
    const context = canvas.getContext("2d")!;
    return [[1, 1], [3, 1], [1, 3], [3, 3]].map(([x, y]) => {
      const data = context.getImageData((x * canvas.width) / 4, (y * canvas.height) / 4, 1, 1).data;
      return [...data].slice(0, 3);
    });
  });
}

function assertColors(actual: number[][]): void {
  actual.forEach((color, i) =>
    color.forEach((part, j) => assert.ok(Math.abs(part - 255 * QUADRANTS[i][j]) <= 6, `quadrant ${i} is [${color}]`))
  );
}

describe("the page in Chromium", { skip }, () => {
  let browser: Browser;

  before(async () => {
    browser = await openBrowser();
  });
  after(async () => {
    await browser.close();
    await stopAll();
  });

  async function show(options: WebDisplayOptions, picture: QuadrantSourceOptions = {}): Promise<Shown> {
    const source = new QuadrantSourceActor({ width: 1280, height: 720, fps: 30, ...picture });
    const display = source.pipe(new WebDisplayActor(options));
    await display.ready;
    const { url } = await display.address();
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
    await page.goto(url);
    await until(async () => await state(page) === "live", "the page is not live");
    return { source, display, page, url, errors };
  }

  it("shows the picture in its colours while the counters go on", { timeout }, async () => {
    const { page, errors, source, display } = await show({ title: "Control room" }, { pixelFormat: "i420" });
    assertColors(await colors(page));
    assert.equal(await text(page, "title"), "Control room");
    assert.equal(await page.title(), "Control room");
    assert.equal(await text(page, "format"), "1280 × 720 i420");
    assert.equal(await text(page, "source"), source.outputs.video.label);
    const first = Number(await text(page, "frame"));
    await until(async () => Number(await text(page, "frame")) > first + 30, "the frame number stands still");
    assert.ok(Number(await text(page, "rate")) > 0);
    assert.match(await text(page, "source-rate"), /of 30 \/s/);
    assert.ok(Number(await text(page, "age")) >= 0);
    assert.match(await text(page, "dropped"), /^\d+$/);
    await page.screenshot({ path: join(tmpdir(), `display-shot-${runtime}.png`) });
    assert.deepEqual(errors, []);
    await page.close();
    await until(async () => (await display.counters()).pages === 0, "the closed tab is still counted");
  });

  it("gives keys back, and releases them when the picture loses the focus", { timeout }, async () => {
    const { page, display } = await show({});
    const keys: KeyEventValue[] = [];
    tap(display.outputs.keys, (event) => keys.push(event.value));
    assert.match(await text(page, "input"), /Active/);
    await page.keyboard.press("Shift+KeyG");
    await until(() => keys.length === 4, "the keys did not come");
    assert.deepEqual(keys.map(({ type, key, code, shift }) => [type, key, code, shift]), [
      ["down", "Shift", "ShiftLeft", true],
      ["down", "G", "KeyG", true],
      ["up", "G", "KeyG", true],
      ["up", "Shift", "ShiftLeft", false],
    ]);
    await page.keyboard.down("ArrowUp");
    await until(() => keys.length === 5, "the key did not come");
    await page.locator("#fullscreen").focus();
    await until(() => keys.length === 6, "the key was not released");
    assert.deepEqual([keys[5].type, keys[5].code], ["up", "ArrowUp"]);
    assert.match(await text(page, "input"), /Click/);
    await page.close();
  });

  it("leaves Tab to the browser, so that the keyboard is no trap", { timeout }, async () => {
    const { page } = await show({});
    await page.keyboard.press("Shift+Tab");
    assert.equal(await page.evaluate(() => document.activeElement?.id), "fullscreen");
    await page.close();
  });

  it("gives the mouse back in pixels of the source", { timeout }, async () => {
    const { page, display } = await show({ width: 320 });
    const mouse: MouseEventValue[] = [];
    tap(display.outputs.mouse, (event) => mouse.push(event.value));
    const box = (await page.locator("#picture").boundingBox())!;
    for (const [x, y] of [[0.25, 0.5], [0.75, 0.1]]) {
      await page.mouse.move(box.x + x * box.width, box.y + y * box.height);
      await page.mouse.down({ button: "right" });
      await until(() => mouse.some((event) => event.type === "down"), "the button did not come");
      const down = mouse.find((event) => event.type === "down")!;
      assert.ok(Math.abs(down.x - x * 1280) <= 2 && Math.abs(down.y - y * 720) <= 2, JSON.stringify(down));
      assert.equal(down.button, 2);
      await page.mouse.up({ button: "right" });
      await until(() => mouse.at(-1)?.type === "up", "the button did not come up");
      assert.ok(mouse.some((event) => event.type === "move" && event.button === -1));
      mouse.length = 0;
    }
    await page.mouse.down();
    await page.mouse.move(0, box.y + box.height + 50);
    await until(() => mouse.some(({ type, x, y }) => type === "move" && x === 0 && y === 719), "a drag is clamped");
    await page.mouse.up();
    await page.mouse.move(box.x + 10, box.y + 10);
    await page.mouse.wheel(0, 120);
    await until(() => mouse.some((event) => event.type === "wheel" && event.deltaY === 120), "the wheel did not come");
    await page.close();
  });

  it("serves two tabs, and one that closes does not disturb the other", { timeout }, async () => {
    const { page, url, display } = await show({});
    const second = await browser.newPage();
    await second.goto(url);
    await until(async () => await state(second) === "live", "the second tab is not live");
    await page.close();
    await until(async () => (await display.counters()).pages === 1, "the closed tab is still counted");
    const first = Number(await text(second, "frame"));
    await until(async () => Number(await text(second, "frame")) > first, "the other tab stands still");
    await second.close();
  });

  it("says when there is no signal", { timeout }, async () => {
    const { page, source, display, errors } = await show({});
    await source.stop();
    await until(async () => await state(page) === "no-signal", "it does not say so");
    assert.match(await text(page, "notice"), /No signal\s+The last picture is \d+ s old/);
    assert.ok(Number(await text(page, "age")) > 1000);
    const again = new QuadrantSourceActor({ width: 320, height: 320, fps: 30 });
    display.inputs.video.unlink();
    again.pipe(display);
    await until(async () => await state(page) === "live", "it is not live again");
    await until(async () => (await text(page, "format")).startsWith("320 × 320"), "the format is the old one");
    const box = (await page.locator("#picture").boundingBox())!;
    assert.ok(Math.abs(box.width - box.height) < 1, "the shape is the old one");
    const empty = new WebDisplayActor();
    await empty.ready;
    await page.goto((await empty.address()).url);
    await until(async () => await state(page) === "no-signal", "it does not say so");
    assert.match(await text(page, "notice"), /nothing has been linked/);
    assert.deepEqual(errors, []);
    await page.close();
  });

  it("says that it is disconnected, and connects again by itself", { timeout }, async () => {
    const { page, source, display, url } = await show({});
    await display.stop();
    await until(async () => await state(page) === "disconnected", "it does not say so");
    assert.match(await text(page, "notice"), /connects again by itself/);
    const again = source.pipe(new WebDisplayActor({ port: Number(new URL(url).port) }));
    await again.ready;
    await until(async () => await state(page) === "live", "it does not connect again");
    assertColors(await colors(page));
    await page.close();
  });

  it("fits a narrow screen", { timeout }, async () => {
    const { page } = await show({});
    for (const [width, height] of [[360, 740], [640, 360], [1920, 1080]]) {
      await page.setViewportSize({ width, height });
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overflow <= 0, `it is ${overflow} pixels too wide at ${width}`);
      const box = (await page.locator("#picture").boundingBox())!;
      assert.ok(box.height > 60 && Math.abs(box.width / box.height - 16 / 9) < 0.05, JSON.stringify(box));
      await page.screenshot({ path: join(tmpdir(), `display-shot-${runtime}-${width}.png`) });
    }
    await page.close();
  });

  it("is not reached by a page of another origin", { timeout }, async () => {
    const { page, url, display } = await show({});
    const elsewhere = createServer((_request, response) => response.end("<!doctype html><title>other</title>"));
    await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
    const other = await browser.newPage();
    await other.goto(`http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`);
    const outcome = await other.evaluate((address) =>
      new Promise((resolve) => {
        const socket = new WebSocket(address);
        socket.onopen = () => resolve("open");
        socket.onerror = () => resolve("refused");
      }), `${url.replace("http", "ws")}stream`);
    assert.equal(outcome, "refused");
    await until(async () => (await display.counters()).refused === 1, "the stranger was not refused by the display");
    assert.equal((await display.counters()).pagesSoFar, 1);
    await other.close();
    await page.close();
    elsewhere.close();
  });
});
