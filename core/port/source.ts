/**
 * What an input reads from.
 *
 * @module
 */
import type { FormatOf, Message, MessageType } from "../message/message.ts";
import type { PortHost } from "./host.ts";
import type { Input } from "./input.ts";
import type { Link } from "./link.ts";

/** An output as its readers see it: one of this thread, or the near end of one that lives in another place. */
export interface Source<M extends Message> {
  /** `Invert "invert-1" output video`, for messages. */
  readonly label: string;
  /** Type of the messages it gives. */
  readonly type: MessageType<M>;
  /** 0 while more may come; 1 finished, 2 stopped, 3 failed. */
  readonly ended: number;
  /** The format of the newest ring; `undefined` before the first item. */
  readonly format: FormatOf<M> | undefined;
  /** @internal The actor. */
  readonly host: PortHost;
  /** @internal Gives an input its place. */
  attach(input: Input<M>): Link<M>;
  /** @internal Takes an input's place back. */
  detach(link: Link<M>): void;
}

/** What a reader needs of the ring that it reads. */
export interface ReaderNeeds {
  /** Whether it reads every item in order. */
  readonly isOrdered: boolean;
  /** Items that an ordered reader may fall behind. */
  readonly depth: number;
  /** Items that it keeps pinned at a time. */
  readonly pins: number;
}
