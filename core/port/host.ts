/**
 * What ports need to know of the actor that has them.
 *
 * @module
 */
import type { Domain } from "../time/domain.ts";
import type { Rate } from "../time/rate.ts";

/** What an item is stamped with when its actor commits it. */
export interface Stamp {
  readonly timestampNs: bigint;
  readonly frameNumber: number;
  readonly taiFrame: bigint;
  readonly clockId: number;
  readonly flags: number;
}

/** The source clock that an actor's items go back to. */
export interface SourceClock {
  /** The clock's id, and its hash as it travels in headers. */
  readonly name: string;
  readonly id: number;
  readonly rate: Rate;
  readonly domain: Domain | undefined;
}

/** An input, as far as waking its actor goes. */
export interface WakingPort {
  /** Where it reads; `ended` is 0 while more may come. */
  readonly source: { readonly ended: number } | undefined;
}

/** The actor, as its ports see it. */
export interface PortHost {
  /** For messages: `Invert "invert-1"`. */
  readonly label: string;
  /** Whether it has neither stopped nor failed. */
  readonly alive: boolean;
  /** Whether `onStart`, `process`, `onStop` or a control of the body is running. */
  readonly isWorking: boolean;
  /** Where the body's items go back to; `undefined` while nothing drives it. */
  sourceClock(): SourceClock | undefined;
  /** What an item committed now is stamped with. */
  stamp(): Stamp;
  /** An input has got an item, or its source has ended. */
  wake(port: WakingPort): void;
  /** The instant that joined inputs show in this call of `process`, and the clock they are joined on. */
  readonly joined: { readonly clockId: number; readonly timestampNs: bigint } | undefined;
  /** Something of the actor went wrong outside of any call of its body. */
  fail(thrown: unknown): void;
  /** An input's links or an output's links have changed. */
  relinked(): void;
  /** The actors whose outputs are linked to this one's inputs. */
  upstream(): Iterable<PortHost>;
  /** Whether links through this actor may form a circle. */
  readonly buffers: boolean;
}
