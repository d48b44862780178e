/** Writes the pictures and the sound of a file into another one, in real time. */
import { FileReaderActor, FileWriterActor } from "@streamlib/media";
import process from "node:process";

const [from = "clip.mp4", to = "copy.mkv"] = process.argv.slice(2);
const reader = new FileReaderActor({ path: from });
const writer = new FileWriterActor({ path: to });
await Promise.all([reader.ready, writer.ready]);
reader.outputs.video.pipe(writer.inputs.video);
reader.outputs.audio.pipe(writer.inputs.audio);

await writer.ended;
const { committed } = reader.outputs.video.stats();
console.log(`${to}: ${committed} pictures`);
