/**
 * Which UDP port belongs to which networked output.
 *
 * @module
 */
import { isIPv6 } from "node:net";
import { StreamError } from "../errors.ts";
import { bindUdp, type BoundUdp, reasonOf } from "./udp_bind.ts";

/** First and last port that are given out unasked. */
const FIRST = 5004;
const LAST = 65_534;

/** A port that belongs to an output. */
export interface PortRecord {
  /** Whose it is: `TestPattern "bars-1" output video`. */
  readonly owner: string;
  /** Address under which others know it. */
  readonly host: string;
  /** The even UDP port; the odd one above it belongs to the same output, for RTCP (RFC 3550 section 11). */
  readonly port: number;
}

/** What {@linkcode PortRegistry.claim} is asked for. */
export interface PortRequest {
  /** Whose it will be: the output's `label`. */
  readonly owner: string;
  /** Address under which others know it, for the record; it may be a multicast group. */
  readonly host: string;
  /** Address of this machine on which both ports must be free. Default: every address of the family of `host`. */
  readonly bind?: string;
  /** An even port, 2–65534, that it must be. Default: the first free one from 5004 up. */
  readonly port?: number;
}

/** A port of one's own, until it is released. */
export interface PortLease extends PortRecord {
  /**
   * Closes the two sockets that keep others out, so that the owner can bind the ports itself. Call it just before that:
   * from then on another process, or another thread of this one, could be faster.
   */
  handOver(): Promise<void>;
  /** Gives the port back; does nothing the second time. Close your own sockets first. */
  release(): Promise<void>;
}

/** Range of the ports that are given out unasked. */
export interface PortRange {
  /** The first one, even. Default 5004. */
  readonly first?: number;
  /** The last one, even, at most 65534. Default 65534. */
  readonly last?: number;
}

/**
 * Gives out even UDP ports, each with the odd one above it, and knows who has which.
 *
 * No port is given out twice at a time. Whether a port is free is found out by binding both; these sockets stay open until
 * {@linkcode PortLease.handOver}, so no other thread or process can have it meanwhile. Each thread has a registry of its
 * own: between threads, as between processes, the sockets decide.
 */
export class PortRegistry {
  readonly #first: number;
  readonly #last: number;
  readonly #owners = new Map<number, PortRecord>();
  /** Streams to ports that somebody has named, by `host:port`. */
  readonly #named = new Map<string, PortRecord>();
  /** Claims of certain ports that are under way: a scan passes them by, without a record yet. */
  readonly #probed = new Map<number, PortRecord>();

  /**
   * Makes a registry; programs use {@linkcode udpPorts}.
   *
   * @param range Ports that are given out unasked.
   * @throws {RangeError} If the range is empty, or its ends are not even ports.
   */
  constructor(range: PortRange = {}) {
    const { first = FIRST, last = LAST } = range;
    if (!isEvenPort(first) || !isEvenPort(last) || first > last) {
      throw new RangeError(`Cannot give out UDP ports ${first} to ${last}: both must be even, from 2 to 65534`);
    }
    this.#first = first;
    this.#last = last;
  }

  /** Every port that is given out, lowest first. */
  list(): readonly PortRecord[] {
    return [...this.#owners.values(), ...this.#named.values()].sort((a, b) => a.port - b.port);
  }

  /**
   * Gives out the lowest free port, or the one that is asked for.
   *
   * @param request Whose it will be, and where.
   * @returns The port; its sockets are bound until `handOver()`.
   * @throws {StreamError} `resource` if the asked-for port is taken, naming who has it where that is known; if no port of
   * the range is free; or if the address is none of this machine. `option-invalid` if the asked-for port is odd or out of
   * range.
   */
  async claim(request: PortRequest): Promise<PortLease> {
    const { port } = request;
    if (port !== undefined) return await this.#claimAsked(request, port);
    for (let candidate = this.#first; candidate <= this.#last; candidate += 2) {
      if (this.#holderOf(candidate) || [...this.#named.values()].some(({ port }) => port === candidate)) continue;
      const bound = await this.#probe(request, candidate);
      if (!(bound instanceof Taken)) return this.#lease(request, candidate, bound);
    }
    throw new StreamError(
      "resource",
      `Cannot find a UDP port for ${request.owner}: no even port from ${this.#first} to ${this.#last} is free ` +
        "together with the one above it; stop what has them",
    );
  }

  /**
   * Puts a port of another machine, or of a group, on the list, which somebody has named: it is not tested, and may be odd.
   *
   * @param record Whose stream goes there.
   * @throws {StreamError} `resource` if another stream of this thread goes to the same host and port, naming it.
   */
  name(record: PortRecord): PortLease {
    const { owner, host, port } = record;
    const key = `${host} ${port}`;
    const holder = this.#named.get(key);
    if (holder) {
      throw new StreamError(
        "resource",
        `Cannot send ${owner} to ${host} port ${port}: ${holder.owner} goes there; give each stream a port of its own`,
      );
    }
    const own: PortRecord = { owner, host, port };
    this.#named.set(key, own);
    const release = (): Promise<void> => {
      if (this.#named.get(key) === own) this.#named.delete(key);
      return Promise.resolve();
    };
    return { ...own, handOver: () => Promise.resolve(), release };
  }

  async #claimAsked(request: PortRequest, port: number): Promise<PortLease> {
    const what = `Cannot give UDP port ${port} to ${request.owner}`;
    if (!isEvenPort(port)) {
      throw new StreamError("option-invalid", `${what}: an even port from 2 to 65534 is right, or leave it out`);
    }
    const remedy = "ask for another even port, or leave it out";
    const holder = this.#holderOf(port);
    if (holder) throw new StreamError("resource", `${what}: ${holder.owner} has it; ${remedy}`);
    const bound = await this.#probe(request, port);
    if (!(bound instanceof Taken)) return this.#lease(request, port, bound);
    const which = bound.port === port ? "it" : `${bound.port}, which it needs for RTCP,`;
    throw new StreamError(
      "resource",
      bound.isForbidden
        ? `${what}: this user may not bind ${bound.port}; ${remedy}`
        : `${what}: ${which} is bound by another program, or by this one without a claim; ${remedy}`,
    );
  }

  #holderOf(port: number): PortRecord | undefined {
    return this.#owners.get(port) ?? this.#probed.get(port);
  }

  /** Binds a port and the one above it. Throws where another port would be no better. */
  async #probe(request: PortRequest, port: number): Promise<readonly BoundUdp[] | Taken> {
    const address = request.bind ?? (isIPv6(request.host) ? "::" : "0.0.0.0");
    this.#probed.set(port, { owner: request.owner, host: request.host, port });
    const bound: BoundUdp[] = [];
    try {
      for (const one of [port, port + 1]) {
        const result = await bindUdp(address, one);
        if (typeof result !== "string") {
          bound.push(result);
          continue;
        }
        await Promise.all(bound.map((socket) => socket.close()));
        if (result === "EADDRINUSE" || result === "EACCES") return new Taken(one, result === "EACCES");
        throw new StreamError(
          "resource",
          `Cannot find a UDP port for ${request.owner}: ${address} cannot be bound: ${reasonOf(result)}`,
        );
      }
      return bound;
    } finally {
      this.#probed.delete(port);
    }
  }

  #lease({ owner, host }: PortRequest, port: number, bound: readonly BoundUdp[]): PortLease {
    const record: PortRecord = { owner, host, port };
    this.#owners.set(port, record);
    let closing: Promise<void> | undefined;
    const handOver = (): Promise<void> => closing ??= Promise.all(bound.map((socket) => socket.close())).then(() => {});
    const release = async (): Promise<void> => {
      await handOver();
      if (this.#owners.get(port) === record) this.#owners.delete(port);
    };
    return { ...record, handOver, release };
  }
}

/** A port that is not free. */
class Taken {
  readonly port: number;
  readonly isForbidden: boolean;

  constructor(port: number, isForbidden: boolean) {
    this.port = port;
    this.isForbidden = isForbidden;
  }
}

function isEvenPort(port: number): boolean {
  return Number.isInteger(port) && port >= 2 && port <= LAST && port % 2 === 0;
}

const KEY = Symbol.for("@streamlib/core/udp-ports/1");
const shared = globalThis as { [KEY]?: PortRegistry };

/** The ports of this thread, from 5004 up, shared by all copies of this package. */
export const udpPorts: PortRegistry = shared[KEY] ??= new PortRegistry();
