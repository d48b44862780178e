/**
 * Two machines on two networks, as network namespaces of Linux joined by two pairs of virtual interfaces.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import process from "node:process";
import { Peer } from "./peer.ts";

/** Interfaces: those of the left machine, and those of the right one at their other ends. */
const PAIRS = [["left0", "right0"], ["left1", "right1"]] as const;

/** Addresses of the left machine on the first network: it has two. */
export const LEFT = { ipv4: "10.77.0.1", otherIpv4: "10.77.0.3", ipv6: "fd00:77::1" };

/** Two machines; removed when disposed of. */
export class Network {
  /** Namespace of the machine that sends. */
  readonly left: string;
  /** Namespace of the machine that receives. */
  readonly right: string;

  private constructor(name: string) {
    this.left = `${name}l`;
    this.right = `${name}r`;
  }

  /** Makes them. @throws If that is not permitted. */
  static make(): Network {
    const network = new Network(`streamlib${process.pid}`);
    try {
      network.#build();
    } catch (thrown) {
      network[Symbol.dispose]();
      throw thrown;
    }
    return network;
  }

  /** Starts a program on a machine. */
  start(machine: string, program: string, given: readonly string[]): Peer {
    return new Peer("ip", ["netns", "exec", machine, program, ...given]);
  }

  /** Runs a program on a machine, and returns what it printed. */
  run(machine: string, ...line: readonly string[]): string {
    return ip("netns", "exec", machine, ...line);
  }

  #build(): void {
    const { left, right } = this;
    for (const machine of [left, right]) {
      ip("netns", "add", machine);
      ip("-n", machine, "link", "set", "lo", "up");
    }
    for (const [i, [here, there]] of PAIRS.entries()) {
      ip("link", "add", here, "netns", left, "type", "veth", "peer", "name", there, "netns", right);
      for (const [machine, name, host] of [[left, here, 1], [right, there, 2]] as const) {
        ip("-n", machine, "address", "add", `10.${77 + i}.0.${host}/24`, "dev", name);
        ip("-n", machine, "address", "add", `fd00:${77 + i}::${host}/64`, "dev", name, "nodad");
        ip("-n", machine, "link", "set", name, "up");
      }
    }
    ip("-n", left, "address", "add", `${LEFT.otherIpv4}/24`, "dev", PAIRS[0][0]);
    for (const [machine, name] of [[left, PAIRS[0][0]], [right, PAIRS[0][1]]]) {
      ip("-n", machine, "route", "add", "224.0.0.0/4", "dev", name);
    }
  }

  /** Removes them. */
  [Symbol.dispose](): void {
    for (const machine of [this.left, this.right]) spawnSync("ip", ["netns", "delete", machine]);
  }
}

function ip(...given: readonly string[]): string {
  const done = spawnSync("ip", given, { encoding: "utf8" });
  if (done.status === 0) return done.stdout;
  throw new Error(`"ip ${given.join(" ")}" failed: ${done.stderr || done.stdout || done.error?.message}`);
}
