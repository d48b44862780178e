/** A program that traces to the file it is given, and ends in the middle of its work. */
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { traceTo } from "@streamlib/metrics";
import { TakeActor, TellActor } from "./metric_actors.ts";

traceTo(process.argv[2]);
const sink = new TellActor().pipe(new TakeActor());
while (sink.stats.inputs.data.read < 5) await sleep(20);
process.exit(3);
