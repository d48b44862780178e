/**
 * Our PTP clients on a machine, seen from outside.
 *
 * @module
 */
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Peer } from "../integration/st2110/peer.ts";
import type { ClientOrder, ClientReport, PlainStatistics, TaiSample } from "./client_program.ts";
import type { Machine } from "./machine.ts";

const PROGRAM = join(dirname(fileURLToPath(import.meta.url)), "client_program.ts");

/** No capability at all; of the same user, who may read the runtime and this folder wherever they are. */
const WITHOUT_PRIVILEGES = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"];

/** How a {@linkcode Client} is started. */
export interface ClientOptions extends Omit<ClientOrder, "clients"> {
  /** Default false: with all capabilities but those of clocks. */
  readonly isUnprivileged?: boolean;
  /** Whether it may close its clients when it is disposed of, or is killed at once. Default true. */
  readonly closes?: boolean;
}

/** The command line of this runtime for a program. */
export function runtimeLine(program: string, ...given: readonly string[]): string[] {
  const run = process.versions.bun ? ["run"] : ["run", "-A", "--no-check"];
  return [process.execPath, ...run, program, ...given];
}

/** A running process with clients named `N`; ended when it is disposed of. */
export class Client<N extends string = string> {
  readonly #peer: Peer;
  readonly #reports: ClientReport[] = [];
  /** Of its output, what has been read. */
  #bytes = 0;

  private constructor(peer: Peer) {
    this.#peer = peer;
  }

  /** Starts one. */
  static start<N extends string>(
    machine: Machine,
    clients: Readonly<Record<N, ClientOrder["clients"][string]>>,
    options: ClientOptions = {},
  ): Client<N> {
    const { isUnprivileged = false, closes = true, ...rest } = options;
    const order: ClientOrder = { clients, ...rest };
    const line = [...isUnprivileged ? WITHOUT_PRIVILEGES : [], ...runtimeLine(PROGRAM, JSON.stringify(order))];
    return new Client(machine.start(line, { isParent: closes }));
  }

  /** All that it has reported. */
  get reports(): readonly ClientReport[] {
    if (this.#peer.stdoutBytes === this.#bytes) return this.#reports;
    const unread = this.#peer.stdout.subarray(this.#bytes);
    const whole = unread.subarray(0, unread.lastIndexOf(0x0a) + 1);
    this.#bytes += whole.length;
    for (const line of String(whole).split("\n").slice(0, -1)) this.#reports.push(JSON.parse(line));
    return this.#reports;
  }

  /** What a client of it said last. */
  statistics(name: N): PlainStatistics | undefined {
    return this.reports.at(-1)?.clients[name];
  }

  /** TAI as it read it, from a report on. */
  samples(fromReport = 0): TaiSample[] {
    return this.reports.slice(fromReport).flatMap(({ samples }) => samples);
  }

  /** Waits until a client of it is so; returns what it said then. */
  async until(name: N, isSo: (statistics: PlainStatistics) => boolean, what: string): Promise<PlainStatistics> {
    const holds = (): boolean => {
      const now = this.statistics(name);
      return now !== undefined && isSo(now);
    };
    try {
      await this.#peer.until(holds, `${name}: ${what}`);
    } catch (thrown) {
      throw new Error(`${(thrown as Error).message}; it last said ${JSON.stringify(this.statistics(name))}`);
    }
    return this.statistics(name)!;
  }

  /** Waits for a reading of its TAI. */
  async untilTai(isSo: (sample: TaiSample) => boolean, what: string): Promise<void> {
    const from = this.reports.length;
    const found = () => JSON.stringify(this.samples().slice(-3));
    try {
      await this.#peer.until(() => this.samples(from).some(isSo), what);
    } catch (thrown) {
      throw new Error(`${(thrown as Error).message}; it last read ${found()}`);
    }
  }

  /** Waits until it has ended by itself. */
  async finished(): Promise<void> {
    await this.#peer.finished();
  }

  /** Ends it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#peer[Symbol.asyncDispose]();
  }
}

/** The largest change of the error between two readings that follow each other, ns. */
export function largestJumpNs(samples: readonly TaiSample[]): number {
  return samples.slice(1).reduce(
    (largest, { trueErrorNs }, i) => Math.max(largest, Math.abs(trueErrorNs - samples[i].trueErrorNs)),
    0,
  );
}

/** An identity as statistics tell it, as 16 hexadecimal digits. */
export function hex(identity: string): string {
  return BigInt(identity).toString(16).padStart(16, "0");
}
