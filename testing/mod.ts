/**
 * Tools to test actors: a source of given items, a sink that keeps what it gets, clocks that stand still until they are
 * told, expectations about pictures and losses, a checker of rings and transports, and a network that loses packets.
 *
 * ```ts
 * import { assertNoDrops, ManualClock, picture, TestSinkActor, TestSourceActor, videoFormat } from "@streamlib/testing";
 *
 * const clock = new ManualClock(60);
 * const format = videoFormat({ pixelFormat: "rgba8", width: 16, height: 16, rate: 60 });
 * const source = new TestSourceActor({ video: [picture(format, [255, 0, 0, 255])], clock });
 * const sink = source.pipe(new TestSinkActor());
 * await source.ready;
 * await clock.advance();
 * assertNoDrops(source, sink);
 * console.log(sink.video[0].data[0]); // 255
 * ```
 *
 * @module
 */
export { LockstepClock, ManualClock, type VideoFormat, videoFormat } from "@streamlib/core";
export { assertContinuous, assertNoDrops } from "./losses.ts";
export {
  NetworkSimulator,
  type NetworkSimulatorOptions,
  type NetworkSimulatorStats,
  type SimulatedPacket,
} from "./network_simulator.ts";
export { assertPictureNear, assertPicturesEqual, assertPixel, type Picture, psnrDb } from "./pictures.ts";
export {
  checkRing,
  type ReadingOrder,
  type RingCheckOptions,
  type RingReaderReport,
  type RingReport,
} from "./ring_check.ts";
export type { RecordedItems, RecordedName } from "./recording.ts";
export { SealedSourceActor, type SealedSourceOptions, type SealedSourceTypes } from "./sealed_source_actor.ts";
export { SealReaderActor, type SealReaderOptions, type SealReaderTypes } from "./seal_reader_actor.ts";
export { readSeal, seal } from "./seal.ts";
export {
  picture,
  type PictureFill,
  pictures,
  type TestItem,
  type TestItems,
  type TestPicture,
  type TestStamp,
} from "./test_items.ts";
export { TestSinkActor, type TestSinkOptions, type TestSinkTypes } from "./test_sink_actor.ts";
export { TestSourceActor, type TestSourceOptions, type TestSourceTypes } from "./test_source_actor.ts";
