/**
 * Reads one file on a codec thread: packets in, pictures and sound into the shared queues.
 *
 * One loop serves all parts in turn and sleeps when every queue is full. Media time 0 is the container's 0, or the
 * first timestamp of a file that begins later (MPEG-TS). Looping adds the length of the video (of the sound, if there
 * is no video) to the timestamps, so that they go on rising and sound stays in step: sound that is longer than the
 * video is cut there, and sound that is shorter is followed by silence.
 *
 * @module
 */
import { i420Bytes } from "../codec/provider.ts";
import { MediaError } from "../media_error.ts";
import type { MediaInfo } from "../media_info.ts";
import { AudioPump } from "./audio_pump.ts";
import { type InputFile, openInputFile } from "./input_file.ts";
import type { ReadJob, ReadQueues, Reply } from "./messages.ts";
import { PACKET_BYTES_MAX, PacketPump } from "./packet_pump.ts";
import { newSampleQueueLayout, SampleQueue } from "./sample_queue.ts";
import { SessionControl, WORD } from "./session_control.ts";
import { newSlotQueueLayout, SlotQueue } from "./slot_queue.ts";
import { VideoPump } from "./video_pump.ts";

const PACKET_SLOTS = 64;
/** Half a second or more of sound at any rate up to 96 kHz. */
const AUDIO_FRAMES = 65_536;

/** One part of the file: moves a bit of it each step. */
export interface Pump {
  /** Whether all of it is in the queue. */
  readonly done: boolean;
  /** Does one piece of work; false if there is none to do now. */
  step(): Promise<boolean>;
  close(): void;
}

/** Where media time 0 lies in the file's timestamps, and how long one round takes. */
export interface Timeline {
  readonly startS: number;
  readonly roundS: number;
  readonly loop: boolean;
}

/** Runs the session until it is told to stop. @throws {MediaError} Naming the file and the cause. */
export async function runReadSession(job: ReadJob, reply: (message: Reply) => void): Promise<void> {
  const control = new SessionControl(job.control);
  const file = await openInputFile(job.path, { video: job.video, audio: job.audio || job.audioPackets });
  const pumps: Pump[] = [];
  try {
    const info = describe(job, file);
    const queues = makeQueues(job, info);
    const timeline = timelineOf(file, job.loop);
    if (file.video && queues.video) {
      const queue = new SlotQueue(control.words, queues.video);
      const video = await VideoPump.open(job, file.video, timeline, control, queue);
      pumps.push(video);
      // What cannot be decoded at all is an error of opening, not of reading.
      while (!video.done && queue.filled === 0) await video.step();
    }
    if (file.audio && queues.audio) {
      pumps.push(
        await AudioPump.open(job, file.audio, timeline, control, new SampleQueue(control.words, queues.audio)),
      );
    }
    if (file.audio && queues.packets) {
      pumps.push(new PacketPump(job, file.audio, timeline, control, new SlotQueue(control.words, queues.packets)));
    }
    reply({ kind: "read-open", info, queues });
    await pump(control, pumps);
  } finally {
    for (const one of pumps) one.close();
    file.input.dispose();
  }
}

async function pump(control: SessionControl, pumps: readonly Pump[]): Promise<void> {
  while (!control.isSet(WORD.stop)) {
    const bell = control.workerBell();
    let worked = false;
    for (const one of pumps) worked = !one.done && await one.step() || worked;
    if (!worked) control.sleep(bell);
  }
}

function describe(job: ReadJob, file: InputFile): MediaInfo {
  const video = file.video?.info;
  const audio = file.audio &&
    { ...file.audio.info, sampleRateHz: job.sampleRateHz ?? file.audio.info.fileSampleRateHz };
  if (!video && !audio) {
    const asked = [job.video ? "video" : "", job.audio || job.audioPackets ? "audio" : ""].filter(Boolean).join(" or ");
    throw new MediaError(job.video ? "no-video" : "no-audio", `Cannot read ${job.path}: it has no ${asked}`);
  }
  return {
    ...(video ? { video } : {}),
    ...(audio ? { audio } : {}),
    durationNs: Math.max(video?.durationNs ?? 0, audio?.durationNs ?? 0),
  };
}

function makeQueues(job: ReadJob, info: MediaInfo): ReadQueues {
  const { video, audio } = info;
  return {
    video: video &&
      newSlotQueueLayout(job.videoSlots, i420Bytes(video.width, video.height), WORD.videoWritten, WORD.videoRead),
    audio: audio && job.audio
      ? newSampleQueueLayout(AUDIO_FRAMES, audio.channels, WORD.audioWritten, WORD.audioRead)
      : undefined,
    packets: audio && job.audioPackets
      ? newSlotQueueLayout(PACKET_SLOTS, PACKET_BYTES_MAX, WORD.packetsWritten, WORD.packetsRead)
      : undefined,
  };
}

function timelineOf(file: InputFile, loop: boolean): Timeline {
  const firsts = [file.video?.firstS, file.audio?.firstS].filter((time) => time !== undefined);
  const startS = Math.max(0, Math.min(...firsts));
  return { startS, roundS: (file.video ?? file.audio)!.endS - startS, loop };
}
