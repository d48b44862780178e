/**
 * Media files for streamlib: read and written on threads of their own, with codecs behind one provider contract.
 *
 * @module
 */
export { inspectCodecs } from "./codec_report.ts";
export {
  type CodecProviderRegistration,
  codecProviders,
  registerCodecProvider,
  unregisterCodecProvider,
} from "./codec/provider_registry.ts";
export * from "./codec/provider.ts";
export { FileReaderActor, type FileReaderOptions, type FileReaderTypes } from "./file_reader_actor.ts";
export { FileWriterActor, type FileWriterOptions, type FileWriterTypes } from "./file_writer_actor.ts";
export { MediaError, type MediaErrorReason } from "./media_error.ts";
export type { AudioInfo, MediaInfo, VideoInfo } from "./media_info.ts";
export {
  type AudioPacket,
  MediaReader,
  type MediaReaderOptions,
  openMediaReader,
  type ReadyFrame,
  type TakenFrame,
} from "./media_reader.ts";
export {
  type AudioPacketWriteOptions,
  type AudioWriteOptions,
  MediaWriter,
  type MediaWriteResult,
  type MediaWriterOptions,
  type MediaWriterStats,
  openMediaWriter,
  type VideoWriteOptions,
} from "./media_writer.ts";
export type { DetectedRate, Rate } from "./rate.ts";
export { detectRate } from "./rate.ts";
export { closeIdleCodecWorkers } from "./worker/codec_worker_pool.ts";
export { VideoDecoderActor, type VideoDecoderOptions, type VideoDecoderTypes } from "./video_decoder_actor.ts";
export { VideoEncoderActor, type VideoEncoderOptions, type VideoEncoderTypes } from "./video_encoder_actor.ts";
export type { ProviderReport, WriteReport } from "./worker/messages.ts";
