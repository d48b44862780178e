/** Prints what runs and what is linked to what: as text, or as `dot` or `mermaid` if that is asked for. */
import { formatGraph, type GraphNotation, readGraph, stopAll, tap, ThreadPoolDispatcher } from "@streamlib/core";
import { CompositorActor, TestPatternActor } from "@streamlib/video";
import process from "node:process";

const notation = (process.argv[2] ?? "text") as GraphNotation;
const threads = new ThreadPoolDispatcher({ workers: 1 });
const bars = new TestPatternActor({ width: 640, height: 360, fps: 30 });
const logo = new TestPatternActor({ width: 160, height: 90, fps: 30, dispatcher: threads });
const mix = new CompositorActor({ dispatcher: threads });
bars.outputs.video.pipe(mix.inputs.base);
logo.outputs.video.pipe(mix.inputs.layer.at("logo"));
let copies = 0;
tap(mix.outputs.video, (frame) => void (frame.copy() && copies++));

while (copies < 30) await new Promise((resolve) => setTimeout(resolve, 20));
process.stdout.write(formatGraph(readGraph(), notation));
await stopAll();
await threads.close();
