/**
 * A worker that is sent frames by `postMessage`, the peer of `hop`: it measures how long they took.
 *
 * @module
 */
import { parentPort } from "node:worker_threads";
import { loadNative, monotonicNowNs } from "@streamlib/core";

/** A frame on its way. */
export interface PostedFrame {
  readonly sentNs: bigint;
  readonly pixels: ArrayBuffer;
  /** Whether the memory is to be sent back, to be used again. */
  readonly isTransferred: boolean;
}

/** Its arrival, ns after it was sent; and the memory if it was transferred. */
export interface FrameReport {
  readonly latencyNs: number;
  readonly pixels: ArrayBuffer | undefined;
}

await loadNative();
const port = parentPort!;
port.on("message", ({ sentNs, pixels, isTransferred }: PostedFrame) => {
  const latencyNs = Number(monotonicNowNs() - sentNs);
  const report: FrameReport = { latencyNs, pixels: isTransferred ? pixels : undefined };
  port.postMessage(report, isTransferred ? [pixels] : []);
});
port.postMessage("ready");
