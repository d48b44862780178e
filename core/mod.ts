/**
 * streamlib: `grep | sed | awk` for realtime video, sound, events and data.
 *
 * @module
 */
export { Actor, type CommonOptions, type GivenOptions, pipe } from "./actor/actor.ts";
export type { BackoffOptions } from "./supervision/backoff.ts";
export { folderProblem, programFolders } from "./attach/folder.ts";
export type {
  AttachErrorCode,
  ChannelLevel,
  ProgramAnswer,
  ProgramAsk,
  ProgramHello,
  ProgramLook,
  ProgramOutput,
  ProgramTiming,
  TappedItem,
} from "./attach/protocol.ts";
export { AlignActor, type AlignTypes } from "./align/align_actor.ts";
export type { AlignOptions } from "./align/align_options.ts";
export { BufferActor, type BufferTypes } from "./buffer/buffer_actor.ts";
export type { BufferOptions } from "./buffer/buffer_options.ts";
export {
  type ActorClass,
  type ActorDescription,
  catalogue,
  describeActor,
  findActor,
  type PortDescription,
  type Registration,
} from "./actor/catalogue.ts";
export { control, type ControlMessage } from "./actor/control.ts";
export { type Body, type BodyPlan, type Dispatcher, EventLoopDispatcher } from "./actor/dispatcher.ts";
export { registerActor } from "./actor/register_actor.ts";
export type {
  ActorSpec,
  ActorTypes,
  AnyActorSpec,
  AnyTypes,
  CompleteOptionsOf,
  InputsOf,
  NoPorts,
  OptionsOf,
  OutputsOf,
} from "./actor/spec.ts";
export type { ActorEvents, ActorState, ActorStats } from "./actor/state.ts";
export type { Supervised } from "./supervision/supervised.ts";
export { Supervisor } from "./supervision/supervisor.ts";
export type { SupervisorEvent, SupervisorEvents } from "./supervision/supervisor_events.ts";
export type {
  CompleteSupervisorOptions,
  SupervisorOptions,
  SupervisorStrategy,
} from "./supervision/supervisor_options.ts";
export type { Timers } from "./supervision/timers.ts";
export { Gpu, type GpuPoint, openGpu } from "./gpu/gpu.ts";
export type { GpuWish } from "./gpu/gpu_device.ts";
export { GpuDispatcher, type GpuDispatcherOptions } from "./gpu/gpu_dispatcher.ts";
export {
  GPU_PIXEL_FORMATS,
  type GpuDeviceKey,
  type GpuFormat,
  gpuFormat,
  type GpuFormatInit,
  type GpuPixelFormat,
} from "./gpu/gpu_format.ts";
export { GpuFrame, GpuLoan, type GpuTypes } from "./gpu/gpu_frame.ts";
export type { GpuBinding, GpuBufferPart, GpuDispatch, GpuDraw, GpuThing, GpuWork } from "./gpu/gpu_work.ts";
export type { RingBacking, RingShape } from "./message/backing.ts";
export { isStreamError, messageOf, StreamError, type StreamErrorCode } from "./errors.ts";
export {
  AncillaryData,
  type AncillaryFormat,
  ancillaryFormat,
  AncillaryLoan,
  type AncillaryTypes,
} from "./message/ancillary_data.ts";
export {
  ANCILLARY_WORDS_MAX,
  ancillaryBytes,
  type AncillaryField,
  type AncillaryPacket,
  ancillaryPacket,
  type AncillaryPacketInit,
  hasParity,
} from "./message/ancillary_packet.ts";
export { AudioBuffer, type AudioFormat, audioFormat, AudioLoan, type AudioTypes } from "./message/audio_buffer.ts";
export { type EncodedFormat, EncodedLoan, EncodedPacket, type EncodedTypes } from "./message/encoded_packet.ts";
export {
  type CommitOptions,
  type Delivery,
  FLAG,
  type FormatOf,
  type Header,
  Loan,
  type LoanOf,
  type LoanSlot,
  Message,
  type MessageType,
  type MessageTypes,
  type Metadata,
  type Payload,
  type ReadInfo,
  type ValueOf,
} from "./message/message.ts";
export {
  PIXEL_FORMATS,
  type PixelFormat,
  type PixelFormatInfo,
  pixelFormatInfo,
  type PlainPixelFormat,
  type PlaneLayout,
} from "./message/pixel_format.ts";
export {
  PIXEL_GROUPS,
  type PixelGroup,
  type PixelGroupDepth,
  type PixelGroupFormat,
  type PixelGroupSampling,
} from "./message/pixel_group.ts";
export {
  DataMessage,
  KeyEvent,
  type KeyEventValue,
  MouseEvent,
  type MouseEventValue,
  type ValueFormat,
  ValueMessage,
  type ValueTypes,
} from "./message/value_message.ts";
export {
  type Alpha,
  type ColorRange,
  type ColorSpace,
  frameBytes,
  planesOf,
  type PlaneSpan,
  type Scan,
  type VideoFormat,
  videoFormat,
  type VideoFormatInit,
} from "./message/video_format.ts";
export { VideoFrame, VideoLoan, type VideoTypes } from "./message/video_frame.ts";
export { loadNative, type NativeLibrary, nativeLibrary, type NativeState, nativeState } from "./native.ts";
export {
  type JsonSchema,
  type OptionIssue,
  optionsFrom,
  type OptionsSchema,
  type StandardIssue,
  type StandardSchema,
} from "./options.ts";
export { convertFrame, type FrameBytes, type RowRange } from "./pixel/convert_frame.ts";
export {
  type Graph,
  type GraphActor,
  type GraphClock,
  type GraphEnd,
  type GraphLink,
  readGraph,
} from "./graph/graph.ts";
export { formatGraph, type GraphNotation } from "./graph/format_graph.ts";
export type { PoolDispatcher, PoolOptions } from "./place/pool_dispatcher.ts";
export { ProcessPoolDispatcher } from "./place/process_pool_dispatcher.ts";
export { ThreadPoolDispatcher } from "./place/thread_pool_dispatcher.ts";
export { type Bridge, registerBridge } from "./port/bridge.ts";
export { Family } from "./port/family.ts";
export type { Feed, FeedInit, FeedRing } from "./port/feed.ts";
export { Input, type InputStats } from "./port/input.ts";
export { Output, type OutputStats } from "./port/output.ts";
export { LATENCY_BOUNDS_NS, type LatencyStats, timeReads } from "./port/read_latency.ts";
export type { PipeOptions } from "./port/pipe.ts";
export {
  input,
  inputFamily,
  type InputFamilySpec,
  type InputInit,
  type InputMap,
  type InputSpec,
  output,
  type OutputMap,
  type OutputSpec,
  type SpecOf,
} from "./port/spec.ts";
export type { Source } from "./port/source.ts";
export { tap } from "./port/tap.ts";
export { profile, profileRows, type ProfileSpan, profileTable } from "./profile/profile.ts";
export type { ProfileRow } from "./profile/profiler.ts";
export { PROFILE_SPANS, type ProfileSpanName } from "./profile/spans.ts";
export { traceCalls, type TracedCall, type TracedFrame, type TracedSpan } from "./profile/trace.ts";
export { clockIdentityText, parseClockIdentity } from "./ptp/clock_identity.ts";
export { PtpClient } from "./ptp/ptp_client.ts";
export {
  type PtpEvents,
  type PtpMasterChange,
  type PtpStateChange,
  type PtpStep,
  type PtpTimeout,
  type PtpTimescaleChange,
  timescaleWarning,
} from "./ptp/ptp_events.ts";
export type { CompletePtpOptions, PtpOptions, PtpProfile } from "./ptp/ptp_options.ts";
export { localActors, stopAll } from "./registry/local_registry.ts";
export { getActor, type Registry, useRegistry } from "./registry/registry.ts";
export { type ActorUri, parseActorUri } from "./registry/uri.ts";
export type { Clock, ClockStats, TimedTick } from "./time/clock.ts";
export {
  ClockSelector,
  type ClockSelectorEvents,
  type ClockSelectorOptions,
  type ClockSelectorStats,
  type ClockSwitch,
} from "./time/clock_selector.ts";
export type { Domain } from "./time/domain.ts";
export { GenlockClock, type GenlockStats } from "./time/genlock_clock.ts";
export { isoOf } from "./time/instant.ts";
export { monotonicNowNs, monotonicOf, TAI_MINUS_UTC_S, taiNowNs, taiOf } from "./time/now.ts";
export { PTPClock, type PTPClockOptions, type PTPClockStats } from "./time/ptp_clock.ts";
export { type Pulse, SimulatedPulse, type SimulatedPulseOptions, type SimulatedPulseStats } from "./time/pulse.ts";
export { fpsOf, frameAt, instantOf, periodNs, type Rate, sameRate, toRate } from "./time/rate.ts";
export { SoftwareClock } from "./time/software_clock.ts";
export { SystemTaiClock, type SystemTaiClockStats } from "./time/system_tai_clock.ts";
export type { TaiDaemon } from "./time/tai_daemon.ts";
export { LockstepClock, ManualClock, type VirtualClock } from "./time/virtual_clock.ts";
export {
  type PortLease,
  type PortRange,
  type PortRecord,
  PortRegistry,
  type PortRequest,
  udpPorts,
} from "./transport/port_registry.ts";
export {
  type Reception,
  registerTransport,
  type Transmission,
  type Transport,
  type TransportAddress,
  type TransportEnd,
  type TransportStream,
  type TransportTarget,
} from "./transport/transport.ts";
