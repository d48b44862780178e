/**
 * Actors at both ends of a stream: one gives what a test says, one takes what comes.
 *
 * @module
 */
import {
  Actor,
  type ActorSpec,
  AncillaryData,
  type AncillaryFormat,
  type AncillaryPacket,
  AudioBuffer,
  type AudioFormat,
  type EncodedFormat,
  EncodedPacket,
  type Input,
  input,
  type OptionsSchema,
  type Output,
  output,
  registerActor,
  type VideoFormat,
  VideoFrame,
} from "@streamlib/core";

interface GiverTypes {
  outputs: {
    video: Output<VideoFrame>;
    audio: Output<AudioBuffer>;
    packets: Output<EncodedPacket>;
    ancillary: Output<AncillaryData>;
  };
}

/** Gives what it is told to, when it is told to. */
@registerActor({ name: "InteropGiver", module: import.meta.url })
export class GiverActor extends Actor<GiverTypes> {
  /** Ports and options, readable without an instance. */
  static readonly spec: ActorSpec<GiverTypes> = {
    description: "gives what a test says",
    outputs: {
      video: output(VideoFrame),
      audio: output(AudioBuffer),
      packets: output(EncodedPacket),
      ancillary: output(AncillaryData),
    },
  };

  /** Has no work of its own. */
  override process(): void {}

  /** Gives a picture. */
  giveVideo(format: VideoFormat, data: Uint8Array, timestampNs: bigint): void {
    const loan = loaned(this.outputs.video.loan(format));
    loan.data.set(data);
    loan.commit({ timestampNs });
  }

  /** Gives a block of sound. */
  giveAudio(format: AudioFormat, samples: Float32Array, timestampNs: bigint): void {
    const loan = loaned(this.outputs.audio.loan(format));
    loan.samples.set(samples);
    loan.commit({ frames: samples.length / format.channels, timestampNs });
  }

  /** Gives a coded picture. */
  givePacket(format: EncodedFormat, data: Uint8Array, keyframe: boolean, timestampNs: bigint): void {
    const loan = loaned(this.outputs.packets.loan(format));
    loan.data.set(data);
    loan.commit({ bytes: data.length, keyframe, timestampNs });
  }

  /** Gives the ancillary data of a frame. */
  giveAncillary(format: AncillaryFormat, packets: readonly AncillaryPacket[], timestampNs: bigint): void {
    loaned(this.outputs.ancillary.loan(format)).write(packets).commit({ timestampNs });
  }
}

function loaned<L>(loan: L | undefined): L {
  if (loan) return loan;
  throw new Error("Cannot give it: the reader still holds every slot");
}

interface TakerTypes {
  inputs: {
    video: Input<VideoFrame>;
    audio: Input<AudioBuffer>;
    packets: Input<EncodedPacket>;
    ancillary: Input<AncillaryData>;
  };
  options: Takers;
}

/** What is done with each item, valid during the call. */
export interface Takers {
  /** With each picture. */
  video?: (frame: VideoFrame) => void;
  /** With each block of sound. */
  audio?: (block: AudioBuffer) => void;
  /** With each coded picture. */
  packets?: (packet: EncodedPacket) => void;
  /** With the ancillary data of each frame. */
  ancillary?: (data: AncillaryData) => void;
}

const TAKERS: OptionsSchema<Required<Takers>> = {
  validate: (given) => ({
    value: { video: () => {}, audio: () => {}, packets: () => {}, ancillary: () => {}, ...given as Takers },
  }),
  toJSONSchema: () => ({ type: "object" }),
};

/** Takes every item once and in order. */
@registerActor({ name: "InteropTaker", module: import.meta.url })
export class TakerActor extends Actor<TakerTypes> {
  /** Ports and options, readable without an instance. */
  static readonly spec: ActorSpec<TakerTypes> = {
    description: "takes what comes",
    inputs: {
      video: input(VideoFrame, { delivery: "ordered", depth: 8 }),
      audio: input(AudioBuffer, { depth: 64 }),
      packets: input(EncodedPacket),
      ancillary: input(AncillaryData),
    },
    options: TAKERS,
  };

  /** Takes what is unread. */
  override process(): void {
    for (const frame of this.inputs.video) this.options.video(frame);
    for (const block of this.inputs.audio) this.options.audio(block);
    for (const packet of this.inputs.packets) this.options.packets(packet);
    for (const data of this.inputs.ancillary) this.options.ancillary(data);
  }
}
