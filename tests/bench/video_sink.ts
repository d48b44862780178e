/**
 * The receiving end of a stream of ST 2110-20: a native receiver and the ring that it fills.
 *
 * @module
 */
import { type Native, type NativeReceiver, type NativeRing, ringControlLayout } from "@streamlib/ffi";
import { controlOf, type Picture, pictureOf, type PictureOptions, ringConfigOf, slotBytes } from "./video_picture.ts";

const SLOTS = 3;
const RECEIVE_BUFFER_BYTES = 32 << 20;
const WAIT_MS = 100;

/** How pictures are received. */
export interface SinkOptions extends PictureOptions {
  /** Whether the receiver takes runs as they come (GRO), or has the system cut them before. */
  readonly isGrouped: boolean;
}

/** A receiver and its ring. */
export class VideoSink {
  readonly #picture: Picture;
  readonly #ring: NativeRing;
  /** The native receiver. */
  readonly receiver: NativeReceiver;
  /** Frames that did not come. */
  #missed: number = 0;

  /** Opens it. */
  constructor(native: Native, options: SinkOptions, local: { readonly address: string; readonly port: number }) {
    this.#picture = pictureOf(options);
    this.#ring = native.createRing(ringConfigOf(this.#picture, SLOTS));
    this.receiver = native.openReceiver({
      ...this.#picture.config,
      local,
      receiveBufferBytes: RECEIVE_BUFFER_BYTES,
      grouped: options.isGrouped,
      itemBytes: this.#picture.bytes,
      planeOffsets: this.#picture.offsets,
      strides: this.#picture.format.strides,
    });
    this.receiver.setRing(this.#ring.handle, this.#ring.openWriter());
  }

  /** Waits until so many frames have come since it was opened; what has not come within 100 ms never will. */
  waitFor(count: number): void {
    const control = controlOf(this.#ring);
    const came = (): number => control[ringControlLayout.headSequence / 4];
    while (came() < count - this.#missed) {
      const doorbell = control[ringControlLayout.doorbell / 4];
      if (came() >= count - this.#missed) return;
      if (this.#ring.wait(doorbell, WAIT_MS) !== 0) this.#missed = count - came();
    }
  }

  /** How many bytes of the newest frame that came differ; all if none came. */
  differingBytes(wanted: Uint8Array): number {
    const reader = this.#ring.openReader();
    const slot = this.#ring.pinLatest(reader, 0);
    if (slot < 0) return wanted.length;
    const found = slotBytes(this.#ring, slot, wanted.length);
    let differing = 0;
    for (let i = 0; i < wanted.length; i++) if (found[i] !== wanted[i]) differing++;
    this.#ring.closeReader(reader);
    return differing;
  }

  /** Stops the thread. */
  close(): void {
    this.receiver.close();
    this.#ring.detach();
  }
}
