/**
 * A machine with PTP clients of ours. Its one argument is a {@linkcode ClientOrder} as JSON; it prints a
 * {@linkcode ClientReport} as a line of JSON again and again, and a last one when SIGTERM has made it close its clients.
 *
 * @module
 */
import process from "node:process";
import { load, type NativePtpConfig, type NativePtpStatistics } from "@streamlib/ffi";
import { realtimeMinusMonotonicNs } from "./truth.ts";

/** What is to be opened. */
export interface ClientOrder {
  /** Clients by name. */
  readonly clients: Readonly<Record<string, PlainConfig>>;
  /** Between readings of this machine's TAI. Default 5. */
  readonly sampleMs?: number;
  /** Between reports. Default 50. */
  readonly reportMs?: number;
  /** Default true. Only root can tell the true time. */
  readonly readsTai?: boolean;
}

/** A config that survives JSON. */
export type PlainConfig = Omit<NativePtpConfig, "identity" | "seed">;

/** Statistics that survived JSON: integers of 64 bits are decimal text. */
export type PlainStatistics = {
  readonly [K in keyof NativePtpStatistics]: Plain<NativePtpStatistics[K]>;
};
type Plain<T> = T extends bigint ? string : T extends object ? { readonly [K in keyof T]: Plain<T[K]> } : T;

/** One reading of this machine's TAI. */
export interface TaiSample {
  readonly monotonicNs: number;
  /** TAI less the time of day and the 37 s between TAI and UTC. */
  readonly trueErrorNs: number;
  /** How far TAI may be off, as it is told. */
  readonly toldErrorNs: number;
}

/** What is known at one time. */
export interface ClientReport {
  readonly clients: Readonly<Record<string, PlainStatistics>>;
  /** Since the report before. */
  readonly samples: readonly TaiSample[];
}

const TAI_UTC_NS = 37_000_000_000n;

function main(order: ClientOrder): void {
  const native = load();
  const clients = Object.entries(order.clients).map(([name, config]) => [name, native.openPtp(config)] as const);
  const readsTai = order.readsTai ?? true;
  const distanceNs = readsTai ? realtimeMinusMonotonicNs() + TAI_UTC_NS : 0n;
  let samples: TaiSample[] = [];
  const report = (): void => {
    const statistics = Object.fromEntries(clients.map(([name, client]) => [name, client.statistics()]));
    console.log(JSON.stringify(
      { clients: statistics, samples },
      (_, value) => typeof value === "bigint" ? String(value) : value,
    ));
    samples = [];
  };
  const sampling = setInterval(() => {
    if (!readsTai) return;
    const monotonicNs = native.time.monotonicNs();
    const trueErrorNs = Number(native.tai.of(monotonicNs) - monotonicNs - distanceNs);
    samples.push({ monotonicNs: Number(monotonicNs), trueErrorNs, toldErrorNs: native.tai.told(monotonicNs).errorNs });
  }, order.sampleMs ?? 5);
  const reporting = setInterval(report, order.reportMs ?? 50);
  process.once("SIGTERM", () => {
    clearInterval(sampling);
    clearInterval(reporting);
    for (const [, client] of clients) client.close();
    report();
  });
}

if (import.meta.main) main(JSON.parse(process.argv[2]));
