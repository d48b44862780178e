/**
 * Keeps actors on a GPU.
 *
 * @module
 */
import process from "node:process";
import type { Body, BodyPlan, Dispatcher } from "../actor/dispatcher.ts";
import { StreamError } from "../errors.ts";
import type { GpuWish } from "./gpu_device.ts";
import { GpuStreams } from "./gpu_streams.ts";

const STREAMS_MAX = 16;
const IN_FLIGHT_MAX = 16;
const WAIT_MS_MAX = 600_000;

/** Options of {@linkcode GpuDispatcher}. */
export interface GpuDispatcherOptions {
  /**
   * A part of the device's name, or what it is to be. Default: the part of a name in the environment variable
   * STREAMLIB_GPU, else the best device of the machine.
   */
  device?: string | Pick<GpuWish, "index" | "name" | "type" | "uuid">;
  /** Chains that may overlap on the device, 1–16. Default 2. */
  streams?: number;
  /** Submits of a chain that may be under way, 1–16; then its ticks wait and merge. Default 3. */
  inFlight?: number;
  /** Has the validation layer check every call, which is slow; it must be installed. Default false. */
  validate?: boolean;
  /** The device is abandoned if a submit takes longer, ms, 1–600 000. Default 5000. */
  waitMs?: number;
}

/**
 * Has actors work on a GPU. Their bodies stay on the event loop of the thread that makes them and record what the device
 * is to do; what a chain of them records in one tick is submitted at once, and nothing waits for it.
 *
 * An actor that works on a GPU and has no such dispatcher shares one with all others of its thread, made with the
 * defaults; so only who wants another device, or more streams, needs one. Actors of two dispatchers may share a device.
 */
export class GpuDispatcher implements Dispatcher {
  /** `gpu`. */
  readonly kind = "gpu" as const;
  /** @internal */
  readonly "~streams": GpuStreams;

  /**
   * Makes it; the device is opened when the first actor starts.
   *
   * @throws {StreamError} `option-invalid` naming the option, its value and its range.
   */
  constructor(options: GpuDispatcherOptions = {}) {
    const { device, streams = 2, inFlight = 3, validate = false, waitMs = 5000 } = options;
    check("streams", streams, STREAMS_MAX);
    check("inFlight", inFlight, IN_FLIGHT_MAX);
    check("waitMs", waitMs, WAIT_MS_MAX);
    const named = typeof device === "string" ? { name: device } : device ?? defaultDevice();
    this["~streams"] = new GpuStreams({ wish: { ...named, validate, waitMs }, count: streams, inFlight });
  }

  /** Builds the body in this thread; it opens the device itself. */
  place(plan: BodyPlan): Promise<Body> {
    return Promise.resolve(plan.build());
  }
}

let shared: GpuDispatcher | undefined;

/** What actors of this thread use that have no dispatcher of their own for a GPU. */
export function sharedGpuDispatcher(): GpuDispatcher {
  return shared ??= new GpuDispatcher();
}

function defaultDevice(): { name?: string } {
  const name = process.env.STREAMLIB_GPU;
  return name ? { name } : {};
}

function check(name: string, value: number, max: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= max) return;
  throw new StreamError(
    "option-invalid",
    `Cannot make GpuDispatcher: option ${name} = ${value}: an integer from 1 to ${max} is right`,
  );
}
