import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { describe, it } from "@std/testing/bdd";
import { fit, redrawText, type ScreenStream, terminalScreen } from "./terminal.ts";

const SLOW = { timeout: 60_000 };
const WRITER = fileURLToPath(new URL("./testdata/writes_on.ts", import.meta.url));

describe("redrawText()", () => {
  it("writes the first lines where the cursor is", () => {
    assert.equal(redrawText(0, ["a", "b"]), "\ra\x1b[K\nb\x1b[K\n\x1b[J");
  });

  it("goes up to the first of the lines before, and erases what is left of them", () => {
    assert.equal(redrawText(3, ["c"]), "\x1b[3A\rc\x1b[K\n\x1b[J");
  });
});

describe("fit()", () => {
  it("leaves the last line of the terminal to the cursor, and cuts what is too wide by letters", () => {
    assert.deepEqual(fit(["abcd", "µ█xy", "c", "d"], 3, 4), ["abc", "µ█x", "c"]);
    assert.deepEqual(fit(["a", "b"], 80, 1), ["a"]);
  });

  it("does not count colours, and ends them where the line is cut", () => {
    assert.deepEqual(fit(["\x1b[33mabcd\x1b[0mef"], 3, 4), ["\x1b[33mabc\x1b[0m"]);
  });
});

/** A stream that keeps what is written, and is full from the second time on until it is told otherwise. */
class Kept implements ScreenStream {
  text = "";
  fullFrom = Infinity;
  readonly columns = 20;
  readonly listeners: [event: string, listener: () => void][] = [];
  readonly isTTY: boolean;
  #writes = 0;

  constructor(isTTY: boolean) {
    this.isTTY = isTTY;
  }

  write(text: string): boolean {
    this.text += text;
    return ++this.#writes < this.fullFrom;
  }

  on(event: string, listener: () => void): void {
    this.listeners.push([event, listener]);
  }

  emit(event: string): void {
    for (const [its, listener] of this.listeners) if (its === event) listener();
  }
}

function screenOf(isTTY: boolean, env: Record<string, string> = {}) {
  const [stdout, stderr] = [new Kept(isTTY), new Kept(isTTY)];
  return { stdout, stderr, screen: terminalScreen({ stdout, stderr, env }) };
}

describe("terminalScreen()", () => {
  it("shows a status on one line, cut at its edge, and takes it away before anything else", () => {
    const { stdout, stderr, screen } = screenOf(true);
    screen.status!("0123456789012345678901");
    assert.equal(stderr.text, "\r0123456789012345678\x1b[K\r");
    stderr.text = "";
    screen.out("answer");
    assert.deepEqual([stderr.text, stdout.text], ["\r\x1b[K\r", "answer\n"]);
    screen.err("wrong");
    screen.status!("");
    assert.equal(stderr.text, "\r\x1b[K\rwrong\n", "nothing is taken away twice");
  });

  it("has no status, colour or redrawing off a terminal and on a dumb one, and no colour with NO_COLOR", () => {
    for (const { screen } of [screenOf(false), screenOf(true, { TERM: "dumb" })]) {
      assert.deepEqual([screen.status, screen.redraw, screen.hasColour], [undefined, undefined, false]);
    }
    assert.equal(screenOf(true).screen.hasColour, true);
    const { screen } = screenOf(true, { NO_COLOR: "1" });
    assert.deepEqual([screen.hasColour, typeof screen.status], [false, "function"]);
  });

  for (const event of ["drain", "error", "close"]) {
    it(`waits until a full pipe says ${event}`, async () => {
      const { stdout, screen } = screenOf(false);
      await screen.flush();
      stdout.fullFrom = 1;
      screen.out("much");
      let isOut = false;
      const flushed = screen.flush().then(() => isOut = true);
      await Promise.resolve();
      assert.equal(isOut, false);
      stdout.emit(event);
      await flushed;
    });
  }

  it("writes nothing to a reader that has gone, and does not wait for it", async () => {
    for (const event of ["error", "close"]) {
      const { stdout, stderr, screen } = screenOf(false);
      stdout.fullFrom = 1;
      stdout.emit(event);
      screen.out("much");
      screen.err("seen");
      await screen.flush();
      assert.deepEqual([stdout.text, stderr.text], ["", "seen\n"], event);
    }
  });

  it("ends where the reader of a real pipe has gone", SLOW, () => {
    const run = [process.execPath, "run", ...(process.versions.bun ? [] : ["-A", "--no-check"]), WRITER];
    const line = `${run.map((word) => `'${word}'`).join(" ")} | head -1`;
    const { status, stdout, stderr } = spawnSync("sh", ["-c", line], { encoding: "utf8", timeout: 50_000 });
    assert.deepEqual([status, stdout], [0, "line 0\n"], stderr);
    assert.match(stderr, /^error[^]*\nflushed\n$/);
  });

  it("writes where standard output was when it was made", () => {
    const { stdout, screen } = screenOf(false);
    stdout.write = () => {
      throw new Error("put in its place later");
    };
    screen.out("here");
    assert.equal(stdout.text, "here\n");
  });
});
