/**
 * What lets outputs `sendTo()` and inputs `receiveFrom()` the network: importing this package registers it.
 *
 * @module
 */
import {
  type Actor,
  AncillaryData,
  AudioBuffer,
  EncodedPacket,
  type Input,
  type Message,
  messageOf,
  type MessageType,
  type Output,
  registerTransport,
  type TransportAddress,
  type TransportEnd,
  type TransportTarget,
  VideoFrame,
} from "@streamlib/core";
import { AncillaryRtpReceiveActor } from "./ancillary_rtp_receive_actor.ts";
import { AncillaryRtpSendActor } from "./ancillary_rtp_send_actor.ts";
import { AudioRtpReceiveActor } from "./audio_rtp_receive_actor.ts";
import { AudioRtpSendActor } from "./audio_rtp_send_actor.ts";
import { CompressedVideoRtpReceiveActor } from "./compressed_video_rtp_receive_actor.ts";
import { CompressedVideoRtpSendActor } from "./compressed_video_rtp_send_actor.ts";
import { mediumOf } from "./rtp/medium.ts";
import { planReceiving } from "./rtp/receive_options.ts";
import type { RtpSendActor, RtpSendTypes } from "./rtp/rtp_send_actor.ts";
import type { Essence } from "./sdp/essence.ts";
import { VideoRtpReceiveActor } from "./video_rtp_receive_actor.ts";
import { VideoRtpSendActor } from "./video_rtp_send_actor.ts";

/** How one type of message goes over the network. */
interface Carrier<M extends Message> {
  readonly name: string;
  readonly type: MessageType<M>;
  readonly kinds: readonly Essence["kind"][];
  makeSender(options: object): { readonly actor: RtpSendActor<RtpSendTypes, Essence>; readonly port: Input<M> };
  makeReceiver(options: object): { readonly actor: Actor; readonly port: Output<M> };
}

/** The options of an actor in a target. */
function optionsOf(target: TransportTarget): object {
  if (typeof target === "string") return { sdp: target };
  const { transport: _, ...options } = target satisfies TransportAddress;
  return options;
}

/** Whether a target has something of these kinds; why not, if it is a description that has not. */
function fits(target: TransportTarget, kinds: readonly Essence["kind"][]): boolean | string {
  if (typeof target !== "string") return true;
  try {
    mediumOf(target, kinds, undefined, "the target");
    return true;
  } catch (thrown) {
    return messageOf(thrown);
  }
}

/** An end whose description is there when the first item has come. */
async function sendingEnd<M extends Message>(
  { actor, port }: { readonly actor: RtpSendActor<RtpSendTypes, Essence>; readonly port: Input<M> },
): Promise<TransportEnd<Input<M>>> {
  await actor.ready;
  const to = await actor.destination();
  let text: string | undefined;
  // It ends before anything has come: then there is none.
  actor.sdp().then((known) => text = known, () => {});
  return {
    actor,
    port,
    address: to.address,
    udpPort: to.port,
    get sdp(): string | undefined {
      return text;
    },
  };
}

function register<M extends Message>({ name, type, kinds, makeSender, makeReceiver }: Carrier<M>): void {
  registerTransport<M>({
    name,
    module: import.meta.url,
    messageType: type,
    sends: (target) => fits(target, kinds),
    receives: (target) => fits(target, kinds),
    send(output, target) {
      const options = { owner: output.label, ...optionsOf(target) };
      return sendingEnd(makeSender(options));
    },
    receive(input, target) {
      const options = optionsOf(target);
      const { actor, port } = makeReceiver(options);
      const { local } = planReceiving(options, kinds, input.label);
      return { actor, port, address: local.address, udpPort: local.port };
    },
  });
}

register<VideoFrame>({
  name: "ST 2110-20",
  type: VideoFrame,
  kinds: ["raw"],
  makeSender(options) {
    const actor = new VideoRtpSendActor(options);
    return { actor, port: actor.inputs.video };
  },
  makeReceiver(options) {
    const actor = new VideoRtpReceiveActor(options);
    return { actor, port: actor.outputs.video };
  },
});

register<EncodedPacket>({
  name: "ST 2110-22",
  type: EncodedPacket,
  kinds: ["H264", "jxsv"],
  makeSender(options) {
    const actor = new CompressedVideoRtpSendActor(options);
    return { actor, port: actor.inputs.packets };
  },
  makeReceiver(options) {
    const actor = new CompressedVideoRtpReceiveActor(options);
    return { actor, port: actor.outputs.packets };
  },
});

register<AudioBuffer>({
  name: "ST 2110-30",
  type: AudioBuffer,
  kinds: ["pcm"],
  makeSender(options) {
    const actor = new AudioRtpSendActor(options);
    return { actor, port: actor.inputs.audio };
  },
  makeReceiver(options) {
    const actor = new AudioRtpReceiveActor(options);
    return { actor, port: actor.outputs.audio };
  },
});

register<AncillaryData>({
  name: "ST 2110-40",
  type: AncillaryData,
  kinds: ["smpte291"],
  makeSender(options) {
    const actor = new AncillaryRtpSendActor(options);
    return { actor, port: actor.inputs.ancillary };
  },
  makeReceiver(options) {
    const actor = new AncillaryRtpReceiveActor(options);
    return { actor, port: actor.outputs.ancillary };
  },
});
