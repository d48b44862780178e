/**
 * A machine that receives pictures. Its one argument is a {@linkcode ReceiveOrder} as JSON; it prints lines of JSON:
 * `"ready"`, a {@linkcode ReceivedPicture} for each picture, and its counters when it has got enough.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import process from "node:process";
import { stopAll } from "@streamlib/core";
import { VideoRtpReceiveActor, type VideoRtpReceiveOptions } from "@streamlib/st2110";
import { TakerActor } from "./media_actors.ts";
import { PICTURE_CASES } from "./picture_cases.ts";
import { SEEDS } from "./send_program.ts";
import { until } from "./wait.ts";

/** What is to be received. */
export interface ReceiveOrder {
  /** Options of the actor; the format is that of the picture. */
  readonly options: VideoRtpReceiveOptions;
  /** Index into `PICTURE_CASES`. */
  readonly picture: number;
  /** First seeds of the machines that may be heard. */
  readonly seeds: readonly number[];
  /** How many pictures are enough. */
  readonly count: number;
}

/** What came. */
export interface ReceivedPicture {
  /** The seed of the picture that it looks most like. */
  readonly seed: number;
  /** Its rows that differ from that one. */
  readonly wrongRows: readonly number[];
  /** Its rows that are said to be missing: first and count of each run. */
  readonly missingRows: readonly (readonly [number, number])[];
}

async function main({ options, picture, seeds, count }: ReceiveOrder): Promise<void> {
  const one = PICTURE_CASES[picture];
  const known = new Map(
    seeds.flatMap((first) => Array.from({ length: SEEDS }, (_, i) => [first + i, one.make(first + i)] as const)),
  );
  let taken = 0;
  const receiver = new VideoRtpReceiveActor({ ...options, format: one.format });
  const taker = new TakerActor({
    video: (frame) => {
      if (++taken > count) return;
      const { missingRows = [] } = (frame.metadata ?? {}) as Partial<ReceivedPicture>;
      console.log(JSON.stringify({ ...likest(frame.data, known, one.format.strides[0]), missingRows }));
    },
  });
  receiver.outputs.video.pipe(taker.inputs.video);
  await Promise.all([receiver.ready, taker.ready]);
  console.log(JSON.stringify("ready"));
  await until(() => taken >= count, "enough pictures come", () => receiver.stats.counters);
  await stopAll();
  console.log(JSON.stringify(receiver.stats.counters));
}

/** Which of the known pictures has the most rows of this one. */
function likest(
  picture: Uint8Array,
  known: ReadonlyMap<number, Uint8Array>,
  rowBytes: number,
): Pick<ReceivedPicture, "seed" | "wrongRows"> {
  const all = [...known].map(([seed, wanted]) => ({ seed, wrongRows: wrongRowsOf(picture, wanted, rowBytes) }));
  return all.reduce((best, next) => next.wrongRows.length < best.wrongRows.length ? next : best);
}

function wrongRowsOf(found: Uint8Array, wanted: Uint8Array, rowBytes: number): number[] {
  const rowOf = (picture: Uint8Array, row: number) => picture.subarray(row * rowBytes, (row + 1) * rowBytes);
  return Array.from({ length: wanted.length / rowBytes }, (_, row) => row)
    .filter((row) => Buffer.compare(rowOf(found, row), rowOf(wanted, row)) !== 0);
}

if (import.meta.main) await main(JSON.parse(process.argv[2]) as ReceiveOrder);
