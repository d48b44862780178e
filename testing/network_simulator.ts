/**
 * A network in virtual time, for tests of what speaks a protocol of packets.
 *
 * It knows packets and instants only, no sockets: what is sent comes out later, late, twice or never, the same every
 * time for one seed. It has no bandwidth and no queue: a packet's delay does not depend on others.
 *
 * @module
 */

/** What {@linkcode NetworkSimulator} may be told. */
export interface NetworkSimulatorOptions {
  /** Chooses which packets are lost, doubled and delayed: an integer, 0 to 2^32 − 1. Default 1. */
  readonly seed?: number;
  /** Part of the packets that is lost, 0–1. Default 0. */
  readonly loss?: number;
  /** Part of the packets that arrives twice, each copy with a delay of its own, 0–1. Default 0. */
  readonly duplicate?: number;
  /** Least time on the way, ns. Default 0. */
  readonly delayNs?: number;
  /** Most that is added to `delayNs`, evenly spread, ns; packets less than this apart may change places. Default 0. */
  readonly jitterNs?: number;
}

/** A packet that has arrived. */
export interface SimulatedPacket {
  /** Its bytes; a copy of what was sent. */
  readonly data: Uint8Array;
  /** When it was sent, ns. */
  readonly sentNs: bigint;
  /** When it arrived, ns. */
  readonly arrivalNs: bigint;
  /** Number of the packet as sent, from 0; equal for both copies of a doubled one. */
  readonly index: number;
}

/** What a network has done so far. */
export interface NetworkSimulatorStats {
  /** Packets given to `send`. */
  readonly sent: number;
  /** Packets that never arrive. */
  readonly lost: number;
  /** Packets that arrive twice. */
  readonly duplicated: number;
  /** Packets given out by `receive`, copies included. */
  readonly delivered: number;
  /** Packets given out after one that was sent later. */
  readonly reordered: number;
}

/** Loses, doubles and delays packets, the same every time for one seed. */
export class NetworkSimulator {
  readonly #options: Required<NetworkSimulatorOptions>;
  readonly #under: SimulatedPacket[] = [];
  #random: number;
  #sent: number = 0;
  #lost: number = 0;
  #duplicated: number = 0;
  #delivered: number = 0;
  #reordered: number = 0;
  #latestIndex: number = -1;

  /**
   * Makes a network. Without options every packet arrives at once.
   *
   * @throws {RangeError} Naming the option that is out of range.
   */
  constructor(options: NetworkSimulatorOptions = {}) {
    const complete = { seed: 1, loss: 0, duplicate: 0, delayNs: 0, jitterNs: 0, ...options };
    checkRange("seed", complete.seed, 0, 2 ** 32 - 1);
    checkRange("loss", complete.loss, 0, 1);
    checkRange("duplicate", complete.duplicate, 0, 1);
    checkRange("delayNs", complete.delayNs, 0, Number.MAX_SAFE_INTEGER);
    checkRange("jitterNs", complete.jitterNs, 0, Number.MAX_SAFE_INTEGER);
    this.#options = complete;
    this.#random = complete.seed;
  }

  /**
   * Sends a packet.
   *
   * @param data Its bytes; they are copied.
   * @param atNs When it is sent, ns.
   */
  send(data: Uint8Array, atNs: bigint): void {
    const { loss, duplicate } = this.#options;
    const index = this.#sent++;
    if (this.#chance() < loss) {
      this.#lost++;
      return;
    }
    const isDoubled = this.#chance() < duplicate;
    if (isDoubled) this.#duplicated++;
    for (let copies = isDoubled ? 2 : 1; copies > 0; copies--) {
      this.#under.push({ data: data.slice(), sentNs: atNs, arrivalNs: atNs + this.#delayNs(), index });
    }
  }

  /**
   * Takes the packets that have arrived.
   *
   * @param nowNs Takes those with an arrival up to this instant, ns.
   * @returns The packets in the order of their arrival.
   */
  receive(nowNs: bigint): SimulatedPacket[] {
    const arrived = this.#under.filter(({ arrivalNs }) => arrivalNs <= nowNs);
    const rest = this.#under.filter(({ arrivalNs }) => arrivalNs > nowNs);
    this.#under.splice(0, this.#under.length, ...rest);
    arrived.sort((one, other) => Number(one.arrivalNs - other.arrivalNs) || one.index - other.index);
    for (const { index } of arrived) {
      this.#delivered++;
      if (index < this.#latestIndex) this.#reordered++;
      else this.#latestIndex = index;
    }
    return arrived;
  }

  /** What it has done so far. */
  stats(): NetworkSimulatorStats {
    return {
      sent: this.#sent,
      lost: this.#lost,
      duplicated: this.#duplicated,
      delivered: this.#delivered,
      reordered: this.#reordered,
    };
  }

  #delayNs(): bigint {
    const { delayNs, jitterNs } = this.#options;
    return BigInt(Math.round(delayNs + this.#chance() * jitterNs));
  }

  /** The next number of 0 to 1 (mulberry32, by Tommy Ettinger, in the public domain). */
  #chance(): number {
    this.#random = this.#random + 0x6d2b79f5 | 0;
    let mixed = Math.imul(this.#random ^ this.#random >>> 15, 1 | this.#random);
    mixed = mixed + Math.imul(mixed ^ mixed >>> 7, 61 | mixed) ^ mixed;
    return ((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32;
  }
}

function checkRange(name: string, value: number, min: number, max: number): void {
  if (Number.isFinite(value) && value >= min && value <= max) return;
  throw new RangeError(`Cannot make a network with ${name} ${value}: ${min} to ${max} is right`);
}
