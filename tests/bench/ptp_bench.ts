/**
 * How well we follow a PTP master: machines in namespaces of Linux, a ptp4l with stamps of the kernel that leads, and a
 * ptp4l beside us that follows it without steering anything. All machines have one oscillator, so ours is made wrong by
 * arithmetic, and what is true is known to a reader that asks neither. Only root may run it.
 *
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Peer } from "../integration/st2110/peer.ts";
import { Client, hex, largestJumpNs, runtimeLine } from "../ptp/client.ts";
import type { PlainConfig, PlainStatistics, TaiSample } from "../ptp/client_program.ts";
import { canMakeMachines, type Machine } from "../ptp/machine.ts";
import { INTERFACE, Network } from "../ptp/network.ts";
import { Ptp4l } from "../ptp/ptp4l.ts";
import type { TickOrder, TickSample } from "../ptp/tick_program.ts";
import { realtimeMinusMonotonicNs } from "../ptp/truth.ts";
import { percentile, report } from "./figure.ts";

const TICK_PROGRAM = join(dirname(fileURLToPath(import.meta.url)), "..", "ptp", "tick_program.ts");
const BENCH = "ptp";
/** Its clock is right, and its outliers do not count. */
const PEER = "ptp4l beside it";
/** As ST 2059-2 has it: 8 Syncs and questions a second. */
const DOMAIN = 127;
const LEADER = { domain: DOMAIN, announceInterval: -2, syncInterval: -3 };
const OURS: PlainConfig = {
  interface: INTERFACE,
  profile: "st2059-2:2015",
  stamps: "software",
  // ptp4l with stamps of the kernel sends the time of day.
  timescale: "utc",
};
const SETTLING_MS = 30_000;
const MEASURED_MS = 60_000;
/** Fifteen seconds of them. */
const SETTLED_OFFSETS = 120;
const HOLDOVER_MS = 60_000;
const FPS = 60;
/** Ours may be half as large again as the peer's. */
const RATIO_MIN = 0.67;
const JUMP_NS_MAX = 100_000;
const TICKS_APART_US_MAX = 500;
const SAMPLING = { sampleMs: 10, reportMs: 100 };

/** Clocks that are wrong in different ways: rate, and a rate that swings. */
const FAST = { ppb: 50_000, wanderPpb: 200, wanderPeriodS: 60 };
const SLOW = { ppb: -30_000, wanderPpb: 300, wanderPeriodS: 40 };

const MEASURES = [["standard deviation", "deviationNs"], ["P50", "p50Ns"], ["P99", "p99Ns"]] as const;

interface Spread {
  readonly deviationNs: number;
  readonly p50Ns: number;
  readonly p99Ns: number;
}

/** Standard deviation, and the sizes that half and 99 of 100 do not exceed. */
function spreadOf(values: readonly number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  const sizes = values.map(Math.abs);
  return { deviationNs: Math.sqrt(square), p50Ns: percentile(sizes, 50), p99Ns: percentile(sizes, 99) };
}

/** Without those that our outlier filter would refuse: further from the median than six deviations, and than 3 µs. */
function withoutOutliers(values: readonly number[]): number[] {
  const middle = percentile(values, 50);
  const deviation = 1.4826 * percentile(values.map((value) => Math.abs(value - middle)), 50);
  return values.filter((value) => Math.abs(value - middle) <= Math.max(6 * deviation, 3000));
}

function isLocked({ portState, clockState }: PlainStatistics): boolean {
  return portState === "slave" && clockState === "locked";
}

/** Offsets that a client has used from a report on, each once. */
function offsetsOf(client: Client<"one">, fromReport: number): number[] {
  const told = new Map<number, number>();
  for (const { clients: { one } } of client.reports.slice(fromReport)) {
    const { offsetsUsed, offsetsRefused } = one.counters;
    if (one.offsets !== undefined) told.set(offsetsUsed + offsetsRefused, one.offsets.lastNs);
  }
  return [...told.values()];
}

/** Ours against the peer's: the deviation and P99, and whether both are within the limit. */
function compare(name: string, ours: Spread, peer: Spread, mustMiss = false): void {
  for (const [what, key] of MEASURES) {
    const ratio = peer[key] / ours[key];
    // Halves of asymmetries of the path are in the median, and each path has its own.
    const promise = key === "p50Ns" ? {} : { limit: RATIO_MIN, ok: ratio >= RATIO_MIN !== mustMiss };
    report({ bench: BENCH, case: `${name}: ${what}`, value: ours[key], unit: "ns", peer: PEER, ratio, ...promise });
  }
}

/** Following, each beside a ptp4l that gets the same packets, and beside a clock of ours that is not steered. */
async function follow(): Promise<void> {
  using network = await Network.make(["leader", "fast", "slow", "loose"]);
  const interfaces = ["eth0", "eth1", "eth2"];
  await using _leader = Ptp4l.start(network.at("leader").machine, { ...LEADER, interfaces });
  const startPeer = (name: "fast" | "slow", identity: string) =>
    Ptp4l.start(network.at(name).machine, { ...LEADER, role: "slave", identity });
  await using fastPeer = startPeer("fast", "0200000000000001");
  await using slowPeer = startPeer("slow", "0200000000000002");
  const start = (name: "fast" | "slow" | "loose", config: Partial<PlainConfig>) =>
    Client.start(network.at(name).machine, { one: { ...OURS, ...config } }, SAMPLING);
  await using fast = start("fast", { clockError: FAST });
  await using slow = start("slow", { clockError: SLOW });
  await using loose = start("loose", { clockError: FAST, freeRunning: true });
  await Promise.all([fast, slow].map((client) => client.until("one", isLocked, "it locks")));
  await sleep(SETTLING_MS);
  const peers = [fastPeer, slowPeer].map((peer) => peer.watchOffsets(60));
  const from = [fast, slow, loose].map(({ reports }) => reports.length);
  const tickers = [true, false].map((isRealTime) =>
    (["fast", "slow"] as const).map((name) => startTicker(network.at(name).machine, isRealTime))
  );
  await sleep(MEASURED_MS);
  const [fastTheirs, slowTheirs] = peers.map((stop) => stop().map(({ offsetNs }) => offsetNs));
  const errorsOf = (client: Client<"one">, i: number) =>
    spreadOf(client.samples(from[i]).map(({ trueErrorNs }) => trueErrorNs));
  for (
    const [i, name, client, measured] of [[0, "+50 ppm", fast, fastTheirs], [1, "-30 ppm", slow, slowTheirs]] as const
  ) {
    const theirs = spreadOf(withoutOutliers(measured));
    for (const [which, spread] of [["ptp4l", spreadOf(measured)], ["ptp4l without outliers", theirs]] as const) {
      for (const [what, key] of MEASURES) {
        report({ bench: BENCH, case: `${name}, ${which}: ${what}`, value: spread[key], unit: "ns" });
      }
    }
    compare(`${name}, offset`, spreadOf(offsetsOf(client, from[i])), theirs);
    compare(`${name}, true error`, errorsOf(client, i), theirs);
  }
  compare("servo switched off, has to miss it", errorsOf(loose, 2), spreadOf(withoutOutliers(fastTheirs)), true);
  for (const [i, name] of ["real-time", "ordinary"].entries()) {
    const [one, other] = await Promise.all(tickers[i].map(ticksOf));
    reportTicks(`${name} threads`, one, other, i === 0);
  }
}

/** A process on a machine that ticks by the time that another one tells there. */
function startTicker(machine: Machine, isRealTime: boolean): Peer {
  const count = FPS * MEASURED_MS / 1000;
  const order: TickOrder = { fps: FPS, domain: DOMAIN, count, isRealTime };
  return machine.start(runtimeLine(TICK_PROGRAM, JSON.stringify(order)));
}

async function ticksOf(ticker: Peer): Promise<TickSample[]> {
  await using running = ticker;
  return JSON.parse(String(await running.finished()));
}

/** Two machines: how far the same frame begins apart. What ordinary threads get is a matter of the machine's load. */
function reportTicks(
  name: string,
  fast: readonly TickSample[],
  slow: readonly TickSample[],
  isPromised: boolean,
): void {
  const others = new Map(slow.map((tick) => [tick.taiFrame, tick]));
  const both = fast.flatMap((tick) => {
    const other = others.get(tick.taiFrame);
    return other === undefined ? [] : [[tick, other] as const];
  });
  for (const [what, key] of [["is due", "dueNs"], ["comes", "deliveredNs"]] as const) {
    const apartUs = percentile(both.map(([one, other]) => Math.abs(one[key] - other[key]) / 1000), 99);
    const promise = isPromised ? { limit: TICKS_APART_US_MAX, ok: apartUs < TICKS_APART_US_MAX } : {};
    report({ bench: BENCH, case: `${name}: a frame ${what}, P99 apart`, value: apartUs, unit: "us", ...promise });
  }
  const share = both.length / fast.length;
  report({ bench: BENCH, case: `${name}: frames that both had`, value: share * 100, unit: "%" });
}

/** Waits until so many offsets to a master were used. */
async function untilFollowed(client: Client<"one">, identity: string, offsets: number): Promise<void> {
  const isFollowed = ({ parent }: PlainStatistics) => parent !== undefined && hex(parent.identity) === identity;
  const { counters } = await client.until("one", isFollowed, `it follows ${identity}`);
  const wanted = counters.offsetsUsed + offsets;
  await client.until("one", (found) => isFollowed(found) && found.counters.offsetsUsed >= wanted, "it has settled");
}

/** Two masters, of which the better one dies and returns; then both die. */
async function change(): Promise<void> {
  using network = await Network.make(["better", "other", "ours"], "switch");
  const lead = () => Ptp4l.start(network.at("better").machine, { ...LEADER, priority1: 10 });
  await using client = Client.start(network.at("ours").machine, { one: { ...OURS, clockError: FAST } }, SAMPLING);
  const other = Ptp4l.start(network.at("other").machine, { ...LEADER, priority1: 20 });
  const better = lead();
  await untilFollowed(client, network.at("better").identity, SETTLED_OFFSETS);
  const from = client.reports.length;
  await better[Symbol.asyncDispose]();
  await untilFollowed(client, network.at("other").identity, SETTLED_OFFSETS / 2);
  const again = lead();
  await untilFollowed(client, network.at("better").identity, SETTLED_OFFSETS);
  const jumpUs = largestJumpNs(client.samples(from)) / 1000;
  const promise = { limit: JUMP_NS_MAX / 1000, ok: jumpUs * 1000 <= JUMP_NS_MAX };
  report({ bench: BENCH, case: "change of master: largest jump", value: jumpUs, unit: "us", ...promise });
  await Promise.all([again, other].map((one) => one[Symbol.asyncDispose]()));
  await client.until("one", ({ clockState }) => clockState === "holdover", "it holds over");
  const held = client.reports.length;
  await sleep(HOLDOVER_MS);
  reportHoldover(client.samples(held));
}

/** Whether the error stayed within what it was said to be, all the time. */
function reportHoldover(samples: readonly TaiSample[]): void {
  const shares = samples.map(({ trueErrorNs, toldErrorNs }) => Math.abs(trueErrorNs) / toldErrorNs);
  const largest = Math.max(...shares);
  const last = samples[samples.length - 1];
  const name = "60 s of holdover";
  report({ bench: BENCH, case: `${name}: error at the end`, value: Math.abs(last.trueErrorNs) / 1000, unit: "us" });
  report({ bench: BENCH, case: `${name}: as it is told`, value: last.toldErrorNs / 1000, unit: "us" });
  report({
    bench: BENCH,
    case: `${name}: error / told, largest`,
    value: largest,
    unit: "",
    limit: 1,
    ok: largest <= 1,
  });
}

if (!canMakeMachines("benchmark ptp")) throw new Error("Cannot measure: it needs root and namespaces of Linux");
const distanceNs = realtimeMinusMonotonicNs();
await Promise.all([follow(), change()]);
if (realtimeMinusMonotonicNs() !== distanceNs) {
  throw new Error("Cannot measure: somebody has set the clock of this machine meanwhile");
}
