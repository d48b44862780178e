/**
 * The demo's actors and how they are linked.
 *
 * @module
 */
import { mkdirSync } from "node:fs";
import { basename, dirname } from "node:path";
import { type Actor, type Output, type Rate, type VideoFrame } from "@streamlib/core";
import { AudioGeneratorActor } from "@streamlib/audio";
import { WebDisplayActor } from "@streamlib/display";
import { DrawingActor } from "@streamlib/drawing";
import { FileReaderActor, FileWriterActor } from "@streamlib/media";
import { CompositorActor, TestPatternActor } from "@streamlib/video";
import { drawClock, drawLowerThird } from "./drawings.ts";
import type { DemoOptions } from "./options.ts";

/** The running demo. */
export interface Pipeline {
  readonly source: Actor;
  readonly sourceVideo: Output<VideoFrame>;
  readonly compositor: CompositorActor;
  readonly writer: FileWriterActor;
  readonly display: WebDisplayActor;
  /** Every actor, sources first. */
  readonly actors: readonly Actor[];
}

/** Size, rate and name of the picture, once the source knows them. */
interface Picture {
  readonly source: FileReaderActor | TestPatternActor;
  readonly sound: AudioGeneratorActor | undefined;
  readonly width: number;
  readonly height: number;
  readonly rate: Rate;
  readonly title: string;
}

/**
 * Makes and links the actors. They run when this resolves.
 *
 * @throws {Error} If one of them cannot start: a missing file, a port in use. All are stopped then.
 */
export async function buildPipeline(options: DemoOptions): Promise<Pipeline> {
  const made: Actor[] = [];
  const make = <A extends Actor>(actor: A): A => {
    made.push(actor);
    return actor;
  };
  try {
    mkdirSync(dirname(options.out), { recursive: true });
    const display = make(new WebDisplayActor({ port: options.port, title: "streamlib demo" }));
    const writer = make(new FileWriterActor({ path: options.out }));
    await Promise.all([display.ready, writer.ready]);
    const picture = options.file === undefined ? await openBars(make) : await openFile(options.file, make);
    const unit = picture.height / 1080;
    const even = (length: number): number => 2 * Math.round((length * unit) / 2);
    const size = (width: number, height: number) => ({ width: even(width), height: even(height), fps: picture.rate });
    const clock = make(new DrawingActor({ draw: drawClock, ...size(480, 96) }));
    const parameters = { title: picture.title, subtitle: describe(picture) };
    const lowerThird = make(new DrawingActor({ draw: drawLowerThird, parameters, ...size(960, 160) }));
    const { width, height } = picture;
    const layers = {
      clock: { x: width - even(480) - even(48), y: even(48) },
      lowerThird: { x: 0, y: height - even(160) - even(96) },
    };
    const compositor = make(new CompositorActor({ width, height, layers }));
    await Promise.all([clock.ready, lowerThird.ready, compositor.ready]);
    clock.outputs.video.pipe(compositor.inputs.layer.at("clock"));
    lowerThird.outputs.video.pipe(compositor.inputs.layer.at("lowerThird"));
    compositor.outputs.video.pipe(display.inputs.video);
    compositor.outputs.video.pipe(writer.inputs.video);
    if (picture.source instanceof FileReaderActor) {
      const { audio } = await picture.source.info();
      if (audio) picture.source.outputs.audio.pipe(writer.inputs.audio);
      // Sound that is not coded has no packets.
      if (audio && audio.codec !== "pcm") picture.source.outputs.packets.pipe(writer.inputs.packets);
    } else if (picture.sound) picture.sound.outputs.audio.pipe(writer.inputs.audio);
    picture.source.outputs.video.pipe(compositor.inputs.base);
    return {
      source: picture.source,
      sourceVideo: picture.source.outputs.video,
      compositor,
      writer,
      display,
      actors: made,
    };
  } catch (thrown) {
    await Promise.all(made.map((actor) => actor.stop()));
    throw thrown;
  }
}

async function openBars(make: <A extends Actor>(actor: A) => A): Promise<Picture> {
  const [width, height] = [1920, 1080];
  const source = make(new TestPatternActor({ pattern: "smpte-bars", width, height, fps: 60 }));
  const sound = make(new AudioGeneratorActor({ frequencyHz: 1000, levelDbfs: -20, fps: 60 }));
  await Promise.all([source.ready, sound.ready]);
  return { source, sound, width, height, rate: { num: 60, den: 1 }, title: "SMPTE bars" };
}

async function openFile(path: string, make: <A extends Actor>(actor: A) => A): Promise<Picture> {
  const source = make(new FileReaderActor({ path }));
  await source.ready;
  const { video } = await source.info();
  if (!video) throw new Error(`Cannot show ${path}: it has no pictures`);
  return { source, sound: undefined, ...video, title: basename(path) };
}

function describe({ width, height, rate }: Picture): string {
  const fps = rate.num / rate.den;
  return `${width} × ${height}, ${Number.isInteger(fps) ? fps : fps.toFixed(2)} fps, live through streamlib`;
}
