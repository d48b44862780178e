/**
 * Machines on one network, of cables or with a switch that knows nothing of PTP.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { Machine } from "./machine.ts";

/** The network interface of a machine. */
export const INTERFACE = "eth0";

/** One machine at a network. */
export interface Station {
  readonly machine: Machine;
  readonly ipv4: string;
  readonly ipv6: string;
  /** The clock identity that PTP makes of its MAC address, 16 hexadecimal digits. */
  readonly identity: string;
}

/**
 * How machines are joined: each to the first one by a cable of its own, which then has several interfaces, `eth0`,
 * `eth1` …; or all to a switch. What goes through a switch waits there for the kernel's turn, so stamps scatter more.
 */
export type Shape = "star" | "switch";

/** Machines by name; all but the first one of a star have one interface. Ended when it is disposed of. */
export class Network<N extends string> {
  readonly #machines: Machine[] = [];
  readonly #stations = new Map<N, Station>();

  private constructor() {}

  /** Makes it. @throws If that is not permitted. */
  static async make<N extends string>(names: readonly N[], shape: Shape = "star"): Promise<Network<N>> {
    const network = new Network<N>();
    try {
      await network.#build(names, shape);
    } catch (thrown) {
      network[Symbol.dispose]();
      throw thrown;
    }
    return network;
  }

  /** A machine of it. */
  at(name: N): Station {
    return this.#stations.get(name)!;
  }

  async #build(names: readonly N[], shape: Shape): Promise<void> {
    for (const [i, name] of names.entries()) {
      const machine = await this.#make(name);
      const host = (i + 1).toString(16).padStart(2, "0");
      const [ipv4, ipv6] = [`10.88.0.${i + 1}`, `fd00:88::${i + 1}`];
      this.#stations.set(name, { machine, ipv4, ipv6, identity: `020000fffe8800${host}` });
    }
    const all = names.map((name) => this.at(name));
    const [first, ...others] = all;
    if (shape === "switch") await this.#joinBySwitch(all);
    for (const [i, other] of others.entries()) {
      if (shape === "star") link(first.machine, `eth${i}`, other.machine, INTERFACE);
      setUp(other, INTERFACE);
    }
    const count = shape === "star" ? others.length : 1;
    for (let i = 0; i < count; i++) setUp(first, `eth${i}`, i);
  }

  async #joinBySwitch(stations: readonly Station[]): Promise<void> {
    const fabric = await this.#make("switch");
    fabric.run(["ip", "link", "add", "br0", "type", "bridge", "mcast_snooping", "0", "forward_delay", "0"]);
    fabric.run(["ip", "link", "set", "br0", "up"]);
    for (const [i, { machine }] of stations.entries()) {
      link(machine, INTERFACE, fabric, `port${i}`);
      fabric.run(["ip", "link", "set", `port${i}`, "master", "br0", "up"]);
    }
  }

  async #make(name: string): Promise<Machine> {
    const machine = await Machine.make(name);
    this.#machines.push(machine);
    return machine;
  }

  /** Ends all machines. */
  [Symbol.dispose](): void {
    for (const machine of this.#machines) machine[Symbol.dispose]();
  }
}

/** Gives an interface its addresses; only the first one, number 0, has IP addresses that others know. */
function setUp({ machine, ipv4, ipv6, identity }: Station, name: string, number = 0): void {
  const mac = `02:00:00:88:${number.toString(16).padStart(2, "0")}:${identity.slice(-2)}`;
  machine.run(["ip", "link", "set", name, "address", mac, "up"]);
  machine.run(["ip", "address", "add", number === 0 ? `${ipv4}/24` : `10.89.${number}.1/24`, "dev", name]);
  if (number === 0) machine.run(["ip", "address", "add", `${ipv6}/64`, "dev", name, "nodad"]);
}

/** A cable between two machines. */
function link(here: Machine, name: string, there: Machine, otherName: string): void {
  const end = (machine: Machine, one: string) => [one, "netns", String(machine.pid)];
  const given = ["link", "add", ...end(here, name), "type", "veth", "peer", "name", ...end(there, otherName)];
  const done = spawnSync("ip", given, { encoding: "utf8" });
  if (done.status !== 0) throw new Error(`"ip ${given.join(" ")}" failed: ${done.stderr}`);
}
