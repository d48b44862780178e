/**
 * ptp4l of linuxptp: a master, or a slave that measures and leaves every clock alone.
 *
 * @module
 */
import { spawn } from "node:child_process";
import type { Peer } from "../integration/st2110/peer.ts";
import type { Machine } from "./machine.ts";
import { INTERFACE } from "./network.ts";

/** How it is set up. Intervals are logarithms to base 2 of seconds. */
export interface Ptp4lOptions {
  /** Default: master. */
  readonly role?: "master" | "slave";
  /** Default 0. */
  readonly domain?: number;
  /** Default 10 for a master and 255 for a slave. */
  readonly priority1?: number;
  /** Default udp4. */
  readonly transport?: "udp4" | "udp6";
  /** Default e2e. */
  readonly delayMechanism?: "e2e" | "p2p";
  /** Default -3. */
  readonly announceInterval?: number;
  /** Default -4. */
  readonly syncInterval?: number;
  /** Interval of requests for the delay of the path or to the neighbour. Default: that of Sync. */
  readonly delayInterval?: number;
  /** Clock identity, 16 hexadecimal digits. Default: from the MAC address. */
  readonly identity?: string;
  /** Default: {@linkcode INTERFACE} alone. */
  readonly interfaces?: readonly string[];
  /** For a master: grants unicast on request and is silent otherwise. For a slave: the masters' addresses. */
  readonly unicast?: true | readonly string[];
}

/** One measurement of a slave, ns. */
export interface Ptp4lMeasurement {
  readonly offsetNs: number;
  readonly pathDelayNs: number;
}

/** One measurement that was asked for. */
export interface WatchedOffset {
  readonly offsetNs: number;
  /** When its Sync came, ns of the time of day. */
  readonly ingressNs: bigint;
}

/** Once a second is the most often that a free-running ptp4l says anything. */
const MEASUREMENT = /master offset\s+(-?\d+) s\d freq\s+[-+]\d+ path delay\s+(-?\d+)/g;
const OFFSET = /master_offset\s+(-?\d+)\s+ingress_time\s+(\d+)/g;
let instances = 0;

/** A running ptp4l; killed when it is disposed of, as with `kill -9`. */
export class Ptp4l {
  readonly #peer: Peer;
  readonly #machine: Machine;
  /** How it is asked something. */
  readonly #pmc: readonly string[];

  private constructor(machine: Machine, peer: Peer, socket: string, domain: number) {
    this.#machine = machine;
    this.#peer = peer;
    this.#pmc = ["pmc", "-u", "-b", "0", "-d", String(domain), "-s", socket];
  }

  /** Starts one. */
  static start(machine: Machine, options: Ptp4lOptions = {}): Ptp4l {
    const number = ++instances;
    const socket = `/dev/shm/ptp4l-${number}`;
    const file = machine.write(`ptp4l-${number}.conf`, configuration(options, socket));
    return new Ptp4l(machine, machine.start(["ptp4l", "-f", file]), socket, options.domain ?? 0);
  }

  /** All that it has said. */
  get log(): string {
    return String(this.#peer.stdout);
  }

  /** What it has measured as a slave. */
  get measurements(): Ptp4lMeasurement[] {
    return [...this.log.matchAll(MEASUREMENT)].map(([, offset, delay]) => ({
      offsetNs: Number(offset),
      pathDelayNs: Number(delay),
    }));
  }

  /** Waits until its port is in a state; a slave remains UNCALIBRATED, because it sets no clock. */
  async untilState(state: string): Promise<void> {
    await this.#peer.until(() => this.state === state, `it is ${state}`);
  }

  /** The state of its port. */
  get state(): string {
    return [...this.log.matchAll(/port 1: \w+ to (\w+) on/g)].at(-1)?.[1] ?? "INITIALIZING";
  }

  /** Waits until it has measured so many times in all. */
  async untilMeasured(count: number): Promise<Ptp4lMeasurement[]> {
    await this.#peer.until(() => this.measurements.length >= count, `it has measured ${count} times`);
    return this.measurements;
  }

  /** Asks it for a data set, such as `PARENT_DATA_SET`. */
  async ask(dataSet: string): Promise<Record<string, string>> {
    const own = `/dev/shm/pmc-${++instances}`;
    await using pmc = this.#machine.start([...this.#pmc, "-i", own, `GET ${dataSet}`]);
    const answer = String(await pmc.finished());
    return Object.fromEntries(
      [...answer.matchAll(/^\s+(\w+)\s+(\S+)\s*$/gm)].map(([, name, value]) => [name, value]),
    );
  }

  /** Asks it for its offset again and again, so that none is missed. @returns Ends it, with what it has measured. */
  watchOffsets(periodMs: number): () => WatchedOffset[] {
    const [program, ...given] = this.#machine.command([...this.#pmc, "-i", `/dev/shm/pmc-${++instances}`]);
    const pmc = spawn(program, given, { stdio: ["pipe", "pipe", "ignore"] });
    let text = "";
    pmc.stdout.on("data", (chunk) => text += chunk);
    const timer = setInterval(() => pmc.stdin.write("GET TIME_STATUS_NP\n"), periodMs);
    return () => {
      clearInterval(timer);
      pmc.kill("SIGKILL");
      const found = new Map<string, number>();
      for (const [, offset, ingress] of text.matchAll(OFFSET)) if (ingress !== "0") found.set(ingress, Number(offset));
      return [...found].map(([ingress, offsetNs]) => ({ offsetNs, ingressNs: BigInt(ingress) }));
    };
  }

  /** Kills it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#peer[Symbol.asyncDispose]();
  }
}

/** `free_running`: it would set the clock of this machine. */
function configuration(options: Ptp4lOptions, socket: string): string {
  const { role = "master", domain = 0, transport = "udp4", delayMechanism = "e2e", unicast } = options;
  const { announceInterval = -3, syncInterval = -4, delayInterval = syncInterval } = options;
  const isSlave = role === "slave";
  const lines: [string, string | number][] = [
    ["free_running", 1],
    ["freq_est_interval", 0],
    ["time_stamping", "software"],
    ["tx_timestamp_timeout", 1000],
    ["uds_address", socket],
    ["verbose", 1],
    ["use_syslog", 0],
    ["logging_level", 6],
    ["summary_interval", -7],
    ["domainNumber", domain],
    ["priority1", options.priority1 ?? (isSlave ? 255 : 10)],
    ["slaveOnly", isSlave ? 1 : 0],
    ["network_transport", transport === "udp4" ? "UDPv4" : "UDPv6"],
    ["delay_mechanism", delayMechanism.toUpperCase()],
    ["logAnnounceInterval", announceInterval],
    ["logSyncInterval", syncInterval],
    ["logMinDelayReqInterval", delayInterval],
    ["logMinPdelayReqInterval", delayInterval],
  ];
  if (options.identity) lines.push(["clockIdentity", options.identity.replace(/(.{6})(.{4})/, "$1.$2.")]);
  if (unicast === true) lines.push(["unicast_listen", 1], ["inhibit_multicast_service", 1]);
  const masters = unicast === true ? [] : unicast ?? [];
  const table: [string, string | number][] = [
    ["table_id", 1],
    ["logQueryInterval", 0],
    ...masters.map((address): [string, string] => [transport === "udp4" ? "UDPv4" : "UDPv6", address]),
  ];
  const sections: [string, [string, string | number][]][] = [
    ["global", lines],
    ...masters.length > 0 ? [["unicast_master_table", table] as [string, [string, string | number][]]] : [],
    ...(options.interfaces ?? [INTERFACE]).map((name): [string, [string, string | number][]] => [
      name,
      masters.length > 0 ? [["unicast_master_table", 1]] : [],
    ]),
  ];
  return sections.map(([name, all]) => `[${name}]\n${all.map(([key, value]) => `${key} ${value}\n`).join("")}`).join(
    "",
  );
}
