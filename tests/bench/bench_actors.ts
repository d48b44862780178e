/**
 * Actors that benchmarks put into other places: what they have measured is asked by controls.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import {
  Actor,
  type ActorSpec,
  control,
  type Input,
  input,
  monotonicNowNs,
  optionsFrom,
  type Output,
  output,
  registerActor,
  taiNowNs,
  type TimedTick,
  type VideoFormat,
  videoFormat,
  VideoFrame,
} from "@streamlib/core";
import { z } from "zod";
import { threadNumber } from "./cores.ts";

const FORMAT: VideoFormat = videoFormat({ pixelFormat: "rgba8", width: 1920, height: 1080, rate: 60 });
const ANY_NUMBER = 0x9e3779b1;

interface FeedTypes {
  outputs: { video: Output<VideoFrame> };
}

/** 1080p frames at 60 Hz of which only the first words are written: the hand-over is measured, not the painting. */
@registerActor({ name: "BenchFeed", module: import.meta.url })
export class FeedActor extends Actor<FeedTypes> {
  static readonly spec: ActorSpec<FeedTypes> = {
    description: "1080p frames at 60 Hz",
    rate: 60,
    outputs: { video: output(VideoFrame) },
  };

  override process(tick: TimedTick): void {
    const loan = this.outputs.video.loan(FORMAT);
    if (!loan) return;
    new Uint32Array(loan.data.buffer, loan.data.byteOffset, 16).fill(tick.frameNumber);
    loan.commit();
  }

  /** The kernel's number of the thread it lives in. */
  @control()
  thread(): Promise<number> {
    return Promise.resolve(threadNumber());
  }

  /** Makes so many frames per second from now on. */
  @control()
  setRate(given: { fps: number }): Promise<void> {
    this.tickAt(given.fps);
    return Promise.resolve();
  }
}

interface HopTypes {
  inputs: { video: Input<VideoFrame> };
}

/** Measures how long after a frame's commit its `process` begins. */
@registerActor({ name: "BenchHop", module: import.meta.url })
export class HopActor extends Actor<HopTypes> {
  static readonly spec: ActorSpec<HopTypes> = {
    description: "Measures the way of a frame",
    inputs: { video: input(VideoFrame) },
  };
  #latenciesNs: number[] = [];

  override process(): void {
    const nowNs = monotonicNowNs();
    const frame = this.inputs.video.readLatest();
    if (frame && !frame.repeated) this.#latenciesNs.push(Number(nowNs - frame.header.monotonicNs));
  }

  /** The kernel's number of the thread it lives in. */
  @control()
  thread(): Promise<number> {
    return Promise.resolve(threadNumber());
  }

  /** From commit to `process`, ns, one per frame since the last call. */
  @control()
  takeLatenciesNs(): Promise<number[]> {
    const taken = this.#latenciesNs;
    this.#latenciesNs = [];
    return Promise.resolve(taken);
  }
}

interface IdleTypes {
  inputs: { video: Input<VideoFrame> };
}

/** Waits for an input that nobody links. */
@registerActor({ name: "BenchIdle", module: import.meta.url })
export class IdleActor extends Actor<IdleTypes> {
  static readonly spec: ActorSpec<IdleTypes> = { description: "Waits", inputs: { video: input(VideoFrame) } };

  override process(): void {}
}

interface TickerTypes {
  options: { fps?: number; isRecording?: boolean };
}

/** Ticks by itself. */
@registerActor({ name: "BenchTicker", module: import.meta.url })
export class TickerActor extends Actor<TickerTypes> {
  static readonly spec: ActorSpec<TickerTypes> = {
    description: "Ticks",
    options: optionsFrom(z.strictObject({ fps: z.number().default(60), isRecording: z.boolean().default(false) })),
  };
  #latenessesNs: number[] = [];

  override onStart(): void {
    this.tickAt(this.options.fps);
  }

  override process(tick: TimedTick): void {
    if (this.options.isRecording) this.#latenessesNs.push(tick.latenessNs);
  }

  /** Lateness of every tick since the last call, ns. */
  @control()
  takeLatenessesNs(): Promise<number[]> {
    const taken = this.#latenessesNs;
    this.#latenessesNs = [];
    return Promise.resolve(taken);
  }

  /** Whether the kernel schedules this thread in real time: the policy is field 41 of its `stat`, proc(5). */
  @control()
  isRealTime(): Promise<boolean> {
    const [, afterName] = readFileSync("/proc/thread-self/stat", "utf8").split(") ");
    return Promise.resolve(afterName.split(" ")[38] === "1");
  }
}

/** A fixed amount of arithmetic: unlike a wait for a time, it takes longer when somebody else has the core. */
export function work(rounds: number): number {
  let state = 1;
  for (let i = 0; i < rounds; i++) state = (Math.imul(state, ANY_NUMBER) + i) | 0;
  return state;
}

/** One tick's work, as it was done. */
export interface Done {
  readonly frameNumber: number;
  /** From the beat of the clock to the end of the work, ns. */
  readonly sinceTickNs: number;
  /** The work alone, ns. */
  readonly workNs: number;
}

interface WorkTypes {
  inputs: { video: Input<VideoFrame> };
  options: { rounds: number };
}

/** Does a fixed amount of work for every frame. */
@registerActor({ name: "BenchWork", module: import.meta.url })
export class WorkActor extends Actor<WorkTypes> {
  static readonly spec: ActorSpec<WorkTypes> = {
    description: "Works",
    inputs: { video: input(VideoFrame) },
    options: optionsFrom(z.strictObject({ rounds: z.int() })),
  };
  #done: Done[] = [];
  #sum = 0;

  override process(): void {
    const beginNs = monotonicNowNs();
    const frame = this.inputs.video.readLatest();
    if (!frame || frame.repeated) return;
    this.#sum ^= work(this.options.rounds);
    const workNs = Number(monotonicNowNs() - beginNs);
    const { frameNumber, timestampNs } = frame.header;
    this.#done.push({ frameNumber, sinceTickNs: Number(taiNowNs() - timestampNs), workNs });
  }

  /** What was done since the last call, and a sum that needs all of the work. */
  @control()
  takeDone(): Promise<{ readonly done: readonly Done[]; readonly sum: number }> {
    const done = this.#done;
    this.#done = [];
    return Promise.resolve({ done, sum: this.#sum });
  }
}
