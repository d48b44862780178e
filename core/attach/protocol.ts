/**
 * What a running program and who attaches to it say to each other: lines of JSON over a Unix socket.
 *
 * The program says {@linkcode ProgramHello} first. Each line that comes then is a {@linkcode ProgramAsk}; each is
 * answered, in order, by lines of {@linkcode ProgramAnswer}.
 *
 * @module
 */
import type { Graph } from "../graph/graph.ts";
import type { Metadata } from "../message/message.ts";

/** Version of what is said. Another one may say anything. */
export const ATTACH_VERSION = 1;
/** Most characters of a line that a program reads; a longer one ends the connection. */
export const ASK_CHARACTERS_MAX = 4096;
/** Most bytes of a value that is sent along with its header. */
export const VALUE_BYTES_MAX = 65_536;
/** Connections that a program has at a time, at most. */
export const VISITORS_MAX = 16;
/** Shortest and longest time between two looks, ms. */
export const EVERY_MS: { readonly min: number; readonly max: number } = { min: 100, max: 60_000 };
/** Fewest and most items of a tap per second. */
export const TAP_HZ: { readonly min: number; readonly max: number } = { min: 0.01, max: 1000 };

/** The first line of a program. */
export interface ProgramHello {
  /** Version of what follows. */
  readonly streamlib: number;
  /** Its process. */
  readonly pid: number;
  /** Its command line, cut after 1000 characters. */
  readonly argv: readonly string[];
  /** What it runs on, for example `deno 2.9.6`. */
  readonly runtime: string;
  /** When it began: ISO 8601, UTC. */
  readonly startedAt: string;
}

/** What a program can be asked. */
export type ProgramAsk =
  /** Its graph, once. */
  | { readonly ask: "graph" }
  /** A look, once. */
  | { readonly ask: "look" }
  /** A look at once, and from then on one every so many milliseconds, 100 to 60 000. */
  | { readonly ask: "watch"; readonly everyMs: number }
  /**
   * The items of an output, from the newest one on, at most `hz` a second (0.01 to 1000); all of them without `hz`.
   * `actor` is a label as graphs have it.
   */
  | { readonly ask: "tap"; readonly actor: string; readonly output: string; readonly hz?: number }
  /** One frame of an output of `VideoFrame`: the newest, else the first that comes. */
  | { readonly ask: "frame"; readonly actor: string; readonly output: string };

/** What a program answers. A connection has one `watch`, `tap` or `frame`, until it is closed. */
export type ProgramAnswer =
  | { readonly type: "graph"; readonly graph: Graph }
  /** `skipped`: looks that were left out before this one, because the reader was slow. */
  | { readonly type: "look"; readonly look: ProgramLook; readonly skipped: number }
  | { readonly type: "item"; readonly item: TappedItem }
  /** The line is followed by `frame.payloadBytes` bytes: the frame's payload as its format says. */
  | { readonly type: "frame"; readonly frame: TappedItem }
  /** No more items will come: the actor has ended. */
  | { readonly type: "over" }
  | { readonly type: "error"; readonly code: AttachErrorCode; readonly message: string };

/**
 * What can be wrong: `ask-invalid`: no such line can be understood, the connection is closed; `ask-unknown`: an `ask`
 * of another version; `actor-unknown`, `port-unknown`; `type-wrong`: a frame of what is no video; `busy`: the program
 * has its 16 connections, or the connection its one `watch`, `tap` or `frame`; `refused`: the program could not.
 */
export type AttachErrorCode =
  | "ask-invalid"
  | "ask-unknown"
  | "actor-unknown"
  | "port-unknown"
  | "type-wrong"
  | "busy"
  | "refused";

/** What a program is doing. Counters only grow: the difference of two looks over that of `atMs` is a rate. */
export interface ProgramLook {
  /** Its monotonic time, ms. */
  readonly atMs: number;
  /** Processor time that the whole process has used, ms. */
  readonly cpuMs: number;
  /** Memory of the process that is in use, bytes. */
  readonly memoryBytes: number;
  /** Its actors and links. */
  readonly graph: Graph;
  /** Every output of every actor of the graph. */
  readonly outputs: readonly ProgramOutput[];
  /** How long `process` takes; empty unless the program is profiled (`STREAMLIB_PROFILE=1`). */
  readonly timings: readonly ProgramTiming[];
}

/** One output. */
export interface ProgramOutput {
  /** Label of the actor. */
  readonly actor: string;
  /** Name of the output. */
  readonly port: string;
  /** Name of the message type. */
  readonly type: string;
  /** Whether its items are `media`, `data` or `event`. */
  readonly kind: "media" | "data" | "event";
  /** Its format in short; absent before the first item. */
  readonly format?: string;
  /** Items committed. */
  readonly committed: number;
  /** Items dropped because readers held every slot. */
  readonly dropped: number;
  /** Slots of its ring; 0 before the first item. */
  readonly slots: number;
  /** Memory of its ring, bytes. */
  readonly memoryBytes: number;
  /** Inputs that read it, taps included. */
  readonly links: number;
}

/** How long the calls of `process` of one actor in one place took. */
export interface ProgramTiming {
  /** Label of the actor. */
  readonly actor: string;
  /** Calls. */
  readonly count: number;
  /** Half of them took no longer, ns. */
  readonly p50Ns: number;
  /** 99 % of them took no longer, ns. */
  readonly p99Ns: number;
}

/** How loud one channel is, against a value of 1.0: the RMS of a sine is 3.01 dB below its peak. To 0.01 dB. */
export interface ChannelLevel {
  /** Largest value, dBFS; `null` for silence. */
  readonly peakDbfs: number | null;
  /** Root of the mean square, dBFS; `null` for silence, and if a sample is no number. */
  readonly rmsDbfs: number | null;
}

/** One item of an output. Instants are texts of nanoseconds. */
export interface TappedItem {
  /** Items since the tap began that were not sent, because of `hz` or a slow reader, or that the tap has lost. */
  readonly skipped: number;
  /** Number of the item in its ring, from 1. */
  readonly sequence: number;
  /** TAI instant of the item, ns. */
  readonly timestampNs: string;
  /** TAI instant at the origin, ns. */
  readonly sourceTimestampNs: string;
  /** Tick number of the source. */
  readonly frameNumber: number;
  /** ⌊TAI · rate⌋ of that tick. */
  readonly taiFrame: string;
  /** Hash of the source clock's id. */
  readonly clockId: number;
  /** Bits of `FLAG`. */
  readonly flags: number;
  /** Time since the item was committed, when the tap got it, ns. */
  readonly ageNs: number;
  /** TAI now less `sourceTimestampNs`, when the tap got it, ns: the latency from the source to here. */
  readonly sourceAgeNs: number;
  /** Bytes of the payload. */
  readonly payloadBytes: number;
  /** Format of the ring. */
  readonly format: object;
  /** Its metadata; absent if it has none. */
  readonly metadata?: Metadata;
  /** Of sound: each channel, over all blocks that came since the item before, those that were not sent too. */
  readonly levels?: readonly ChannelLevel[];
  /** Value of an event or of data; absent for media, and if it has more than 65 536 bytes. */
  readonly value?: unknown;
}
