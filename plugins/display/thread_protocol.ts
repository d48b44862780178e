/**
 * What the loop that ticks and the display thread say to each other.
 *
 * Pixels cross in one slot of shared memory. The thread says in a shared word that a page waits; only then is a frame
 * copied, so with no page open a display costs one look at that word per tick.
 *
 * @module
 */
import type { KeyEventValue, MouseEventValue, VideoFormat } from "@streamlib/core";

/** Places of the shared control words. */
export const WORD = {
  /** How many pages wait for a frame. Written by the thread. */
  waiting: 0,
  /** Whether the slot holds a frame that is not sent yet: set by the loop, cleared by the thread. */
  slotFull: 1,
} as const;

/** Number of control words. */
export const WORD_COUNT = 2;

/** What the thread is made with. */
export interface ThreadData {
  readonly words: SharedArrayBuffer;
  readonly host: string;
  readonly port: number;
  /** Widest picture that is sent, pixels. */
  readonly widthMax: number;
  /** JPEG quality, 1–100. */
  readonly quality: number;
  readonly title: string;
}

/** What is told of a frame beside its pixels. */
export interface FrameInfo {
  readonly format: VideoFormat;
  readonly frameNumber: number;
  /** TAI instant as ISO text. */
  readonly timestamp: string;
  /** The output that the frame comes from. */
  readonly source: string;
  /** Age when it was handed over, ms. */
  readonly ageMs: number;
  /** When it was handed over, ms of {@linkcode wallMs}. */
  readonly handedMs: number;
  /** Changes when the display is linked to another output. */
  readonly epoch: number;
  /** Which of the frames that fall due at the display's rate this is; counts all of them, shown or not. */
  readonly due: number;
}

/** What the loop tells the thread. */
export type ThreadCommand =
  | { readonly type: "memory"; readonly pixels: SharedArrayBuffer }
  | { readonly type: "frame"; readonly info: FrameInfo }
  | { readonly type: "stop" };

/** Counters of the thread. */
export interface DisplayCounters {
  /** Pages connected now. */
  readonly pages: number;
  /** Pages that have connected so far. */
  readonly pagesSoFar: number;
  /** Frames converted and coded; each is coded once for all pages. */
  readonly encoded: number;
  /** Frames sent, all pages together. */
  readonly sent: number;
  /** Frames that fell due while a page was not ready for one, all pages together. */
  readonly dropped: number;
  /** Messages of pages that were ignored because they made no sense or came too fast. */
  readonly malformed: number;
  /** Requests refused because of their Host or Origin, or because too many pages were open. */
  readonly refused: number;
  /** Time that the last frame took to scale and convert, ms. */
  readonly convertMs: number;
  /** Time that the last frame took to code, ms. */
  readonly encodeMs: number;
}

/** What the thread tells the loop. */
export type ThreadReport =
  | { readonly type: "listening"; readonly port: number }
  | { readonly type: "failed"; readonly message: string }
  /** Every connection is closed and the port is free: the thread may be ended. */
  | { readonly type: "stopped" }
  | { readonly type: "counters"; readonly counters: DisplayCounters }
  | { readonly type: "key"; readonly event: KeyEventValue }
  | { readonly type: "mouse"; readonly event: MouseEventValue };

/** Milliseconds on a scale that all threads of this process share. */
export function wallMs(): number {
  return performance.timeOrigin + performance.now();
}
