/**
 * SMPTE ST 2110: session descriptions.
 *
 * @module
 */
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
