/**
 * A machine of its own on this one: Linux namespaces for its network, its processes, its mounts and its `/dev/shm`.
 *
 * No program on it may set a clock: clocks are the same for all namespaces, so that would be the clock of this machine.
 * Everything on it ends when it is disposed of and when the process that made it ends, however that happens.
 *
 * @module
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { Peer, type PeerOptions } from "../integration/st2110/peer.ts";
import { hasProgram, isRoot, reportAbsence } from "../needs.ts";

const NAMESPACES = ["--net", "--pid", "--fork", "--mount", "--mount-proc"];
/** The first process of a machine: it waits for the end of its input, and with it all others end. */
const FIRST = "mount -t tmpfs machine /dev/shm && echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad" +
  " && ip link set lo up && echo ready && exec cat";
const WITHOUT_CLOCKS = ["--bounding-set=-sys_time", "--inh-caps=-sys_time"];

/** Whether machines can be made here; says it as an absence if not. */
export function canMakeMachines(purpose: string): boolean {
  const programs = ["ip", "unshare", "nsenter", "setpriv"];
  if (!isRoot(purpose) || !programs.every((name) => hasProgram(name, purpose))) return false;
  const made = spawnSync("unshare", [...NAMESPACES, "sh", "-c", "ip link add name eth0 type veth"], {
    encoding: "utf8",
  });
  if (made.status === 0) return true;
  reportAbsence(`namespaces and virtual Ethernet: ${purpose} (${(made.stderr ?? "").trim()})`);
  return false;
}

/** A machine; ended when it is disposed of. */
export class Machine {
  /** What messages call it. */
  readonly name: string;
  readonly #holder: ChildProcess;
  /** Its first process, as this machine numbers it. */
  readonly #first: number;

  private constructor(name: string, holder: ChildProcess, first: number) {
    this.name = name;
    this.#holder = holder;
    this.#first = first;
  }

  /** Makes one without any network but its own loopback. @throws If that is not permitted. */
  static async make(name: string): Promise<Machine> {
    const given = [...WITHOUT_CLOCKS, "unshare", ...NAMESPACES, "sh", "-c", FIRST];
    const holder = spawn("setpriv", given, { stdio: ["pipe", "pipe", "pipe"] });
    let stderr = "";
    holder.stderr!.on("data", (chunk) => stderr += chunk);
    await new Promise<void>((resolve, reject) => {
      holder.stdout!.once("data", () => resolve());
      holder.once("error", reject);
      holder.once("close", () => reject(new Error(`Cannot make machine "${name}": ${stderr}`)));
    });
    return new Machine(name, holder, firstChildOf(holder.pid!));
  }

  /** A process in its network namespace, for the likes of `ip link set eth0 netns PID`. */
  get pid(): number {
    return this.#first;
  }

  /** A command line that runs a program on it. @param deathSignal What the program gets when its starter is killed. */
  command(line: readonly string[], deathSignal: "KILL" | "TERM" = "KILL"): string[] {
    const enter = ["nsenter", "--target", String(this.#first), "--net", "--pid", "--mount"];
    return [...enter, "setpriv", ...WITHOUT_CLOCKS, "--pdeathsig", deathSignal, ...line];
  }

  /** Starts a program on it. */
  start(line: readonly string[], options: PeerOptions = {}): Peer {
    const [program, ...given] = this.command(line, options.isParent ? "TERM" : "KILL");
    return new Peer(program, given, options);
  }

  /** Runs a program on it, and returns what it printed. @throws If it fails. */
  run(line: readonly string[], input = ""): string {
    const [program, ...given] = this.command(line);
    const done = spawnSync(program, given, { encoding: "utf8", input });
    if (done.status === 0) return done.stdout;
    throw new Error(`"${line.join(" ")}" failed on ${this.name}: ${done.stderr || done.stdout || done.error?.message}`);
  }

  /** Writes a file that only it has. @returns The path of the file on it. */
  write(name: string, text: string): string {
    const path = `/dev/shm/${name}`;
    this.run(["sh", "-c", `cat > ${path}`], text);
    return path;
  }

  /**
   * Ends it and everything on it. When its first process ends, the kernel kills the others; not waited for is that
   * somebody has noticed, which takes a second where the init of this machine is slow.
   */
  [Symbol.dispose](): void {
    const { stdin, stdout, stderr } = this.#holder;
    stdin!.end();
    for (const stream of [stdout, stderr]) stream!.destroy();
    this.#holder.unref();
  }
}

function firstChildOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ")[0]);
}
