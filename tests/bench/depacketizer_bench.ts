/**
 * Packets of a stream of ST 2110-20, recorded in memory, into frames: Gbit/s that one core takes apart, beside memcpy
 * of the same bytes.
 *
 * 1080p59.94, 4:2:2 of 10 bits. Everything that a receiver's thread does with a datagram is in it, but for the calls of
 * the system. Gbit/s are of RTP, by the CPU time of the thread. The code is given all of its memory before it begins
 * and has no allocator; pages that the process was given while it ran would show one that was overlooked.
 *
 * @module
 */
import { report } from "./figure.ts";
import { runStreamProgram } from "./stream_program.ts";

/** What the program prints. */
interface Depacketized {
  readonly case: string;
  readonly frames: number;
  readonly complete: number;
  readonly octets: number;
  readonly cpuNs: number;
  readonly copyNs: number;
  readonly faults: number;
}

const bench = "depacketizer";
for (const one of runStreamProgram<Depacketized>("depacketizer")) {
  const { frames, complete, octets, cpuNs, copyNs, faults } = one;
  const name = one.case;
  report({ bench, case: name, value: (8 * octets) / cpuNs, unit: "Gbit/s", peer: "memcpy", ratio: copyNs / cpuNs });
  report({ bench, case: `${name}: CPU per frame`, value: cpuNs / 1e6 / frames, unit: "ms" });
  const [unit, limit] = ["frames", 0];
  const value = frames - complete;
  report({ bench, case: `${name}: frames not whole of ${frames}`, value, unit, limit, ok: value === 0 });
  report({ bench, case: `${name}: pages taken`, value: faults, unit: "pages", limit, ok: faults === 0 });
}
