/**
 * Who disciplines this machine's own clock: a guess from what runs.
 *
 * The kernel knows whether its clock is disciplined and not by whom. A daemon of another container is not seen.
 *
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";

/** Programs that discipline the kernel's clock. */
export type TaiDaemon = "phc2sys" | "chronyd" | "ntpd" | "systemd-timesyncd" | "ptp4l";

/**
 * In the order in which one of several is the one: ptp4l sets the kernel's clock only if there is nobody else, else that
 * of a network card. The kernel keeps 15 letters of a name.
 */
const DAEMONS: readonly (readonly [command: string, daemon: TaiDaemon])[] = [
  ["phc2sys", "phc2sys"],
  ["chronyd", "chronyd"],
  ["ntpd", "ntpd"],
  ["systemd-timesyn", "systemd-timesyncd"],
  ["ptp4l", "ptp4l"],
];

/** Which of the programs with these names, as /proc/PID/comm has them, disciplines the clock. */
export function daemonAmong(commands: readonly string[]): TaiDaemon | undefined {
  const running = new Set(commands.map((command) => command.trim()));
  return DAEMONS.find(([command]) => running.has(command))?.[1];
}

/** Names of all programs of this machine that this process may see; none where there is no /proc. */
export function runningCommands(root = "/proc"): readonly string[] {
  let names: readonly string[];
  try {
    names = readdirSync(root);
  } catch {
    return [];
  }
  return names.filter((name) => /^\d+$/.test(name)).flatMap((pid) => {
    try {
      return [readFileSync(`${root}/${pid}/comm`, "utf8")];
    } catch {
      // It has ended meanwhile.
      return [];
    }
  });
}
