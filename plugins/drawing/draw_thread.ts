/**
 * The drawing thread: owns the Skia canvas and runs the user's drawing, one frame per message.
 *
 * The canvas cannot draw into memory of ours: `data()` copies the pixels into a fresh 8 MB buffer each time. Left to
 * the garbage collector these pile up (0.5 to 0.9 GB and pauses of 25 ms on Deno, 9 GB in a tight loop on Bun).
 * Detaching the buffer right after the copy frees it at once: memory stays flat near 100 MB.
 */
import { Buffer } from "node:buffer";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { parentPort, workerData } from "node:worker_threads";
import { type Canvas, createCanvas, GlobalFonts } from "@napi-rs/canvas";
import { DrawError } from "./draw_error.ts";
import { type DrawCommand, type DrawReport, type DrawThreadData, slotState } from "./draw_protocol.ts";
import type { DrawContext, DrawFunction, DrawModuleRequest, DrawParameters } from "./draw_source.ts";
import { robotoBold } from "./fonts/roboto_bold.gen.ts";
import { robotoRegular } from "./fonts/roboto_regular.gen.ts";

/** Runs inside a worker thread whose data is a {@link DrawThreadData}; reports `ready` when the drawing is loaded. */
export async function serveDrawThread(): Promise<void> {
  const data = workerData as DrawThreadData;
  try {
    registerFonts(data);
    const draw = await loadDraw(data.source);
    new DrawThread(data, draw).listen();
    report({ type: "ready" });
  } catch (error) {
    reportFailure(error, data.source, undefined);
  }
}

function report(message: DrawReport): void {
  parentPort?.postMessage(message);
}

function registerFonts(data: DrawThreadData): void {
  for (const font of [robotoRegular, robotoBold]) GlobalFonts.register(Buffer.from(font, "base64"), "Roboto");
  for (const font of data.fonts) {
    if (GlobalFonts.registerFromPath(font.path, font.family) === null) {
      throw new DrawError(
        `Drawing cannot load the font "${font.path}": it must be a TTF, OTF, TTC, WOFF or WOFF2 file`,
      );
    }
  }
}

async function loadDraw(source: DrawModuleRequest): Promise<DrawFunction> {
  const module = await import(source.url) as Record<string, unknown>;
  const draw = module[source.exportName];
  if (typeof draw === "function") return draw as DrawFunction;
  if (source.label !== source.url) {
    throw new DrawError(`Drawing needs a "function draw(context, info)" in its code, but there is none`);
  }
  const names = Object.keys(module).filter((name) => typeof module[name] === "function");
  throw new DrawError(
    `Drawing finds no function "${source.exportName}" in ${source.url}: it exports ${
      names.join(", ") || "no function"
    }`,
  );
}

class DrawThread {
  readonly #data: DrawThreadData;
  readonly #draw: DrawFunction;
  readonly #canvas: Canvas;
  readonly #context: DrawContext;
  readonly #pixels: Uint8Array;
  readonly #states: Int32Array;
  readonly #drawMs: Float64Array;
  #parameters: DrawParameters;
  #last: Promise<void> = Promise.resolve();

  constructor(data: DrawThreadData, draw: DrawFunction) {
    this.#data = data;
    this.#draw = draw;
    this.#canvas = createCanvas(data.width, data.height);
    this.#context = this.#canvas.getContext("2d");
    this.#pixels = new Uint8Array(data.pixels);
    this.#states = new Int32Array(data.states);
    this.#drawMs = new Float64Array(data.drawMs);
    this.#parameters = data.parameters;
  }

  listen(): void {
    // One message is one turn of the event loop: Skia's deferred work and the finalizers run between frames.
    parentPort?.on("message", (command: DrawCommand) => {
      this.#last = this.#last.then(() => this.#obey(command));
    });
  }

  async #obey(command: DrawCommand): Promise<void> {
    if (command.type === "parameters") {
      this.#parameters = command.parameters;
      return;
    }
    const { slot, request, frameNumber, timestampNs } = command;
    const { width, height, rate, clear } = this.#data;
    const startMs = performance.now();
    try {
      if (clear) this.#context.reset();
      const timeSeconds = (frameNumber * rate.den) / rate.num;
      const parameters = this.#parameters;
      const drawn = this.#draw(this.#context, {
        frameNumber,
        timeSeconds,
        timestampNs,
        width,
        height,
        rate,
        parameters,
      });
      if (drawn instanceof Promise) await drawn;
      this.#copyOut(slot);
    } catch (error) {
      reportFailure(error, this.#data.source, frameNumber);
      return;
    }
    this.#drawMs[slot] = performance.now() - startMs;
    Atomics.store(this.#states, slot, slotState.done);
    report({ type: "done", slot, request });
  }

  #copyOut(slot: number): void {
    const { width, height, alpha } = this.#data;
    const read = alpha === "premultiplied" ? this.#canvas.data() : this.#context.getImageData(0, 0, width, height).data;
    this.#pixels.set(read, slot * width * height * 4);
    const buffer = read.buffer;
    if (buffer instanceof ArrayBuffer && buffer.byteLength === read.byteLength) buffer.transfer(0);
  }
}

function reportFailure(thrown: unknown, source: DrawModuleRequest, frameNumber: number | undefined): void {
  // Bun reports several parse errors as one error that holds them.
  const error = thrown instanceof AggregateError && thrown.errors.length > 0 ? thrown.errors[0] as unknown : thrown;
  if (error instanceof DrawError) {
    report({ type: "failed", message: error.message, line: undefined, frameNumber });
    return;
  }
  let line = lineOf(error, source.url);
  let message = messageOf(error, source.url);
  if (line !== undefined && source.lineCount !== undefined && line > source.lineCount) {
    line = source.lineCount;
    message = "the code ends before it is complete";
  }
  const where = line === undefined ? source.label : `${source.label} line ${line}`;
  const when = frameNumber === undefined ? "Drawing cannot be loaded" : `Drawing failed in frame ${frameNumber}`;
  const hint = source.fromFunction && error instanceof ReferenceError
    ? " (a draw function reaches its thread as source text and loses what is around it: pass values as parameters)"
    : "";
  report({ type: "failed", message: `${when}, ${where}: ${message}${hint}`, line, frameNumber });
}

/** The message of an error in one line, without the text of a `data:` URL. */
function messageOf(error: unknown, url: string): string {
  const message = hasMessage(error) ? String(error.message) : String(error);
  const first = message.split("\n")[0].replaceAll(url, "draw code").replace(/^SyntaxError: /, "");
  return first === "" ? "error without a message" : first;
}

/**
 * The line of the user's source that an error points at: the `line` of a parse error's position (Bun), or the first
 * `url:line:column` in the stack or in the message (V8's run-time errors, Deno's parse errors).
 */
function lineOf(error: unknown, url: string): number | undefined {
  const position = (error as { position?: { line?: unknown } } | null)?.position;
  if (typeof position?.line === "number" && position.line > 0) return position.line;
  const texts = hasMessage(error) ? [String(error.message), String(error.stack ?? "")] : [];
  for (const text of texts) {
    for (const pattern of positionPatterns(url)) {
      const digits = pattern.exec(text)?.[1];
      if (digits !== undefined) return Number(digits);
    }
  }
  return undefined;
}

/** How stacks name a module: a URL or (Bun) a file's path; a `data:` URL may be shortened (Deno). */
function positionPatterns(url: string): RegExp[] {
  if (url.startsWith("data:")) return [/data:[^\s()]*:(\d+):\d+/];
  const names = url.startsWith("file:") ? [url, fileURLToPath(url)] : [url];
  return names.map((name) => new RegExp(`${name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}:(\\d+)`));
}

function hasMessage(error: unknown): error is { message: unknown; stack?: unknown } {
  return typeof error === "object" && error !== null && "message" in error;
}
