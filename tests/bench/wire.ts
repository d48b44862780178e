/**
 * Two machines with a wire between them on which each datagram is a packet of its own: network namespaces, whose virtual
 * interfaces do what most network cards do. The sender's cannot cut runs of datagrams, so the system cuts each before the
 * interface has it; the receiver's gives packets to the system one by one, which joins them again for a socket that
 * takes runs (GRO).
 *
 * A pair of virtual interfaces joins packets only if the sender's does not cut those of TCP either.
 *
 * @module
 */
import { type ChildProcessByStdio, spawn, spawnSync } from "node:child_process";
import process from "node:process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Network } from "../integration/st2110/network.ts";

const LEFT_INTERFACE = "left0";
const RIGHT_INTERFACE = "right0";
const RIGHT_ADDRESS = "10.77.0.2";
const PORT = 25_876;
/** The statistics of a receiver are renewed ten times in a second. */
const SETTLE_MS = 250;
const PROGRAM = fileURLToPath(new URL("wire_program.ts", import.meta.url));

/** What an end of a stream says of itself. */
export interface EndCost {
  /** CPU time of its process per frame that it sent or received, ms. */
  readonly processMs: number;
  /** Of its native thread. */
  readonly threadMs: number;
  /** Part of the packets that it lost. */
  readonly lostShare: number;
}

/** Where programs run, and what they send to. */
export interface Place {
  /** Before the line of a program that sends. */
  readonly sending: readonly string[];
  /** Before the line of one that receives. */
  readonly receiving: readonly string[];
  /** Of the receiver. */
  readonly address: string;
}

/** The wire; gone when it is disposed of. */
export class Wire {
  readonly #network: Network;
  /** For programs of others. */
  readonly place: Place;

  private constructor(network: Network) {
    this.#network = network;
    const at = (machine: string): string[] => ["ip", "netns", "exec", machine];
    this.place = { sending: at(network.left), receiving: at(network.right), address: RIGHT_ADDRESS };
  }

  /** Makes it. @returns Why not, where it cannot be made. */
  static make(): Wire | string {
    if (process.getuid?.() !== 0) return "this is not root";
    if (spawnSync("ethtool", ["--version"]).status !== 0) return "ethtool is missing";
    const network = Network.make();
    try {
      network.run(network.left, "ethtool", "-K", LEFT_INTERFACE, "tso", "off", "tx-udp-segmentation", "off");
      network.run(network.right, "ethtool", "-K", RIGHT_INTERFACE, "gro", "on");
    } catch (thrown) {
      network[Symbol.dispose]();
      return thrown instanceof Error ? thrown.message : String(thrown);
    }
    return new Wire(network);
  }

  /** Sends 1080p as fast as it goes, and gives what both ends took. */
  async rush(warmUp: number, frames: number): Promise<{ readonly sender: EndCost; readonly receiver: EndCost }> {
    const receiver = new End(this.place.receiving, ["receive", RIGHT_ADDRESS, PORT]);
    let sender: End | undefined;
    try {
      await receiver.said();
      sender = new End(this.place.sending, ["send", RIGHT_ADDRESS, PORT, warmUp, frames]);
      await sender.said();
      await sleep(SETTLE_MS);
      receiver.goOn();
      await receiver.said();
      sender.goOn();
      const sent = JSON.parse(await sender.said());
      await sleep(SETTLE_MS);
      receiver.goOn();
      return { sender: sent, receiver: JSON.parse(await receiver.said()) };
    } finally {
      sender?.kill();
      receiver.kill();
    }
  }

  /** Removes it. */
  [Symbol.dispose](): void {
    this.#network[Symbol.dispose]();
  }
}

/** A process that is an end of a stream. It goes on when it is told to, and says a line when it has. */
class End {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #line: string;
  readonly #lines: AsyncIterator<string>;

  constructor(place: readonly string[], given: readonly (string | number)[]) {
    const run = process.versions.bun ? ["run"] : ["run", "-A"];
    const [program, ...rest] = [...place, process.execPath, ...run, PROGRAM, ...given.map(String)];
    this.#line = [program, ...rest].join(" ");
    this.#child = spawn(program, rest, { stdio: ["pipe", "pipe", "inherit"] });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** Has it go on. */
  goOn(): void {
    this.#child.stdin.write("\n");
  }

  /** What it says next. */
  async said(): Promise<string> {
    const { value, done = false } = await this.#lines.next();
    if (done) throw new Error(`Cannot measure on a wire: "${this.#line}" has ended`);
    return value;
  }

  /** Ends it. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }
}
