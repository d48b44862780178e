/** A program for `trace_test.ts`: an exporter throws while an actor's own call tells it 1000 calls. */
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { put, SourceActor } from "../../testdata/actors.ts";
import { noteRead, traceCall, traceCalls } from "../trace.ts";

const uncaught: string[] = [];
process.on("uncaughtException", (error) => void uncaught.push((error as Error).message));

let heard = 0;
traceCalls(1, () => {
  throw new Error("the exporter is out");
});
traceCalls(1, (calls) => void (heard += calls.length));

const source = new SourceActor({
  process: (body) => {
    for (let i = 0n; i < 1000n; i++) {
      const stamped = { sourceTimestampNs: i + 1n, timestampNs: i + 1n, frameNumber: 0, taiFrame: 0n };
      traceCall("a", "process", 0, () => noteRead("a", stamped));
    }
    put(body.outputs.video, 1);
  },
});
await source.ready;
while (heard < 1000 || source.stats.ticks < 1) await sleep(5);
await source.stop();
console.log(JSON.stringify({ first: uncaught[0], hasHeard: heard >= 1000, state: source.state }));
process.exit(0);
