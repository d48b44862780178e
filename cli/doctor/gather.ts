/**
 * Finds out the facts of this process and machine. Nothing is changed, and what is not there is no error.
 *
 * @module
 */
import { loadNative, messageOf, type NativeLibrary } from "@streamlib/core";
import { accessSync, constants, readFileSync, statfsSync } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";
import { importPlugin } from "../plugins.ts";
import type {
  CodecFact,
  CodecProviderFact,
  DisplayFact,
  Facts,
  GpuFact,
  LimitFact,
  NativeFact,
  RuntimeFact,
  SharedMemoryFact,
  SoundFact,
} from "./facts.ts";

const BROWSERS = ["chromium", "chromium-browser", "google-chrome", "firefox", "microsoft-edge", "xdg-open", "open"];
/** Looks at everything. Loads the native library, a codec thread, and the display plugin; takes about a second. */
export async function gatherFacts(): Promise<Facts> {
  const state = await loadNative();
  const library = state.library;
  return {
    runtime: runtimeFact(),
    native: library ? nativeFact(library) : { reason: state.reason ?? "unknown" },
    time: library && timeFact(library),
    codecs: await codecFact(),
    display: await displayFact(),
    gpu: gpuFact(library),
    sharedMemory: sharedMemoryFact(library),
    network: {
      receiveBytesMax: numberIn("/proc/sys/net/core/rmem_max"),
      sendBytesMax: numberIn("/proc/sys/net/core/wmem_max"),
      offloads: library && offloadsOf(library),
    },
    limits: limitFact(textOf("/proc/self/limits") ?? ""),
    sound: soundFact(textOf("/proc/asound/cards") ?? ""),
  };
}

function offloadsOf({ native }: NativeLibrary): readonly string[] {
  const { gso, gro, txTime, pacingRate } = native.net.capabilities();
  const all: [string, boolean][] = [["GSO", gso], ["GRO", gro], ["SO_TXTIME", txTime], [
    "SO_MAX_PACING_RATE",
    pacingRate,
  ]];
  return all.filter(([, isThere]) => isThere).map(([name]) => name);
}

function runtimeFact(): RuntimeFact {
  const { deno, bun, node } = process.versions as Readonly<Record<string, string | undefined>>;
  const platform = `${process.platform}-${process.arch}`;
  if (deno !== undefined) return { name: "deno", version: deno, platform };
  if (bun !== undefined) return { name: "bun", version: bun, platform };
  return { name: "other", version: node ?? "unknown", platform };
}

function nativeFact({ native }: NativeLibrary): NativeFact {
  const { path, functions } = native.library;
  return { path, abiVersion: functions.sl_abi_version(), cpuLevel: functions.sl_pixel_cpu_level() };
}

function timeFact({ native }: NativeLibrary): Facts["time"] {
  const { source, state, errorNs, taiUtcSeconds, publisherPid, isShared, refusal } = native.tai.told();
  return { source, state, errorNs, taiUtcSeconds, publisherPid, isShared, refusal };
}

async function codecFact(): Promise<CodecFact> {
  const { module, reason } = await importPlugin("@streamlib/media");
  if (!module) return { reason };
  const { inspectCodecs, closeIdleCodecWorkers } = module as {
    inspectCodecs(): Promise<readonly CodecProviderFact[]>;
    closeIdleCodecWorkers(): Promise<void>;
  };
  try {
    const providers = await inspectCodecs();
    await closeIdleCodecWorkers();
    return { providers };
  } catch (thrown) {
    return { reason: messageOf(thrown) };
  }
}

async function displayFact(): Promise<DisplayFact> {
  const { reason } = await importPlugin("@streamlib/display");
  return { reason, browser: BROWSERS.map(programPath).find((path) => path !== undefined) };
}

function gpuFact(library: NativeLibrary | undefined): GpuFact {
  if (!library) return { reason: "it needs the native library" };
  try {
    return { devices: library.native.gpu.list().map(({ name, type, lack }) => ({ name, type, lack })) };
  } catch (thrown) {
    return { reason: messageOf(thrown) };
  }
}

function sharedMemoryFact(library: NativeLibrary | undefined): SharedMemoryFact {
  const shmBytes = shmSize();
  if (!library) return { works: false, reason: "it needs the native library", shmBytes };
  try {
    const config = { slotCount: 3, readerMax: 1, payloadBytes: 4096, metadataBytes: 0, generation: 0 };
    library.native.createRing(config).detach();
    return { works: true, shmBytes };
  } catch (thrown) {
    return { works: false, reason: messageOf(thrown), shmBytes };
  }
}

function shmSize(): number | undefined {
  try {
    const { blocks, bsize } = statfsSync("/dev/shm");
    return blocks * bsize;
  } catch {
    return undefined;
  }
}

/** Reads `/proc/self/limits`. */
export function limitFact(text: string): LimitFact {
  const soft = (name: string): number | undefined => {
    const value = new RegExp(`^${name}\\s+(\\S+)`, "m").exec(text)?.[1];
    return value === undefined ? undefined : value === "unlimited" ? -1 : Number(value);
  };
  return { lockedBytesMax: soft("Max locked memory"), realtimePriorityMax: soft("Max realtime priority") };
}

/** Reads `/proc/asound/cards`. */
export function soundFact(text: string): SoundFact {
  return { cards: [...text.matchAll(/^\s*\d+ \[.*?\]:\s*(.+)$/gm)].map((match) => match[1].trim()) };
}

function programPath(name: string): string | undefined {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder: look in the next one.
    }
  }
  return undefined;
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function numberIn(path: string): number | undefined {
  const text = textOf(path);
  return text === undefined ? undefined : Number(text);
}
