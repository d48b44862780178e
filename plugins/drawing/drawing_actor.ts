/** The actor that draws. */
import {
  Actor,
  type ActorSpec,
  control,
  messageOf,
  optionsFrom,
  type Output,
  output,
  type Rate,
  registerActor,
  StreamError,
  type TimedTick,
  toRate,
  type VideoFormat,
  videoFormat,
  VideoFrame,
} from "@streamlib/core";
import { z } from "zod";
import type { DrawAlpha, DrawFont } from "./draw_protocol.ts";
import { DrawRenderer } from "./draw_renderer.ts";
import { type DrawParameters, type DrawSource, readDrawSource } from "./draw_source.ts";

/** Options of {@link DrawingActor}. */
export interface DrawingOptions {
  /** The drawing: code text with `function draw(context, info)`, a `module#export`, or a self-contained function. */
  readonly draw: DrawSource;
  /** Columns, 2 to 16384. Default 1920. */
  readonly width?: number;
  /** Rows, 2 to 16384. Default 1080. */
  readonly height?: number;
  /** Frames per second: a number (29.97 and its like mean n·1000/1001) or a fraction. Default 60. */
  readonly fps?: number | Rate;
  /** How alpha is stored: `"premultiplied"` or `"straight"`. Default `"premultiplied"`, which is what Skia draws in. */
  readonly alpha?: DrawAlpha;
  /** Whether each frame begins transparent, with a fresh context state. Default true; false keeps the last picture. */
  readonly clear?: boolean;
  /** First values of `info.parameters`; `setParameters` changes them. Default `{}`. */
  readonly parameters?: DrawParameters;
  /** Fonts to load besides those of the system and Roboto, which is always there. Default none. */
  readonly fonts?: readonly DrawFont[];
  /** Longest time that one frame may take in milliseconds, 1 to 60000; the actor then fails. Default 1000. */
  readonly timeLimitMs?: number;
}

/** Ports and options of {@link DrawingActor}. */
export interface DrawingTypes {
  /** `video`: the drawing. */
  outputs: { video: Output<VideoFrame> };
  /** As given by the user. */
  options: DrawingOptions;
}

const side = z.int().min(2).max(16384);
const fps = z.union([z.number().positive(), z.strictObject({ num: z.int().positive(), den: z.int().positive() })]);

const options = z.strictObject({
  // Any value passes here, so that the check below can say what would be right, also when it is missing.
  draw: z.any().optional().describe('required: code text with "function draw(context, info)", or "module#export"'),
  width: side.default(1920).describe("columns"),
  height: side.default(1080).describe("rows"),
  fps: fps.default(60).describe("frames per second, a number or { num, den }"),
  alpha: z.enum(["premultiplied", "straight"]).default("premultiplied").describe("how alpha is stored"),
  clear: z.boolean().default(true).describe("begin each frame transparent"),
  parameters: z.record(z.string(), z.unknown()).default({}).describe("values for the drawing"),
  fonts: z.array(z.strictObject({ path: z.string().min(1), family: z.string().min(1).optional() })).default([])
    .describe("font files to load"),
  timeLimitMs: z.number().min(1).max(60000).default(1000).describe("longest time for one frame, milliseconds"),
}).superRefine((given, context) => {
  const checks: [string, () => void][] = [["draw", () => readDrawSource(given.draw)], ["fps", () => toRate(given.fps)]];
  for (const [option, check] of checks) {
    try {
      check();
    } catch (thrown) {
      context.addIssue({ code: "custom", path: [option], message: messageOf(thrown) });
    }
  }
});

/**
 * Draws a picture per tick on a Skia canvas in a thread of its own, and gives it as RGBA.
 *
 * A drawing that throws, or takes longer than `timeLimitMs` for a frame, fails this actor and no other.
 */
@registerActor({ name: "Drawing", module: import.meta.url })
export class DrawingActor extends Actor<DrawingTypes> {
  /** Ports and options, readable without an instance. */
  static readonly spec: ActorSpec<DrawingTypes> = {
    description: "Draws a picture per tick with a draw function or code text, on a Skia canvas in its own thread",
    positional: "draw",
    outputs: { video: output(VideoFrame, { description: "the drawing, RGBA with alpha" }) },
    options: optionsFrom(options),
  };

  #renderer: DrawRenderer | undefined;
  #format: VideoFormat | undefined;
  #parameters: DrawParameters = {};

  /** Starts the drawing thread and waits until the drawing is loaded. */
  override async onStart(): Promise<void> {
    const { draw, width, height, fps: given, alpha, clear, parameters, fonts, timeLimitMs } = this.options;
    this.tickAt(toRate(given));
    const rate = this.clock?.rate ?? toRate(given);
    this.#format = videoFormat({ pixelFormat: "rgba8", width, height, rate, alpha });
    this.#parameters = parameters;
    this.#renderer = new DrawRenderer({ draw, width, height, rate, alpha, clear, parameters, fonts, timeLimitMs });
    await this.#renderer.ready;
  }

  /** Has the tick's frame drawn, and copies it out. */
  override async process(tick: TimedTick): Promise<void> {
    if (!this.#renderer || !this.#format) return;
    const frame = await this.#renderer.draw(tick.frameNumber, tick.timestampNs);
    const loan = this.outputs.video.loan(this.#format);
    loan?.data.set(frame.pixels);
    frame.release();
    loan?.commit();
  }

  /** Ends the drawing thread. */
  override async onStop(): Promise<void> {
    await this.#renderer?.stop();
  }

  /**
   * Changes values of `info.parameters`; what is left out stays. They show in the next frame.
   *
   * @throws {StreamError} `option-invalid` if the argument is no object.
   * @throws {TypeError} if a value cannot be copied to another thread.
   */
  @control()
  setParameters(parameters: DrawParameters): Promise<void> {
    if (typeof parameters !== "object" || parameters === null || Array.isArray(parameters)) {
      throw new StreamError("option-invalid", `Cannot set parameters of ${this.label}: give them as an object`);
    }
    this.#parameters = { ...this.#parameters, ...parameters };
    this.#renderer?.setParameters(this.#parameters);
    return Promise.resolve();
  }
}
