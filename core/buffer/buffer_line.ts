/**
 * One type of items on its way through a buffer.
 *
 * @module
 */
import { messageOf, StreamError } from "../errors.ts";
import type { AncillaryData } from "../message/ancillary_data.ts";
import type { AudioBuffer } from "../message/audio_buffer.ts";
import type { EncodedPacket } from "../message/encoded_packet.ts";
import { type CommitOptions, FLAG, type FormatOf, type Message } from "../message/message.ts";
import type { ValueMessage } from "../message/value_message.ts";
import type { VideoFrame } from "../message/video_frame.ts";
import type { Input } from "../port/input.ts";
import type { Output } from "../port/output.ts";
import { CopiedPayload } from "../port/payload.ts";
import { ENDED } from "../ring/layout.ts";

/** Commits an item of type `M` to an output. Returns whether there was a free slot. */
export type Put<M extends Message> = (output: Output<M>, item: M, options: CommitOptions) => boolean;

/** What became of an attempt to hand out an item. */
export type Handing = "gone" | "held back" | "empty";

interface Held<M> {
  readonly item: M;
  readonly memory: Uint8Array;
  /** It does not continue the item that came before it. */
  readonly hasGap: boolean;
}

/**
 * Takes the items of an input and hands them out in order.
 *
 * The newest item stays unread in the input's ring, and goes from there to the output without a stop if it is alone; so
 * the input has not finished before everything was handed out. The others are copied into memory that is used again.
 */
export class BufferLine<M extends Message> {
  /** Name of both ports. */
  readonly name: string;
  readonly #input: Input<M>;
  readonly #output: Output<M>;
  readonly #put: Put<M>;
  readonly #capacity: number;
  readonly #count: (name: string, by: number) => void;
  /** The oldest first. */
  readonly #held: Held<M>[] = [];
  readonly #spare: Uint8Array[] = [];
  /** Items were let go since the last one that was handed out. */
  #hasGap = false;

  /**
   * @param input Where items come from; must be ordered.
   * @param output Where they go; has the name of the input.
   * @param put Commits one.
   * @param capacity Most items that wait, the one in the ring included.
   * @param count Counts what is let go.
   */
  constructor(
    input: Input<M>,
    output: Output<M>,
    put: Put<M>,
    capacity: number,
    count: (name: string, by: number) => void,
  ) {
    this.name = output.name;
    this.#input = input;
    this.#output = output;
    this.#put = put;
    this.#capacity = capacity;
    this.#count = count;
  }

  /** Items that wait, those in the input's ring included. */
  get length(): number {
    return this.#held.length + this.#input.unread;
  }

  /** Whether something waits and nothing more can come after it. */
  get isLast(): boolean {
    return this.length > 0 && (this.#input.source?.ended ?? ENDED.stopped) !== ENDED.open;
  }

  /** Whether the input is linked, its source has finished, and everything was handed out. */
  get isDone(): boolean {
    return this.#input.finished && this.#held.length === 0;
  }

  /** Whether the input is linked. */
  get isLinked(): boolean {
    return this.#input.source !== undefined;
  }

  /** Whether its items are events. */
  get isEvent(): boolean {
    return this.#input.type.kind === "event";
  }

  /**
   * Refuses a source in virtual time that loses nothing if the buffer does not follow it, and any other if it does.
   *
   * @throws {StreamError} `option-invalid`.
   */
  checkTime(isFollowing: boolean): void {
    const { source, isLossless } = this.#input;
    if (!source || source.ended !== ENDED.open || this.#input.unread === 0 || isLossless === isFollowing) return;
    const what = `Cannot buffer ${source.label} in ${this.#output.host.label}`;
    throw new StreamError(
      "option-invalid",
      isLossless
        ? `${what}: the source is in lockstep and the buffer is not; give the buffer the same lockstep clock`
        : `${what}: the buffer is in lockstep and the source is not; give both the same lockstep clock, or neither`,
    );
  }

  /** Lets everything go if nobody reads the output. */
  letGoUnlinked(): void {
    if (this.#output.stats().links > 0) return;
    let items = this.#held.length;
    while (this.#held.length > 0) this.#letGo();
    for (const item of this.#input) {
      item.release();
      items++;
    }
    if (items === 0) return;
    this.#hasGap = true;
    this.#count(`unlinked.${this.name}`, items);
  }

  /** Takes all but the newest item out of the ring. The oldest ones are dropped where there are too many. */
  take(): void {
    while (this.#input.unread > 1) {
      const item = this.#input.read();
      if (!item) return;
      this.#hold(item);
      item.release();
      if (this.#held.length < this.#capacity) continue;
      this.#letGo();
      this.#hasGap = true;
      this.#count(`overrun.${this.name}`, 1);
    }
  }

  /** Hands out the oldest item, if the output has room for it. */
  handOut(): Handing {
    const [held] = this.#held;
    if (held) {
      if (!this.#commit(held.item, held.hasGap)) return "held back";
      this.#letGo();
      return "gone";
    }
    if (this.#input.unread === 0) return "empty";
    // Once it is read, the input may have finished: it is not read before it can go.
    if (!this.#hasRoom()) return "held back";
    const item = this.#input.read();
    if (!item) return "empty";
    const isGone = this.#commit(item, hasGap(item));
    if (!isGone) this.#hold(item);
    item.release();
    return isGone ? "gone" : "held back";
  }

  /** Tells the readers of the output that nothing more comes, if that is so. */
  finish(): void {
    if (this.isDone && this.#output.ended === ENDED.open) this.#output.finish();
  }

  #hold(item: M): void {
    const { data, format } = item;
    const spare = this.#spare.pop();
    const memory = spare && spare.length >= data.length ? spare : this.#allocate(data.length);
    memory.set(data);
    item["~copied"](data.length);
    const payload = new CopiedPayload(item.header, memory.subarray(0, data.length), item.metadata);
    const own = this.#input.type.read(payload, format as FormatOf<M>);
    this.#held.push({ item: own, memory, hasGap: hasGap(item) });
  }

  #allocate(bytes: number): Uint8Array {
    try {
      return new Uint8Array(bytes);
    } catch (thrown) {
      throw new StreamError(
        "resource",
        `Cannot hold item ${this.#held.length + 1} of ${this.#input.label}: no memory for ${bytes} bytes ` +
          `(${messageOf(thrown)}); give it a smaller capacity than ${this.#capacity}`,
        { cause: thrown },
      );
    }
  }

  /** The oldest item's memory can be used again. */
  #letGo(): void {
    const held = this.#held.shift();
    if (held) this.#spare.push(held.memory);
  }

  #hasRoom(): boolean {
    const format = this.#input.source?.format;
    if (!format) return true;
    const loan = this.#output.loan(format);
    loan?.abort();
    return loan !== undefined;
  }

  #commit(item: M, discontinuity: boolean): boolean {
    const { metadata } = item;
    const isGone = this.#put(this.#output, item, {
      stampFrom: item,
      discontinuity: discontinuity || this.#hasGap,
      ...(metadata ? { metadata } : {}),
    });
    if (isGone) this.#hasGap = false;
    return isGone;
  }
}

/** Whether an item does not continue the one before it. */
function hasGap(item: Message): boolean {
  return item.missed > 0 || (item.header.flags & FLAG.discontinuity) !== 0;
}

/** Commits a frame. */
export function putVideo(port: Output<VideoFrame>, frame: VideoFrame, options: CommitOptions): boolean {
  const loan = port.loan(frame.format);
  loan?.data.set(frame.data);
  loan?.commit(options);
  return loan !== undefined;
}

/** Commits a block of sound. */
export function putAudio(port: Output<AudioBuffer>, block: AudioBuffer, options: CommitOptions): boolean {
  const loan = port.loan(block.format);
  loan?.data.set(block.data);
  loan?.commit({ ...options, frames: block.frames });
  return loan !== undefined;
}

/** Commits a packet. */
export function putPacket(port: Output<EncodedPacket>, packet: EncodedPacket, options: CommitOptions): boolean {
  const loan = port.loan(packet.format);
  loan?.data.set(packet.data);
  loan?.commit({ ...options, bytes: packet.data.length, keyframe: packet.keyframe });
  return loan !== undefined;
}

/** Commits ancillary data. */
export function putAncillary(port: Output<AncillaryData>, item: AncillaryData, options: CommitOptions): boolean {
  const loan = port.loan(item.format);
  loan?.write(item.packets).commit(options);
  return loan !== undefined;
}

/** Sends a value. */
export function putValue<V>(port: Output<ValueMessage<V>>, message: ValueMessage<V>, options: CommitOptions): boolean {
  return port.send(message.value, options);
}

/** A line, whatever its type. */
export type AnyLine = Pick<BufferLine<Message>, keyof BufferLine<Message>>;
