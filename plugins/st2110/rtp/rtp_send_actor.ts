/**
 * What all sending actors are.
 *
 * @module
 */
import { Actor, type ActorTypes, control, type Input, type Message, StreamError } from "@streamlib/core";
import type { Essence } from "../sdp/essence.ts";
import { type Described, describeStream } from "./describe.ts";
import { whenDescribed } from "./described.ts";
import { DescriptionFile } from "./description_file.ts";
import { nativeFor } from "./native.ts";
import { ptpReferenceClock } from "./ptp_reference_clock.ts";
import type { RtpSendOptions, SendPlan } from "./send_options.ts";
import { type Destination, SendStream } from "./send_stream.ts";

/** What a sending actor's types have in common. */
export interface RtpSendTypes extends ActorTypes {
  /** As given by the user. */
  options: RtpSendOptions;
}

/** An actor that sends a stream of essence `E`: it has a port as long as it lives, and a description. */
export abstract class RtpSendActor<T extends RtpSendTypes, E extends Essence> extends Actor<T> {
  #stream: SendStream<E> | undefined;
  #descriptionFile: DescriptionFile | undefined;

  /** @internal Where to send, and what the given description wants. Asked for once, at the start. */
  protected abstract plan(): SendPlan<E>;

  /** @internal What the description says of what is sent; asked for once the stream is open. */
  protected abstract described(): Described | undefined;

  /** @internal Hands what is unread to the thread. */
  protected abstract send(): void;

  /** @internal Of a body, from its start on. */
  protected get stream(): SendStream<E> {
    return this.#stream!;
  }

  /** Takes a port. */
  override async onStart(): Promise<void> {
    const native = nativeFor(this.label);
    const count = (name: string, by: number): void => this.count(name, by);
    const { sdpFile } = this.options as RtpSendOptions;
    if (sdpFile !== undefined) {
      this.#descriptionFile = new DescriptionFile(sdpFile, this.label, () => this.count("sdpFileFailures"));
    }
    this.#stream = await SendStream.make(native, this.options as RtpSendOptions, this.plan(), this.label, count);
  }

  /** Hands what is unread to the thread. */
  override process(): void {
    for (const port of Object.values(this.inputs) as Input<Message>[]) this.#checkTime(port);
    this.send();
    this.#descriptionFile?.update(() => this.#description());
  }

  /** Stops the thread and gives the port back. */
  override async onStop(): Promise<void> {
    await this.#stream?.close();
  }

  /** Where packets go. */
  @control()
  destination(): Promise<Destination> {
    return Promise.resolve(this.stream.to);
  }

  /** The description (SDP) of the stream; `undefined` as long as what is sent is not known. */
  @control()
  describe(): Promise<string | undefined> {
    return Promise.resolve(this.#description());
  }

  #description(): string | undefined {
    const described = this.stream.isOpen ? this.described() : undefined;
    if (!described) return undefined;
    const { to, from, native, plan: { payloadType, hops } } = this.stream;
    const referenceClock = (this.options as RtpSendOptions).referenceClock ?? ptpReferenceClock(native);
    const route = { to, from: from!, payloadType, hops, referenceClock };
    return describeStream({ name: this.id, ...described, ...route });
  }

  /**
   * The description (SDP) of the stream, for receivers, as soon as the first item has come. For handles: it asks
   * {@linkcode RtpSendActor.describe}.
   *
   * @throws {StreamError} `actor-stopped` if the actor ends before that.
   */
  sdp(): Promise<string> {
    return whenDescribed(() => this.describe());
  }

  /** The network waits for nobody, and what it has no room for is dropped. */
  #checkTime({ source, isLossless }: Input<Message>): void {
    if (!isLossless) return;
    throw new StreamError(
      "option-invalid",
      `Cannot send ${
        source!.label
      } from ${this.label}: its clock has virtual time, in which nothing may be lost, and a ` +
        "stream leaves in real time; a source with a real clock is right",
    );
  }
}
