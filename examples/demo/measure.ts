/**
 * What the demo says of itself at the end.
 *
 * @module
 */
import { type Output, taiNowNs, tap, type VideoFrame } from "@streamlib/core";

/** The demo's last line. */
export interface DemoSummary {
  /** Pictures taken for the file; all are in it, unless writing failed. */
  readonly frames: number;
  /** From the first picture to the last. */
  readonly seconds: number;
  /** Pictures composed per second. */
  readonly fps: number;
  /** From the source's commit to the composed picture. */
  readonly frameMsP50: number;
  readonly frameMsP99: number;
  /** P99 − P50 of how late the source's pictures came. */
  readonly jitterMs: number;
  /** Beats of the source that fell due while it was busy. */
  readonly ticksMissed: number;
  /** Pictures lost anywhere between the source and the file. */
  readonly dropped: number;
  readonly out: string;
}

/** Watches the source's and the compositor's outputs while the demo runs. */
export class Measure {
  readonly #latenessMs: number[] = [];
  readonly #frameMs: number[] = [];
  readonly #committedMs = new Map<bigint, number>();
  #composed = 0;
  #firstMs = 0;
  #lastMs = 0;

  /** Begins to watch. */
  watch(source: Output<VideoFrame>, composed: Output<VideoFrame>): void {
    tap(source, (frame) => {
      this.#committedMs.set(frame.timestampNs, performance.now());
      this.#latenessMs.push(Number(taiNowNs() - frame.timestampNs) / 1e6);
    });
    tap(composed, (frame) => {
      const nowMs = performance.now();
      const sinceMs = this.#committedMs.get(frame.timestampNs);
      if (sinceMs !== undefined) this.#frameMs.push(nowMs - sinceMs);
      this.#committedMs.clear();
      if (this.#composed++ === 0) this.#firstMs = nowMs;
      this.#lastMs = nowMs;
    });
  }

  /** Pictures composed so far. */
  get composed(): number {
    return this.#composed;
  }

  /** Pictures composed per second so far. */
  get fps(): number {
    const seconds = (this.#lastMs - this.#firstMs) / 1000;
    return seconds > 0 ? (this.#composed - 1) / seconds : 0;
  }

  /** The summary, with what only others know. */
  summary(known: Pick<DemoSummary, "frames" | "ticksMissed" | "dropped" | "out">): DemoSummary {
    return {
      frames: known.frames,
      seconds: round((this.#lastMs - this.#firstMs) / 1000),
      fps: round(this.fps),
      frameMsP50: round(percentile(this.#frameMs, 50)),
      frameMsP99: round(percentile(this.#frameMs, 99)),
      jitterMs: round(percentile(this.#latenessMs, 99) - percentile(this.#latenessMs, 50)),
      ticksMissed: known.ticksMissed,
      dropped: known.dropped,
      out: known.out,
    };
  }
}

/** The value below which `percent` of the values lie; 0 of none. */
export function percentile(values: readonly number[], percent: number): number {
  if (values.length === 0) return 0;
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil((percent / 100) * sorted.length) - 1)];
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
