/**
 * Where a drawing comes from, in a form that can be sent to the thread that draws.
 *
 * A closure cannot cross a thread. So a drawing is code text, an export of a module, or a function whose *source
 * text* is sent: such a function must be self-contained, and what it needs from outside reaches it as
 * `info.parameters`.
 */
import { Buffer } from "node:buffer";
import path from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import type { SKRSContext2D } from "@napi-rs/canvas";

/** What is drawn on: the 2D context of the HTML canvas standard, backed by Skia. `context.canvas` is the canvas. */
export type DrawContext = SKRSContext2D;

/** A rate as a fraction: `{ num: 60000, den: 1001 }` is 59.94 frames per second. */
export interface DrawRate {
  /** Frames. */
  readonly num: number;
  /** Per this many seconds. */
  readonly den: number;
}

/** What a drawing is told about the frame. */
export interface DrawInfo {
  /** Number of the frame, from 0; skipped frames count. */
  readonly frameNumber: number;
  /** Media time of the frame in seconds: `frameNumber × rate.den / rate.num`. */
  readonly timeSeconds: number;
  /** Instant of the frame: TAI nanoseconds since 1970. */
  readonly timestampNs: bigint;
  /** Width of the picture in pixels. */
  readonly width: number;
  /** Height of the picture in pixels. */
  readonly height: number;
  /** Frames per second. */
  readonly rate: DrawRate;
  /** Values given from outside; they may change from frame to frame. */
  readonly parameters: DrawParameters;
}

/** Values for a drawing: anything that structured cloning can copy (no functions). */
export type DrawParameters = Readonly<Record<string, unknown>>;

/** Draws one frame. It may be async; the frame is done when its promise is. */
export type DrawFunction = (context: DrawContext, info: DrawInfo) => void | Promise<void>;

/** An exported draw function of a module. */
export interface DrawModule {
  /** URL of the module, or a path (taken from the working directory when relative). */
  readonly module: string | URL;
  /** Name of the export. Default `"draw"`. */
  readonly export?: string;
}

/**
 * A drawing: code text that defines `function draw(context, info)`; `"./clock.ts#drawClock"` or {@link DrawModule}
 * (the export defaults to `draw`); or a self-contained function.
 */
export type DrawSource = string | DrawModule | DrawFunction;

/** A drawing as the drawing thread loads it: a module, and the name of the export in it. */
export interface DrawModuleRequest {
  /** URL of the module. Code text becomes a `data:` URL. */
  readonly url: string;
  /** Name of the export to call. */
  readonly exportName: string;
  /** What to call the source in errors: a URL, or `draw code`. */
  readonly label: string;
  /** Whether the source was a function, which loses what is around it. */
  readonly fromFunction: boolean;
  /** Lines of code text; what an error says of later lines is not the user's. */
  readonly lineCount?: number;
}

const moduleReference = /^(?:(?:file|https?|npm|jsr):|\.{1,2}\/|\/)\S*$/;

/**
 * Reads a drawing.
 *
 * @throws {TypeError} if it is none, is empty, or is a function that cannot be sent: native, bound, a class, a
 * generator, or one whose source text does not stand alone.
 */
export function readDrawSource(source: DrawSource): DrawModuleRequest {
  if (typeof source === "function") return fromText(functionExpression(source), true);
  if (typeof source === "string") {
    const text = source.trim();
    if (text === "") throw new TypeError(`Drawing option "draw" is empty: ${whatIsRight}`);
    if (!moduleReference.test(text)) return fromText(source, false);
    const hash = text.indexOf("#");
    return hash === -1 ? fromModule(text, undefined) : fromModule(text.slice(0, hash), text.slice(hash + 1));
  }
  if (source !== null && typeof source === "object" && "module" in source) {
    return fromModule(source.module, source.export);
  }
  throw new TypeError(`Drawing option "draw" is ${String(source)}: ${whatIsRight}`);
}

const whatIsRight =
  'it must be code text with "function draw(context, info)", a "module#export", or a self-contained function';

function fromModule(module: string | URL, exportName: string | undefined): DrawModuleRequest {
  const text = String(module);
  const url = /^[a-z][a-z0-9+.-]*:/i.test(text) ? text : pathToFileURL(path.resolve(process.cwd(), text)).href;
  if (text === "" || exportName === "") {
    throw new TypeError(`Drawing option "draw" names no module or no export: ${whatIsRight}`);
  }
  return { url, exportName: exportName ?? "draw", label: url, fromFunction: false };
}

const codeExport = "__streamlibDraw";

/** Code text as a module: what is added stands behind it, so that line numbers are the user's. */
function fromText(text: string, fromFunction: boolean): DrawModuleRequest {
  const module = fromFunction
    ? `export const ${codeExport} = (${text}\n);`
    : `${text}\nexport const ${codeExport} = typeof draw === "undefined" ? undefined : draw;`;
  return {
    url: `data:text/javascript;charset=utf-8;base64,${Buffer.from(module, "utf8").toString("base64")}`,
    exportName: codeExport,
    label: fromFunction ? "draw function" : "draw code",
    fromFunction,
    lineCount: text.split("\n").length,
  };
}

/** The source of a function as an expression; of a method `draw(context) { … }` too. */
function functionExpression(source: DrawFunction): string {
  const text = Function.prototype.toString.call(source);
  if (/\{\s*\[native code\]\s*\}\s*$/.test(text)) {
    throw new TypeError(
      `Drawing option "draw" is a native or bound function, whose source text cannot be sent to the drawing thread: ` +
        `pass a plain function, code text or a "module#export"`,
    );
  }
  if (/^class\b/.test(text)) throw new TypeError(`Drawing option "draw" is a class: ${whatIsRight}`);
  if (/Generator/.test(Object.prototype.toString.call(source))) {
    throw new TypeError(`Drawing option "draw" is a generator, which would never run: ${whatIsRight}`);
  }
  for (const expression of [text, `Object.values({ ${text} })[0]`]) {
    if (compiles(expression)) return expression;
  }
  throw new TypeError(
    `Drawing option "draw" is a function whose source text does not stand alone (private names or the like): ` +
      `pass a plain function, code text or a "module#export"`,
  );
}

/** Whether text is an expression. It is only parsed, never run. */
function compiles(expression: string): boolean {
  try {
    new Function(`"use strict"; return (${expression}\n);`);
    return true;
  } catch {
    return false;
  }
}
