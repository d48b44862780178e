/**
 * Paper for pictures of actors: frames, waveforms, timelines and lines of text on a canvas.
 *
 * @module
 */
import { type Canvas, createCanvas, GlobalFonts, ImageData, type SKRSContext2D } from "@napi-rs/canvas";
import { convertFrame, type FrameBytes, videoFormat } from "@streamlib/core";
import { encodePng } from "@streamlib/video";
import { Buffer } from "node:buffer";
import { robotoBold } from "../../../plugins/drawing/fonts/roboto_bold.gen.ts";
import { robotoRegular } from "../../../plugins/drawing/fonts/roboto_regular.gen.ts";

/** Size of a picture that is all pixels. */
export const PICTURE = { width: 480, height: 270 } as const;
/** Size of a picture with words in it, which is shown at half its size or more. */
export const SHEET = { width: 960, height: 540 } as const;
/** Colours that are told apart on the dark paper, also by those who see few. */
export const INKS = ["#5aa9e6", "#f4a259", "#7bc47f", "#d98cc7"] as const;
const PAPER = "#16181d";
const WORDS = "#e3e6ec";
const FAINT = "#8a919e";
const LINE = "#3a404b";

/** A mark on a row of a timeline. */
export interface Mark {
  /** Milliseconds from its left edge. */
  readonly ms: number;
  /** Marks of one key are joined by a line from row to row. */
  readonly key: string;
}

/** A row of a timeline. */
export interface Row {
  readonly name: string;
  readonly marks: readonly Mark[];
}

/** A bar of a chart. */
export interface Bar {
  readonly value: number;
  readonly ink: string;
}

/** A canvas with a heading. */
export class Sheet {
  readonly canvas: Canvas;
  readonly context: SKRSContext2D;
  /** Whether there is nothing but words and lines. */
  #isFlat: boolean;

  /** @param title The heading; with none there is only paper. */
  constructor(title: string = "", size: { readonly width: number; readonly height: number } = SHEET) {
    if (!GlobalFonts.has("Roboto")) {
      for (const font of [robotoRegular, robotoBold]) GlobalFonts.register(Buffer.from(font, "base64"), "Roboto");
    }
    this.#isFlat = title !== "";
    this.canvas = createCanvas(size.width, size.height);
    this.context = this.canvas.getContext("2d");
    this.context.fillStyle = PAPER;
    this.context.fillRect(0, 0, size.width, size.height);
    if (title) this.words(title, 40, 62, { size: 30, bold: true });
  }

  /** A line of text; `y` is its base line. */
  words(
    words: string,
    x: number,
    y: number,
    look: { size?: number; bold?: boolean; ink?: string; align?: "left" | "right" | "center" } = {},
  ): void {
    const { size = 22, bold = false, ink = WORDS, align = "left" } = look;
    this.context.font = `${bold ? "bold " : ""}${size}px Roboto`;
    this.context.fillStyle = ink;
    this.context.textAlign = align;
    this.context.fillText(words, x, y);
  }

  /** A faint remark. */
  remark(words: string, x: number, y: number, align: "left" | "right" | "center" = "left"): void {
    this.words(words, x, y, { size: 20, ink: FAINT, align });
  }

  /** A straight line. */
  line(fromX: number, fromY: number, toX: number, toY: number, ink: string = LINE, width: number = 2): void {
    this.context.strokeStyle = ink;
    this.context.lineWidth = width;
    this.context.beginPath();
    this.context.moveTo(fromX, fromY);
    this.context.lineTo(toX, toY);
    this.context.stroke();
  }

  /** A full rectangle. */
  box(x: number, y: number, width: number, height: number, ink: string): void {
    this.context.fillStyle = ink;
    this.context.fillRect(x, y, width, height);
  }

  /** A frame of any pixel format, drawn into a rectangle. */
  frame(frame: FrameBytes, x: number, y: number, width: number, height: number): void {
    this.#isFlat = false;
    this.context.imageSmoothingQuality = "high";
    this.context.drawImage(frameCanvas(frame), x, y, width, height);
  }

  /** Samples from -1 to 1 as a line between left and right, `height` above and below `middle`. */
  wave(samples: ArrayLike<number>, x: number, middle: number, width: number, height: number, ink: string): void {
    this.line(x, middle, x + width, middle);
    this.context.strokeStyle = ink;
    this.context.lineWidth = 2.5;
    this.context.beginPath();
    for (let i = 0; i < samples.length; i++) {
      const at = x + width * i / samples.length;
      this.context.lineTo(at, middle - height * Math.max(-1, Math.min(1, samples[i])));
    }
    this.context.stroke();
  }

  /** Rows of marks over a time in milliseconds, between 110 and 500 from the top. */
  timeline(rows: readonly Row[], totalMs: number, inkOf: (mark: Mark) => string = () => INKS[0]): void {
    const [left, right, top, bottom] = [210, 920, 130, 440];
    const step = (bottom - top) / Math.max(1, rows.length - 1);
    const xOf = (ms: number): number => left + (right - left) * ms / totalMs;
    for (const [i, { name }] of rows.entries()) {
      this.words(name, left - 24, top + i * step + 8, { align: "right" });
      this.line(left, top + i * step, right, top + i * step);
    }
    this.context.save();
    this.context.beginPath();
    this.context.rect(left - 4, top - 20, right - left + 8, bottom - top + 40);
    this.context.clip();
    const seen = new Map<string, { x: number; y: number }>();
    for (const [i, { marks }] of rows.entries()) {
      const y = top + i * step;
      for (const mark of marks) {
        const x = xOf(mark.ms);
        const before = seen.get(mark.key);
        if (before) this.line(before.x, before.y, x, y, `${inkOf(mark)}88`, 2);
        seen.set(mark.key, { x, y });
      }
    }
    for (const [i, { marks }] of rows.entries()) {
      for (const mark of marks) this.box(xOf(mark.ms) - 4, top + i * step - 13, 8, 26, inkOf(mark));
    }
    this.context.restore();
    for (let ms = 0; ms <= totalMs; ms += scaleStep(totalMs)) this.remark(`${ms}`, xOf(ms), bottom + 60, "center");
    this.remark("ms", left - 24, bottom + 60, "right");
  }

  /** Bars side by side on a common ground. */
  bars(bars: readonly Bar[], x: number, ground: number, width: number, height: number): void {
    const most = Math.max(...bars.map(({ value }) => value), 1);
    const each = width / bars.length;
    for (const [i, { value, ink }] of bars.entries()) {
      const tall = Math.max(1, height * value / most);
      this.box(x + i * each, ground - tall, Math.max(1, each - 3), tall, ink);
    }
    this.line(x, ground + 1, x + width, ground + 1);
  }

  /** The picture as PNG. */
  png(): Promise<Uint8Array> {
    const { width, height } = this.canvas;
    const data = new Uint8Array(this.context.getImageData(0, 0, width, height).data.buffer);
    // Edges of letters have many colours that nobody sees, and each costs bytes.
    for (let i = 0; this.#isFlat && i < data.length; i++) data[i] = (Math.min(251, data[i]) + 4) & 0xf8;
    const format = videoFormat({ pixelFormat: "rgba8", width, height, rate: 1, alpha: "opaque" });
    return encodePng({ data, format }, { level: 9 });
  }
}

/** A frame as a canvas of its size. */
export function frameCanvas(frame: FrameBytes): Canvas {
  const { width, height, rate, alpha } = frame.format;
  const format = videoFormat({ pixelFormat: "rgba8", width, height, rate, alpha });
  const data = new Uint8Array(4 * width * height);
  convertFrame(frame, { data, format });
  const canvas = createCanvas(width, height);
  canvas.getContext("2d").putImageData(new ImageData(new Uint8ClampedArray(data.buffer), width, height), 0, 0);
  return canvas;
}

function scaleStep(totalMs: number): number {
  return [5, 10, 20, 50, 100, 200, 500].find((step) => totalMs / step <= 8) ?? 1000;
}
