/**
 * A machine whose time moves when somebody waits, for tests of clocks that follow TAI.
 *
 * @module
 */
import type { NativePtpStatistics } from "@streamlib/ffi";
import type { PtpEngine } from "../ptp/ptp_client.ts";
import type { CompletePtpOptions } from "../ptp/ptp_options.ts";
import type { KernelFollower, TaiMachine } from "../time/tai_machine.ts";
import { type TaiReading, TaiSteps, type TaiTime } from "../time/tai_time.ts";
import type { TaiTold } from "../time/tai_told.ts";

/** TAI that is moved by who waits for it, and by the test. */
export class ManualTai implements TaiTime {
  monotonic = 1_000_000_000n;
  tai = 1_800_000_000_000_000_000n;
  count = 0;
  /** How TAI goes per monotonic nanosecond, in thousandths. */
  pace = 1000n;
  /** Called in each sleep, with what is waited for. */
  duringSleep: (taiNs: bigint) => void = () => {};

  nowNs(): bigint {
    return this.tai;
  }

  of(monotonicNs: bigint): bigint {
    return this.tai + monotonicNs - this.monotonic;
  }

  read(): TaiReading {
    return { monotonicNs: this.monotonic, taiNs: this.tai, steps: this.count };
  }

  /** Time passes. */
  pass(monotonicNs: bigint): void {
    this.monotonic += monotonicNs;
    this.tai += monotonicNs * this.pace / 1000n;
  }

  /** TAI jumps. */
  step(byNs: bigint): void {
    this.count++;
    this.tai += byNs;
  }

  /** Sleeps as long as it would take at the nominal pace; at least two nanoseconds. */
  sleepTowards(taiNs: bigint, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    const leftNs = taiNs - this.tai;
    this.duringSleep(taiNs);
    this.pass(leftNs > 2n ? leftNs : 2n);
    return Promise.resolve();
  }
}

const NO_MESSAGES = {
  sync: 0,
  delayReq: 0,
  pdelayReq: 0,
  pdelayResp: 0,
  followUp: 0,
  delayResp: 0,
  pdelayRespFollowUp: 0,
  announce: 0,
  signaling: 0,
  management: 0,
};

/** Statistics of a client that has heard nothing, but for what is given. */
export function ptpStatistics(given: Partial<NativePtpStatistics> = {}): NativePtpStatistics {
  return {
    portState: "listening",
    clockState: "free",
    fault: undefined,
    isPublisher: false,
    publisherPid: 0,
    stamps: "software",
    interfaceIndex: 2,
    isRealTime: false,
    domain: 127,
    delayMechanism: "end-to-end",
    identity: 0x001b21fffe5a0c77n,
    portNumber: 1,
    parent: undefined,
    addedS: 0,
    offsets: undefined,
    pathDelayNs: undefined,
    severalPeers: false,
    leadsUntraceable: false,
    foreignMasterCount: 0,
    metadata: undefined,
    frequencyPpb: 0,
    errorNs: 1_000_000,
    steps: 0,
    lastStepNs: 0,
    moves: 0,
    portStateChanges: 0,
    clockStateChanges: 0,
    masterChanges: 0,
    monotonicNs: 0n,
    openedNs: 0n,
    holdoverSinceNs: undefined,
    masterSinceNs: undefined,
    announceHeardNs: undefined,
    syncHeardNs: undefined,
    messagesIn: NO_MESSAGES,
    messagesOut: NO_MESSAGES,
    counters: { announceTimeouts: 0, syncTimeouts: 0 } as NativePtpStatistics["counters"],
    turns: 0,
    cpuNs: 0,
    ...given,
  };
}

/** A client that hears what the test says. */
export class FakeEngine implements PtpEngine {
  known: NativePtpStatistics = ptpStatistics();
  isClosed = false;

  statistics(): NativePtpStatistics {
    return this.known;
  }

  histogram(): ReturnType<PtpEngine["histogram"]> {
    return { limitsNs: [], behind: [], ahead: [] };
  }

  masters(): ReturnType<PtpEngine["masters"]> {
    return [];
  }

  close(): void {
    this.isClosed = true;
  }
}

/** A machine on which nothing is known of TAI, until the test says something else. */
export class FakeMachine implements TaiMachine {
  readonly time: TaiTime;
  readonly steps: TaiSteps;
  readonly engines: FakeEngine[] = [];
  readonly opened: CompletePtpOptions[] = [];
  readonly followers: { isClosed: boolean }[] = [];
  published: NativePtpStatistics | undefined;
  running: readonly string[] = [];
  /** Why nothing can be opened. */
  refusal: Error | undefined;
  known: TaiTold = {
    source: "system",
    state: "free",
    errorNs: 500,
    steps: 0,
    publisherPid: 0,
    isShared: true,
    domain: -1,
  };

  constructor(time: TaiTime = new ManualTai()) {
    this.time = time;
    this.steps = new TaiSteps(time);
  }

  /** From now on TAI is told like this. */
  tell(given: Partial<TaiTold>): void {
    this.known = { ...this.known, ...given };
  }

  told(): TaiTold {
    return this.known;
  }

  openPtp(options: CompletePtpOptions): Promise<PtpEngine> {
    if (this.refusal) return Promise.reject(this.refusal);
    const engine = new FakeEngine();
    this.opened.push(options);
    this.engines.push(engine);
    return Promise.resolve(engine);
  }

  publishedPtp(): NativePtpStatistics | undefined {
    return this.published;
  }

  followKernel(): Promise<KernelFollower> {
    if (this.refusal) return Promise.reject(this.refusal);
    const follower = { isClosed: false, close: () => void (follower.isClosed = true) };
    this.followers.push(follower);
    return Promise.resolve(follower);
  }

  commands(): readonly string[] {
    return this.running;
  }
}
