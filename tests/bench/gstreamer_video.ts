/**
 * What GStreamer takes for the same stream of ST 2110-20: CPU time per frame of `rtpvrawpay ! udpsink` and of
 * `udpsrc ! rtpvrawdepay`, two processes over the loopback interface or a wire.
 *
 * Both have UYVP, which is how the groups lie on the wire: neither converts. What the start of the programs takes does
 * not count: it is in a short run too, which is subtracted. A receiver that loses packets does less; its time is divided
 * by the packets that it had, the sender's by those that it sent.
 *
 * @module
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Place } from "./wire.ts";

const PORT = 25_874;
const RECEIVE_BUFFER_BYTES = 32 << 20;
/** RTP without UDP, as `udpBytesMax: 1460` of ours. */
const MTU = 1452;
/** It fills packets over the ends of rows. Ours are 4320, four of the same size for each row. */
const PACKETS_PER_FRAME = 3629;
const CLOCK_TICK_MS = 10;
const SHORT_FRAMES = 10;
const LONG_FRAMES = 50;
const LOOPBACK: Place = { sending: [], receiving: [], address: "127.0.0.1" };
const PATIENCE_MS = 10_000;
const POLL_MS = 50;
/** It is idle when it took no time for so long. */
const QUIET_POLLS = 4;

/** Milliseconds of CPU time per frame. */
export interface PeerCost {
  readonly senderMs: number;
  readonly receiverMs: number;
  /** Part of the packets that the receiver did not get. */
  readonly lostShare: number;
}

interface Run {
  readonly senderMs: number;
  readonly receiverMs: number;
  readonly dropped: number;
}

/** Whether this machine has GStreamer with what is needed. */
export function hasGstreamer(): boolean {
  const wanted = ["rtpvrawpay", "rtpvrawdepay", "udpsink", "udpsrc", "imagefreeze"];
  return wanted.every((name) => spawnSync("gst-inspect-1.0", ["--exists", name]).status === 0);
}

/** What the start takes, in each place. */
const starts = new Map<string, Promise<Run>>();

/** Measures one stream of 1080p, at 59.94 Hz or as fast as it goes. */
export async function gstreamerCost(isRealTime: boolean, place: Place = LOOPBACK): Promise<PeerCost> {
  const name = `${place.address} ${isRealTime}`;
  if (!starts.has(name)) starts.set(name, run(SHORT_FRAMES, isRealTime, place));
  const short = await starts.get(name)!;
  const long = await run(LONG_FRAMES, isRealTime, place);
  const frames = LONG_FRAMES - SHORT_FRAMES;
  const dropped = Math.max(0, long.dropped - short.dropped);
  const lostShare = dropped / (frames * PACKETS_PER_FRAME);
  return {
    senderMs: (long.senderMs - short.senderMs) / frames,
    receiverMs: (long.receiverMs - short.receiverMs) / (frames * (1 - lostShare)),
    lostShare,
  };
}

async function run(frames: number, isRealTime: boolean, place: Place): Promise<Run> {
  const caps = "application/x-rtp,media=video,clock-rate=90000,encoding-name=RAW,sampling=YCbCr-4:2:2," +
    "depth=(string)10,width=(string)1920,height=(string)1080,colorimetry=BT709,payload=96";
  const receive = `udpsrc address=${place.address} port=${PORT} buffer-size=${RECEIVE_BUFFER_BYTES} caps=${caps} ! ` +
    "rtpvrawdepay ! fakesink sync=false";
  const [program, ...given] = [...place.receiving, "gst-launch-1.0", "-q", ...receive.split(" ")];
  const receiver = spawn(program, given, { stdio: ["ignore", "ignore", "inherit"] });
  const ended = once(receiver, "close");
  try {
    const socket = (): SocketState | undefined => socketOf(receiver.pid!, PORT);
    await until(() => socket() !== undefined);
    const send = "videotestsrc num-buffers=1 ! video/x-raw,format=UYVP,width=1920,height=1080,framerate=60000/1001 ! " +
      `imagefreeze num-buffers=${frames} ! rtpvrawpay mtu=${MTU} ! udpsink sync=${isRealTime} host=${place.address} port=${PORT}`;
    const senderMs = await cpuOf(`${place.sending.join(" ")} gst-launch-1.0 -q ${send}`);
    let quiet = 0;
    let last = -1;
    await until(() => {
      const used = cpuTicks(receiver.pid!);
      quiet = used === last ? quiet + 1 : 0;
      last = used;
      return socket()!.queuedBytes === 0 && quiet >= QUIET_POLLS;
    });
    return { senderMs, receiverMs: last * CLOCK_TICK_MS, dropped: socket()!.dropped };
  } finally {
    receiver.kill("SIGKILL");
    await ended;
  }
}

/** CPU milliseconds of a program that ends by itself. */
async function cpuOf(command: string): Promise<number> {
  const shell = spawn("bash", ["-c", `${command} || exit 1; times`], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  for await (const chunk of shell.stdout!) text += chunk;
  const children = /(\d+)m([\d.]+)s (\d+)m([\d.]+)s\s*$/.exec(text);
  if (children === null) throw new Error(`Cannot run the peer: ${command}`);
  const [userM, userS, systemM, systemS] = children.slice(1).map(Number);
  return 1000 * (60 * (userM + systemM) + userS + systemS);
}

/** User and system time of a process, all its threads. */
function cpuTicks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)!.split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

/** What the system knows of a socket. */
interface SocketState {
  readonly queuedBytes: number;
  readonly dropped: number;
}

/** Of the socket at a port of the machine that a process is on. */
function socketOf(pid: number, port: number): SocketState | undefined {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  for (const line of readFileSync(`/proc/${pid}/net/udp`, "utf8").split("\n").slice(1)) {
    const fields = line.trim().split(/\s+/);
    if (fields[1]?.endsWith(wanted)) {
      return { queuedBytes: parseInt(fields[4].split(":")[1], 16), dropped: Number(fields.at(-1)) };
    }
  }
  return undefined;
}

async function until(isTrue: () => boolean): Promise<void> {
  for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += POLL_MS) {
    if (isTrue()) return;
    await sleep(POLL_MS);
  }
  throw new Error("Cannot measure the peer: GStreamer does not come to an end");
}
