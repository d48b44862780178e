/**
 * SMPTE ST 2110: actors that send and receive pictures, sound and ancillary data, and session descriptions. Importing it
 * lets outputs `sendTo()` and inputs `receiveFrom()` the network.
 *
 * @module
 */
import "./transports.ts";

export {
  AncillaryRtpReceiveActor,
  type AncillaryRtpReceiveOptions,
  type AncillaryRtpReceiveTypes,
} from "./ancillary_rtp_receive_actor.ts";
export {
  AncillaryRtpSendActor,
  type AncillaryRtpSendOptions,
  type AncillaryRtpSendTypes,
} from "./ancillary_rtp_send_actor.ts";
export {
  type AudioRtpFormat,
  AudioRtpReceiveActor,
  type AudioRtpReceiveOptions,
  type AudioRtpReceiveTypes,
} from "./audio_rtp_receive_actor.ts";
export { AudioRtpSendActor, type AudioRtpSendOptions, type AudioRtpSendTypes } from "./audio_rtp_send_actor.ts";
export {
  CompressedVideoRtpReceiveActor,
  type CompressedVideoRtpReceiveOptions,
  type CompressedVideoRtpReceiveTypes,
} from "./compressed_video_rtp_receive_actor.ts";
export {
  CompressedVideoRtpSendActor,
  type CompressedVideoRtpSendOptions,
  type CompressedVideoRtpSendTypes,
  JPEG_XS_CODEC,
} from "./compressed_video_rtp_send_actor.ts";
export type { RtpReceiveOptions } from "./rtp/receive_options.ts";
export { RtpReceiveActor, type RtpReceiveTypes } from "./rtp/rtp_receive_actor.ts";
export { RtpSendActor, type RtpSendTypes } from "./rtp/rtp_send_actor.ts";
export type { RtpSendOptions } from "./rtp/send_options.ts";
export type { Destination } from "./rtp/send_stream.ts";
export type { Pacing } from "./rtp/video_sender_options.ts";
export {
  type ActiveFormat,
  activeFormatPacket,
  type HorizontalBars,
  readActiveFormat,
  type VerticalBars,
} from "./ancillary/active_format.ts";
export { type Captions608, captions608Packet, readCaptions608 } from "./ancillary/captions_608.ts";
export {
  type Captions708,
  type Captions708Init,
  captions708Packet,
  type CaptionSection,
  type CaptionServices,
  type CaptionTimecode,
  type CaptionTriplet,
  readCaptions708,
} from "./ancillary/captions_708.ts";
export {
  ANCILLARY_KINDS,
  type AncillaryKind,
  type AncillaryKindName,
  type AncillaryPlace,
  isOfKind,
} from "./ancillary/kind.ts";
export {
  type AncillaryTimecode,
  type FrameBase,
  readTimecode,
  type Timecode,
  TIMECODE_PAYLOAD,
  type TimecodeInit,
  timecodePacket,
} from "./ancillary/timecode.ts";
export {
  type Address,
  type AddressType,
  type Connection,
  isMulticast,
  type RtcpAddress,
  type SourceFilter,
} from "./sdp/address.ts";
export type {
  DirectMediaClock,
  LocalMacClock,
  MediaClock,
  NtpClock,
  OtherMediaClock,
  OtherReferenceClock,
  PlainReferenceClock,
  PrivateClock,
  PtpClock,
  ReferenceClock,
  SenderMediaClock,
  TraceableNtpClock,
  TraceablePtpClock,
} from "./sdp/clock.ts";
export type { OpenToken } from "./sdp/codec.ts";
export * from "./sdp/description.ts";
export * from "./sdp/essence.ts";
export type { SdpFinding, SdpSeverity } from "./sdp/finding.ts";
export { formatOf, type MissingFormat, samplesPerPacket } from "./sdp/format.ts";
export { lintSdp } from "./sdp/lint/lint.ts";
export { parseSdp } from "./sdp/parse.ts";
export { writeSdp } from "./sdp/write.ts";
export {
  type MissingPolicy,
  VideoRtpReceiveActor,
  type VideoRtpReceiveOptions,
  type VideoRtpReceiveTypes,
} from "./video_rtp_receive_actor.ts";
export { VideoRtpSendActor, type VideoRtpSendOptions, type VideoRtpSendTypes } from "./video_rtp_send_actor.ts";
