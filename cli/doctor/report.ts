/**
 * What the facts mean: for each thing whether it is there, what it is for, and the command that mends it.
 *
 * @module
 */
import { nsText } from "../ptp/quantity.ts";
import type { Facts, TimeFact } from "./facts.ts";

/** The runtimes that this version is tested with. */
export const TESTED_RUNTIMES: Readonly<Record<"deno" | "bun", string>> = { deno: "2.9.6", bun: "1.4.5" };

/** Socket buffers wanted: what receivers and senders of uncompressed video ask for. */
const RECEIVE_BYTES = 32 * 1024 * 1024;
const SEND_BYTES = 4 * 1024 * 1024;
/** Locked memory wanted: two rings of 1080p RGBA with three slots. */
const LOCKED_BYTES = 64 * 1024 * 1024;

/** One thing that was looked at. */
export interface Finding {
  /** What was looked at, in a word or two. */
  readonly subject: string;
  /** `limited`: it is there and does less than it should. */
  readonly state: "found" | "limited" | "missing";
  /** Whether a default run needs it. */
  readonly required: boolean;
  /** What was found, in one line. */
  readonly detail: string;
  /** What it is for. */
  readonly purpose: string;
  /** The command or action that mends it; present unless it is found. */
  readonly mend?: string;
}

/** The doctor's answer. */
export interface DoctorReport {
  /** Whether everything that a default run needs is there. */
  readonly ok: boolean;
  /** In the order of a person's interest. */
  readonly findings: readonly Finding[];
}

/** Judges the facts. Pure: the same facts give the same report. */
export function doctorReport(facts: Facts): DoctorReport {
  const findings = [runtime, native, time, codecs, sharedMemory, display, gpu, network, locked, scheduling, sound]
    .map((judge) => judge(facts));
  return { ok: findings.every(({ state, required }) => !required || state !== "missing"), findings };
}

function runtime({ runtime: { name, version, platform } }: Facts): Finding {
  const head = { subject: "runtime", required: true, purpose: "runs everything" };
  if (name === "other") {
    const mend = `run it with Deno (npx -y deno@${TESTED_RUNTIMES.deno}) or Bun (npx -y bun@${TESTED_RUNTIMES.bun})`;
    return { ...head, state: "missing", detail: `neither Deno nor Bun, but Node ${version}, ${platform}`, mend };
  }
  const tested = TESTED_RUNTIMES[name];
  const shown = `${name === "deno" ? "Deno" : "Bun"} ${version}, ${platform}`;
  if (seriesOf(version) === seriesOf(tested)) return { ...head, state: "found", detail: shown };
  const detail = `${shown}; tested with ${tested}`;
  const mend = name === "deno" ? `deno upgrade ${tested}` : `npm install -g bun@${tested}`;
  return { ...head, state: "limited", detail, mend };
}

/** `2.9` of `2.9.6`. */
function seriesOf(version: string): string {
  return version.split(".").slice(0, 2).join(".");
}

function native({ native: fact }: Facts): Finding {
  const head = {
    subject: "native library",
    required: true,
    purpose: "rings across threads and processes, precise ticks, fast pixels",
  };
  if (fact.path === undefined) {
    const [first, ...rest] = (fact.reason ?? "unknown").split("\n");
    const detail = [first, ...rest.map((line) => line.trim())].join("; ");
    return { ...head, state: "missing", detail, mend: mendNative(fact.reason ?? "") };
  }
  const level = fact.cpuLevel ? `, pixels for x86-64-v${fact.cpuLevel}` : "";
  return { ...head, state: "found", detail: `${fact.path}, ABI ${fact.abiVersion}${level}` };
}

function mendNative(reason: string): string {
  if (reason.includes("STREAMLIB_NATIVE")) return "unset STREAMLIB_NATIVE";
  if (reason.includes("neither Deno nor Bun")) return "mend the runtime";
  return "npm install @streamlib/ffi (or, in a checkout, deno task build)";
}

function time({ time: fact }: Facts): Finding {
  const head = { subject: "time", required: false, purpose: "stamps frames with TAI, keeps machines in step" };
  if (!fact) {
    const detail = "coarse time of the runtime: the native library is missing";
    return { ...head, state: "limited", detail, mend: "mend the native library" };
  }
  const { source, publisherPid, isShared, refusal } = fact;
  const alone = isShared || refusal === undefined ? "" : `; not shared by processes, /dev/shm: ${refusal}`;
  const detail = timeText(fact) + alone;
  if (source === "ptp" || source === "kernel-followed") {
    if (fact.state === "locked" && publisherPid !== 0) return { ...head, state: "found", detail };
    const mend = "start what follows the reference (streamlib ptp shows it), or see why it is not locked";
    return { ...head, state: "limited", detail, mend };
  }
  if (source === "kernel") return { ...head, state: "found", detail };
  const mend =
    "only needed for several machines: streamlib ptp, or a daemon that sets the kernel's TAI offset (chrony, " +
    "ptp4l with phc2sys)";
  return { ...head, state: "limited", detail, mend };
}

/** Source, state, error and publisher of TAI. */
function timeText({ source, state, errorNs, taiUtcSeconds, publisherPid }: TimeFact): string {
  if (source === "system" || source === "kernel") {
    const from = source === "kernel" ? "kernel, as a daemon set it" : "system clock";
    return `TAI is UTC + ${taiUtcSeconds} s from the ${from}, read to ${errorNs} ns; nobody follows a reference`;
  }
  const from = source === "ptp" ? "PTP" : "the kernel's disciplined clock";
  const by = publisherPid === 0 ? "the process that told it has ended" : `told by process ${publisherPid}`;
  return `TAI from ${from}, ${state}, may be off by ${nsText(errorNs)}, ${by}`;
}

function codecs({ codecs: { providers, reason } }: Facts): Finding {
  const head = { subject: "codecs", required: true, purpose: "reads and writes media files" };
  const mend = "npm install @streamlib/media --include=optional";
  if (!providers) return { ...head, state: "missing", detail: reason ?? "unknown", mend };
  const encode = new Set(providers.flatMap((provider) => provider.encode));
  const lacking = ["h264", "opus"].filter((codec) => !encode.has(codec));
  const detail = providers.map((provider) =>
    `${provider.name} (${provider.licence}): writes ${provider.encode.join(" ")}, reads ${provider.decode.join(" ")}`
  ).join("; ");
  if (lacking.length === 0) return { ...head, state: "found", detail };
  return { ...head, state: "missing", detail: `${detail || "none"}; ${lacking.join(" and ")} cannot be written`, mend };
}

function sharedMemory({ sharedMemory: { works, reason, shmBytes } }: Facts): Finding {
  const shm = shmBytes === undefined ? "" : `, /dev/shm ${bytes(shmBytes)}`;
  const head = { subject: "shared memory", required: true, purpose: "carries frames between threads and processes" };
  if (works) return { ...head, state: "found", detail: `memfd works${shm}` };
  const mend = reason?.includes("native library")
    ? "mend the native library"
    : "free memory, or start the container with a larger --shm-size and a kernel that allows memfd_create";
  return { ...head, state: "missing", detail: `${reason ?? "memfd does not work"}${shm}`, mend };
}

function display({ display: { reason, browser } }: Facts): Finding {
  const head = { subject: "web display", required: false, purpose: "shows any output in a browser" };
  if (reason !== undefined) {
    return { ...head, state: "missing", detail: reason, mend: "npm install @streamlib/display" };
  }
  if (browser !== undefined) return { ...head, state: "found", detail: `@streamlib/display, browser ${browser}` };
  const mend = "open the page from another machine (ssh -L PORT:127.0.0.1:PORT HOST), or apt-get install chromium";
  return { ...head, state: "limited", detail: "@streamlib/display, no browser on this machine", mend };
}

function gpu({ gpu: { devices = [], reason } }: Facts): Finding {
  const head = { subject: "GPU", required: false, purpose: "shaders and pictures on the device" };
  const fitting = devices.filter(({ lack }) => lack === undefined);
  const detail = devices.map(({ name, type, lack }) => `${name} (${type}${lack ? `; lacks ${lack}` : ""})`).join(", ");
  if (fitting.some(({ type }) => type !== "cpu")) return { ...head, state: "found", detail };
  if (fitting.length > 0) {
    const mend = "give this machine (or container: --device /dev/dri) a GPU; software devices work and are slow";
    return { ...head, state: "limited", detail, mend };
  }
  const mend = "apt-get install libvulkan1 mesa-vulkan-drivers, or the driver of your GPU";
  return { ...head, state: "missing", detail: reason ?? detail, mend };
}

function network({ network: { receiveBytesMax, sendBytesMax, offloads } }: Facts): Finding {
  const head = { subject: "network", required: false, purpose: "socket buffers for uncompressed video (ST 2110)" };
  if (receiveBytesMax === undefined || sendBytesMax === undefined) {
    const mend = "use Linux for uncompressed video over the network";
    return { ...head, state: "missing", detail: "limits of socket buffers are not known here", mend };
  }
  const kernel = offloads ? `; the kernel has ${offloads.join(", ") || "no offloads for UDP"}` : "";
  const sizes = `receive ${bytes(receiveBytesMax)}, send ${bytes(sendBytesMax)} at most`;
  const small = ([["rmem_max", receiveBytesMax, RECEIVE_BYTES], ["wmem_max", sendBytesMax, SEND_BYTES]] as const)
    .filter(([, value, wanted]) => value < wanted);
  if (small.length === 0) return { ...head, state: "found", detail: sizes + kernel };
  const mend = `sysctl -w ${small.map(([name, , wanted]) => `net.core.${name}=${wanted}`).join(" ")}`;
  const wanted = `${bytes(RECEIVE_BYTES)} and ${bytes(SEND_BYTES)} are wanted`;
  return { ...head, state: "limited", detail: `${sizes}; ${wanted}${kernel}`, mend };
}

function locked({ limits: { lockedBytesMax: limit } }: Facts): Finding {
  const head = { subject: "locked memory", required: false, purpose: "keeps rings in memory under pressure" };
  const mend = "ulimit -l unlimited (in services: LimitMEMLOCK=infinity; containers: --ulimit memlock=-1)";
  if (limit === undefined) return { ...head, state: "missing", detail: "the limit is not known here", mend };
  if (limit === -1) return { ...head, state: "found", detail: "no limit" };
  if (limit >= LOCKED_BYTES) return { ...head, state: "found", detail: `${bytes(limit)} at most` };
  return { ...head, state: "limited", detail: `${bytes(limit)} at most; ${bytes(LOCKED_BYTES)} are wanted`, mend };
}

function scheduling({ limits: { realtimePriorityMax: priority } }: Facts): Finding {
  const head = { subject: "real-time priority", required: false, purpose: "ticks to 0.1 ms while the machine is busy" };
  if (priority !== undefined && (priority === -1 || priority >= 40)) {
    return { ...head, state: "found", detail: priority === -1 ? "no limit" : `up to ${priority}` };
  }
  const detail = priority === undefined
    ? "the limit is not known here"
    : priority === 0
    ? "not allowed"
    : `up to ${priority}`;
  const mend = "ulimit -r 80 (in services: LimitRTPRIO=80; containers: --cap-add SYS_NICE --ulimit rtprio=80)";
  return { ...head, state: priority ? "limited" : "missing", detail, mend };
}

function sound({ sound: { cards } }: Facts): Finding {
  const head = { subject: "sound card", required: false, purpose: "plays and records sound" };
  if (cards.length > 0) return { ...head, state: "found", detail: cards.join(", ") };
  const mend = "attach a sound card (containers: --device /dev/snd); files and networks need none";
  return { ...head, state: "missing", detail: "none", mend };
}

function bytes(count: number): string {
  if (count >= 1 << 30) return `${(count / (1 << 30)).toFixed(1)} GiB`;
  return count >= 1 << 20 ? `${(count / (1 << 20)).toFixed(1)} MiB` : `${Math.round(count / 1024)} KiB`;
}
