/** A program for `attach_test.ts`: `attach_program.ts WHAT`. It knows nothing of those who attach to it. */
import process from "node:process";
import { AddActor, CounterActor } from "../../place/testdata/place_actors.ts";
import { audioFormat } from "../../message/audio_buffer.ts";
import { videoFormat } from "../../message/video_format.ts";
import { ProcessPoolDispatcher } from "../../place/process_pool_dispatcher.ts";
import { ThreadPoolDispatcher } from "../../place/thread_pool_dispatcher.ts";
import { FilterActor, FiniteActor, put, SourceActor, WIDE } from "../../testdata/actors.ts";

const programs: Record<string, () => unknown> = {
  /** Numbered frames through a filter, numbered values, and keys; until it is killed. */
  line: () => {
    let made = 0;
    const source = new SourceActor({
      id: "source",
      process: (body) => {
        made++;
        put(body.outputs.video, made, WIDE);
        body.outputs.data.send({ made });
        if (made % 10 === 0) {
          const rest = { code: "KeyA", repeat: false, shift: false, control: false, alt: false, meta: false };
          body.outputs.keys.send({ type: "down", key: `${made}`, ...rest });
        }
      },
    });
    source.outputs.video.pipe(new FilterActor({ id: "filter" }).inputs.video);
  },
  /** Frames from a process through a thread to here. */
  places: () => {
    const source = new CounterActor({
      id: "far",
      freeRun: true,
      dispatcher: new ProcessPoolDispatcher({ workers: 1 }),
    });
    const add = new AddActor({ id: "add", dispatcher: new ThreadPoolDispatcher({ workers: 1 }) });
    const last = new AddActor({ id: "last" });
    source.outputs.video.pipe(add.inputs.video);
    add.outputs.video.pipe(last.inputs.video);
  },
  /** One picture again and again: red grows with the column, green with the row, blue with both. */
  picture: () => {
    const format = videoFormat({ pixelFormat: "rgba8", width: 640, height: 360, rate: 60 });
    new SourceActor({
      id: "source",
      process: (body) => {
        const out = body.outputs.video.loan(format);
        if (!out) return;
        for (let at = 0; at < out.data.length; at += 4) {
          const [x, y] = [at / 4 % 640, Math.floor(at / 4 / 640)];
          out.data.set([x, y, x + y, 255], at);
        }
        out.commit();
      },
    });
  },
  /** A tone on the left, 0.5 at its peaks, and silence on the right; until it is killed. */
  sound: () => {
    const format = audioFormat({ sampleRateHz: 48_000, channels: 2, framesMax: 800 });
    new SourceActor({
      id: "source",
      process: (body) => {
        const out = body.outputs.sound.loan(format);
        if (!out) return;
        for (let at = 0; at < 800; at++) out.samples[2 * at] = 0.5 * Math.sin(2 * Math.PI * (at + 25) / 100);
        for (let at = 0; at < 800; at++) out.samples[2 * at + 1] = 0;
        out.commit();
      },
    });
  },
  /** Ends by itself after two seconds of frames. */
  ends: () => {
    const source = new FiniteActor({ id: "finite", count: 120 });
    source.outputs.video.pipe(new FilterActor({ id: "filter" }).inputs.video);
  },
};

programs[process.argv[2]]();
process.on("exit", () => console.log("exit"));
console.log("ready");
