/**
 * What all receiving actors are.
 *
 * @module
 */
import { Actor, type ActorTypes, type FormatOf, type Message, type Output } from "@streamlib/core";
import type { Essence } from "../sdp/essence.ts";
import { nativeFor } from "./native.ts";
import { given } from "./option_fields.ts";
import type { ReceivePlan, RtpReceiveOptions } from "./receive_options.ts";
import { type ReceiverEssence, ReceiveStream } from "./receive_stream.ts";

/** What a receiving actor's types have in common. */
export interface RtpReceiveTypes extends ActorTypes {
  /** As given by the user. */
  options: RtpReceiveOptions;
}

/** What an actor receives, and what it makes of it. */
export interface Receiving<M extends Message> {
  /** Where items come out. */
  readonly output: Output<M>;
  /** What to listen to. */
  readonly plan: ReceivePlan<Essence>;
  /** What comes. */
  readonly essence: ReceiverEssence;
  /** What comes out. */
  readonly format: FormatOf<M>;
  /** Room in the socket, bytes, unless the user says otherwise. */
  readonly receiveBufferBytes: number;
}

/** How often clock and counters are brought up to date. */
const UPDATES_PER_S = 10;

/** An actor whose output of `M` is filled from the network as long as it lives. */
export abstract class RtpReceiveActor<T extends RtpReceiveTypes, M extends Message> extends Actor<T> {
  #stream: ReceiveStream<M> | undefined;

  /** @internal What to receive. Asked for once, at the start. */
  protected abstract receiving(): Receiving<M>;

  /** Joins the stream. */
  override onStart(): void {
    const native = nativeFor(this.label);
    const { output, plan, essence, format, receiveBufferBytes } = this.receiving();
    this.#stream = new ReceiveStream(output, this.label, (name, by) => this.count(name, by));
    const options = { receiveBufferBytes, ...given(this.options as RtpReceiveOptions) };
    this.#stream.open(native, options, plan, essence, format);
    this.tickAt(UPDATES_PER_S);
  }

  /** Brings clock and counters up to date. */
  override process(): void {
    this.#stream?.update();
  }

  /** Leaves the stream. */
  override onStop(): void {
    this.#stream?.close();
  }
}
