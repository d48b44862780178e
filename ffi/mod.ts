/**
 * The typed binding of libstreamlib on Deno and Bun. It knows nothing of actors: `@streamlib/core` stands on it.
 *
 * ```ts
 * import { load, results } from "@streamlib/ffi";
 *
 * const config = { slotCount: 3, readerMax: 8, payloadBytes: 4, metadataBytes: 0, generation: 0 };
 * const ring = load().createRing(config);
 * const writer = ring.openWriter();
 * ring.commit(writer, ring.loan(writer));
 * const reader = ring.openReader();
 * console.log(ring.pinLatest(reader, 0) !== results.empty);
 * ring.detach();
 * ```
 *
 * @module
 */

export * from "./abi.gen.ts";
export { interfaceIndex, type NativeEndpoint, parseAddress, type ParsedAddress } from "./endpoint.ts";
export type { NativeGpuBinding, NativeGpuDispatch, NativeGpuDraw, NativeGpuPlace } from "./gpu_command.ts";
export {
  decodeGpuFrame,
  gpuFrameBytes,
  type NativeGpuDeviceStatistics,
  type NativeGpuFormat,
  type NativeGpuFrame,
  type NativeGpuHealth,
  type NativeGpuInfo,
  type NativeGpuTotals,
  type NativeGpuType,
} from "./gpu_description.ts";
export { gpuFramePool } from "./gpu_description.ts";
export * from "./gpu_reflection.ts";
export type { NativeGpuShare } from "./gpu_share.ts";
export * from "./library.ts";
export * from "./locate.ts";
export * from "./memory.ts";
export * from "./native.ts";
export * from "./native_bell.ts";
export * from "./native_error.ts";
export * from "./native_follower.ts";
export * from "./native_gpu.ts";
export * from "./native_gpu_device.ts";
export * from "./native_gpu_resource.ts";
export * from "./native_gpu_stream.ts";
export * from "./native_net.ts";
export * from "./native_pixel.ts";
export * from "./native_ptp.ts";
export * from "./native_receiver.ts";
export * from "./native_ring.ts";
export * from "./native_rtp.ts";
export * from "./native_sandbox.ts";
export * from "./native_sender.ts";
export * from "./native_tai.ts";
export * from "./native_time.ts";
export * from "./native_timestamp.ts";
export { isUnrestricted, type ProvidedModule, provideModules, refuseLibraries } from "./open.ts";
export type {
  NativePtpClockError,
  NativePtpConfig,
  NativePtpDelayMechanism,
  NativePtpGrandmaster,
  NativePtpProfile,
} from "./ptp_config.ts";
export type {
  NativePtpClockState,
  NativePtpCounter,
  NativePtpFault,
  NativePtpFlag,
  NativePtpHistogram,
  NativePtpMaster,
  NativePtpMessageType,
  NativePtpMetadata,
  NativePtpOffsets,
  NativePtpParent,
  NativePtpPortState,
  NativePtpStatistics,
  NativePtpTimescale,
} from "./ptp_statistics.ts";
export type {
  NativeAncillaryReceiverOptions,
  NativeAudioReceiverOptions,
  NativeCompressedReceiverOptions,
  NativeH264ReceiverOptions,
  NativeJpegXsReceiverOptions,
  NativeMissingPolicy,
  NativeReceiverConfig,
  NativeReceiverOptions,
  NativeVideoReceiverOptions,
} from "./receiver_config.ts";
export * from "./result.ts";
export * from "./shared_library.ts";
export type { SharedAddress } from "./shared_address.ts";
export type {
  NativeAncillarySenderOptions,
  NativeAudioSenderOptions,
  NativeCompressedSenderOptions,
  NativeH264SenderOptions,
  NativeJpegXsSenderOptions,
  NativePacing,
  NativeSenderConfig,
  NativeSenderOptions,
  NativeSenderType,
  NativeVideoSenderOptions,
} from "./sender_config.ts";
export type {
  StreamDepth,
  StreamPacking,
  StreamPicture,
  StreamRate,
  StreamSampling,
  StreamScan,
} from "./stream_format.ts";
