/**
 * Options of the buffer.
 *
 * @module
 */
import { messageOf } from "../errors.ts";
import type { OptionIssue, OptionsSchema } from "../options.ts";
import { fpsOf, type Rate, toRate } from "../time/rate.ts";

/** Options of a `BufferActor`. */
export interface BufferOptions {
  /** Most items that wait, of each type: 1 to 1000. When one more comes, the oldest is dropped. Default 30. */
  readonly capacity?: number;
  /**
   * Items handed out per second, of each type: more than 0, at most 1000; a number (29.97 and its like mean
   * n·1000/1001) or a fraction. Default 60.
   */
  readonly fps?: number | Rate;
  /**
   * Nothing is handed out before one type has this many items: 0 to `capacity`. Then all types begin together, and go
   * on also when they run empty. Default 0.
   */
  readonly prefill?: number;
}

const FPS_MAX = 1000;
const CAPACITY_MAX = 1000;
/** What counts for options that were not given. */
const DEFAULTS: Required<BufferOptions> = { capacity: 30, fps: 60, prefill: 0 };

/** Checks, completes and explains {@linkcode BufferOptions}. */
export const BUFFER_OPTIONS: OptionsSchema<Required<BufferOptions>> = {
  validate(given) {
    if (typeof given !== "object" || given === null) return { issues: [{ path: "", message: "must be an object" }] };
    const value: Required<BufferOptions> = { ...DEFAULTS, ...given as BufferOptions };
    const { capacity, fps, prefill } = value;
    const issues: OptionIssue[] = Object.keys(given as object).filter((path) => !(path in DEFAULTS))
      .map((path) => ({ path, message: "this actor has no such option" }));
    const isCount = (count: unknown, min: number, max: number): boolean =>
      Number.isInteger(count) && count as number >= min && count as number <= max;
    const hasCapacity = isCount(capacity, 1, CAPACITY_MAX);
    if (!hasCapacity) issues.push({ path: "capacity", message: `must be an integer from 1 to ${CAPACITY_MAX}` });
    const rate = readRate(fps);
    if (typeof rate === "string") issues.push({ path: "fps", message: rate });
    const prefillMax = hasCapacity ? capacity : CAPACITY_MAX;
    if (!isCount(prefill, 0, prefillMax)) {
      issues.push({ path: "prefill", message: `must be an integer from 0 to the capacity, ${prefillMax}` });
    }
    return issues.length > 0 ? { issues } : { value };
  },
  toJSONSchema: () => ({
    type: "object",
    properties: {
      capacity: {
        type: "integer",
        minimum: 1,
        maximum: CAPACITY_MAX,
        default: DEFAULTS.capacity,
        description: "most items that wait, of each type",
      },
      fps: {
        anyOf: [
          { type: "number", exclusiveMinimum: 0, maximum: FPS_MAX },
          {
            type: "object",
            properties: {
              num: { type: "integer", exclusiveMinimum: 0 },
              den: { type: "integer", exclusiveMinimum: 0 },
            },
            required: ["num", "den"],
            additionalProperties: false,
          },
        ],
        default: DEFAULTS.fps,
        description: "items handed out per second, of each type, a number or { num, den }",
      },
      prefill: {
        type: "integer",
        minimum: 0,
        maximum: CAPACITY_MAX,
        default: DEFAULTS.prefill,
        description: "nothing is handed out before one type has this many items",
      },
    },
    additionalProperties: false,
  }),
};

/** The rate meant by `fps`, or what would be right. */
function readRate(fps: unknown): Rate | string {
  try {
    const rate = toRate(fps as number | Rate);
    if (fpsOf(rate) <= FPS_MAX) return rate;
  } catch (thrown) {
    if (typeof fps === "number" && fps > 0 && fps <= FPS_MAX) return messageOf(thrown);
  }
  return `must be a number greater than 0 and at most ${FPS_MAX}, or { num, den } of integers > 0`;
}

/** The pace that was asked for; `undefined` if it is none. */
export function paceOf(given: BufferOptions): Rate | undefined {
  const rate = readRate(given.fps ?? DEFAULTS.fps);
  return typeof rate === "string" ? undefined : rate;
}
