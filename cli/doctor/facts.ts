/**
 * What the doctor looks at on this machine, as plain data.
 *
 * @module
 */

/** What is known of this process and machine. An absent value could not be found out here. */
export interface Facts {
  /** What runs this program. */
  readonly runtime: RuntimeFact;
  /** libstreamlib. */
  readonly native: NativeFact;
  /** Absent without the native library. */
  readonly time: TimeFact | undefined;
  /** What can be coded and decoded. */
  readonly codecs: CodecFact;
  /** Showing pictures in a browser. */
  readonly display: DisplayFact;
  /** Working on a graphics device. */
  readonly gpu: GpuFact;
  /** Rings across threads and processes. */
  readonly sharedMemory: SharedMemoryFact;
  /** Limits of sockets. */
  readonly network: NetworkFact;
  /** Limits of the process. */
  readonly limits: LimitFact;
  /** Sound devices. */
  readonly sound: SoundFact;
}

/** The JavaScript runtime. */
export interface RuntimeFact {
  /** As the process calls itself. */
  readonly name: "deno" | "bun" | "other";
  /** As the runtime says it. */
  readonly version: string;
  /** For example `linux-x64`. */
  readonly platform: string;
}

/** The native library: `path` where it is in use, else `reason`. */
export interface NativeFact {
  /** The file that was opened. */
  readonly path?: string | undefined;
  /** Version of its C interface. */
  readonly abiVersion?: number | undefined;
  /** Level of the pixel kernels in use: 2, 3 or 4 for x86-64-v2, v3, v4; 0 on other processors. */
  readonly cpuLevel?: number | undefined;
  /** Why it is not in use, and what mends it. */
  readonly reason?: string | undefined;
}

/** TAI of this machine. */
export interface TimeFact {
  /**
   * `kernel`: a daemon has set the TAI offset. `system`: the wall clock plus a constant. `ptp`, `kernel-followed`: a
   * process follows PTP, or the kernel's disciplined clock, for all.
   */
  readonly source: "system" | "kernel" | "ptp" | "kernel-followed";
  /** How far it can be trusted. */
  readonly state: "free" | "acquiring" | "locked" | "holdover";
  /** How far it may be off its source; of `system` and `kernel` how exactly the two clocks were read. */
  readonly errorNs: number;
  /** TAI minus UTC. */
  readonly taiUtcSeconds: number;
  /** The process that tells it; 0 for none. */
  readonly publisherPid: number;
  /** Whether all processes of this machine are told the same. */
  readonly isShared: boolean;
  /** Why not. */
  readonly refusal?: string | undefined;
}

/** A library that codes and decodes. */
export interface CodecProviderFact {
  /** Short name. */
  readonly name: string;
  /** Licence of the coding library. */
  readonly licence: string;
  /** Codecs that it writes. */
  readonly encode: readonly string[];
  /** Codecs that it reads. */
  readonly decode: readonly string[];
}

/** Codecs: `providers` where @streamlib/media answers, else `reason`. */
export interface CodecFact {
  /** Who codes and decodes, first asked first. */
  readonly providers?: readonly CodecProviderFact[] | undefined;
  /** Why not, and what mends it. */
  readonly reason?: string | undefined;
}

/** The display in a browser. */
export interface DisplayFact {
  /** Why @streamlib/display cannot be imported; absent if it can. */
  readonly reason?: string | undefined;
  /** A browser on this machine. */
  readonly browser?: string | undefined;
}

/** A GPU as Vulkan tells it. */
export interface GpuDeviceFact {
  /** As its driver calls it. */
  readonly name: string;
  /** What it is; `cpu` is a software device. */
  readonly type: "discrete" | "integrated" | "virtual" | "cpu" | "other";
  /** What it lacks to be used; absent if it can be. */
  readonly lack?: string | undefined;
}

/** Vulkan and its devices: `devices` where it answers, else `reason`. */
export interface GpuFact {
  /** Those of the machine. */
  readonly devices?: readonly GpuDeviceFact[] | undefined;
  /** Why there are none, and what mends it. */
  readonly reason?: string | undefined;
}

/** Memory that processes can share. */
export interface SharedMemoryFact {
  /** Whether a ring in shared memory could be made. */
  readonly works: boolean;
  /** Why not. */
  readonly reason?: string | undefined;
  /** Size of /dev/shm. */
  readonly shmBytes?: number | undefined;
}

/** Largest socket buffers that a process may ask for. */
export interface NetworkFact {
  /** `net.core.rmem_max`. */
  readonly receiveBytesMax?: number | undefined;
  /** `net.core.wmem_max`. */
  readonly sendBytesMax?: number | undefined;
  /** What the kernel does for UDP, by the names of the socket options. */
  readonly offloads?: readonly string[] | undefined;
}

/** Limits of this process. */
export interface LimitFact {
  /** Memory that may be locked; -1 is no limit. */
  readonly lockedBytesMax?: number | undefined;
  /** Highest real-time priority; 0 is none. */
  readonly realtimePriorityMax?: number | undefined;
}

/** Sound cards by name. */
export interface SoundFact {
  /** As the kernel names them. */
  readonly cards: readonly string[];
}
