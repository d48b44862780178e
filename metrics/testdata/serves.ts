/** A program with an endpoint: says where, answers until its actor has ended, and then has nothing more to do. */
import process from "node:process";
import { stopAll } from "@streamlib/core";
import { serveMetrics } from "@streamlib/metrics";
import { TakeActor, TellActor } from "./metric_actors.ts";

const server = await serveMetrics({ port: 0 });
const source = new TellActor({ fps: 100 });
source.pipe(new TakeActor());
await source.ready;
console.log(server.url);
await new Promise<void>((resolve) => process.stdin.once("data", () => resolve()));
process.stdin.destroy();
await stopAll();
console.log("over");
