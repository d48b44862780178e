/**
 * A machine that sends known pictures until it is killed. Its one argument is a {@linkcode SendOrder} as JSON; as soon
 * as it sends, it prints the session description as a line of JSON.
 *
 * @module
 */
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { taiNowNs } from "@streamlib/core";
import { VideoRtpSendActor, type VideoRtpSendOptions } from "@streamlib/st2110";
import { GiverActor } from "./media_actors.ts";
import { PICTURE_CASES } from "./picture_cases.ts";
import { until } from "./wait.ts";

/** What is to be sent. */
export interface SendOrder {
  /** Options of the actor. */
  readonly options: VideoRtpSendOptions;
  /** Index into `PICTURE_CASES`. */
  readonly picture: number;
  /** Seed of the first picture; the others have the ones that follow, {@linkcode SEEDS} in all, again and again. */
  readonly seed: number;
}

/** How many different pictures a machine sends. */
export const SEEDS = 32;

const FRAME_MS = 40;
const FRAME_NS = 40_000_000n;

async function main({ options, picture, seed }: SendOrder): Promise<void> {
  const { format, make } = PICTURE_CASES[picture];
  const giver = new GiverActor();
  const sender = new VideoRtpSendActor(options);
  giver.outputs.video.pipe(sender.inputs.video);
  await sender.ready;
  let frame = 0n;
  let given = 0;
  let isDescribed = false;
  for (let n = 0;;) {
    const now = taiNowNs() / FRAME_NS;
    frame = now > frame ? now : frame + 1n;
    giver.giveVideo(format, make(seed + n % SEEDS), frame * FRAME_NS);
    given++;
    const sent = () => sender.stats.counters.framesSent ?? 0;
    const refused = () => sender.stats.counters.itemsRefused ?? 0;
    await until(() => sent() + refused() === given, "the frame is taken or refused", () => sender.stats.counters);
    // What was refused, as the machine has other things to do, is given again.
    n = sent();
    if (!isDescribed) console.log(JSON.stringify(await sender.sdp()));
    isDescribed = true;
    await sleep(FRAME_MS);
  }
}

if (import.meta.main) await main(JSON.parse(process.argv[2]) as SendOrder);
