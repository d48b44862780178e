/** A source for tests: gives what it is handed. */
import {
  Actor,
  type ActorSpec,
  AncillaryData,
  AudioBuffer,
  control,
  EncodedPacket,
  type Input,
  input,
  type Output,
  output,
  PortRegistry,
  registerActor,
  type TimedTick,
  VideoFrame,
} from "@streamlib/core";

/** Ports of {@linkcode HandActor}. */
export interface HandTypes {
  /** Every kind of media. */
  outputs: {
    video: Output<VideoFrame>;
    audio: Output<AudioBuffer>;
    packets: Output<EncodedPacket>;
    ancillary: Output<AncillaryData>;
  };
}

/** Ticks for nobody; a test loans and commits from outside. */
@registerActor({ name: "TestHand", module: import.meta.url })
export class HandActor extends Actor<HandTypes> {
  static readonly spec: ActorSpec<HandTypes> = {
    description: "gives what it is handed",
    outputs: {
      video: output(VideoFrame),
      audio: output(AudioBuffer, { slots: 8 }),
      packets: output(EncodedPacket),
      ancillary: output(AncillaryData),
    },
  };

  override process(_tick: TimedTick): void {}
}

/** Ports of {@linkcode EarActor}. */
export interface EarTypes {
  /** Sound, every block. */
  inputs: { audio: Input<AudioBuffer> };
}

/** Keeps all the sound that it hears. */
@registerActor({ name: "TestEar", module: import.meta.url })
export class EarActor extends Actor<EarTypes> {
  static readonly spec: ActorSpec<EarTypes> = {
    description: "keeps sound",
    inputs: { audio: input(AudioBuffer, { depth: 64 }) },
  };

  readonly #samples: number[] = [];
  #firstNs = 0n;

  override process(): void {
    for (const { samples, timestampNs } of this.inputs.audio) {
      if (this.#samples.length === 0) this.#firstNs = timestampNs;
      this.#samples.push(...samples);
    }
  }

  /** The samples so far, and the instant of the first. */
  @control()
  heard(): Promise<{ readonly samples: readonly number[]; readonly firstNs: bigint }> {
    return Promise.resolve({ samples: this.#samples, firstNs: this.#firstNs });
  }
}

/** An even UDP port of loopback that nobody has, nor the one above it, far from those that senders take. */
export async function freePort(): Promise<number> {
  const first = 20_000 + 2 * Math.floor(Math.random() * 6000);
  const lease = await new PortRegistry({ first }).claim({ owner: "test", host: "127.0.0.1" });
  await lease.release();
  return lease.port;
}

/** Bytes that are the same for the same seed and otherwise look random. */
export function noise(bytes: Uint8Array, seed: number): Uint8Array {
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  for (let i = 0; i < bytes.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    bytes[i] = state;
  }
  return bytes;
}

/** Waits until something is so. @throws {Error} After 20 s. */
export async function until(isSo: () => boolean, what: string): Promise<void> {
  for (let i = 0; i < 4000; i++) {
    if (isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`It was never so: ${what}`);
}
