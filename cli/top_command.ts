/**
 * `streamlib top`: what a running program does, live.
 *
 * @module
 */
import type { ProgramLook } from "@streamlib/core";
import process from "node:process";
import { PID_OPTION, pidOf } from "./attach/attach_arguments.ts";
import type { Connection } from "./attach/connection.ts";
import { untilInterrupted } from "./attach/interrupt.ts";
import { attach, findPrograms, nothingRuns, programLines, type Programs } from "./attach/programs.ts";
import { COLOURED, PLAIN, topLines } from "./attach/top_view.ts";
import type { Command, Screen } from "./command.ts";
import { durationMs } from "./pipeline/units.ts";

const EVERY_MS = 1000;
/** For the rates of a single picture. */
const ONCE_MS = 500;

/** Exit code 0 when it was ended or the program has, 1 if no program can be looked at, 2 for options that cannot be. */
export const top: Command = {
  name: "top",
  summary: "Watch a running program: actors, links, rates, losses",
  options: {
    pid: PID_OPTION,
    list: { kind: "flag", description: "List the programs that run" },
    every: { kind: "text", value: "TIME", description: "Time between two looks: 1s (default), 200ms; 100ms to 60s" },
    once: { kind: "flag", description: "Look once" },
    json: { kind: "flag", description: "Write JSON: an object for each look" },
  },
  async run(given, _positionals, screen: Screen) {
    const pid = pidOf(given.pid);
    if (typeof pid === "string") return refuse(screen, pid);
    const everyMs = given.every === undefined ? EVERY_MS : durationMs(given.every as string);
    if (everyMs === undefined || everyMs < 100 || everyMs > 60_000) {
      return refuse(screen, `--every ${given.every}: 100ms to 60s is right`);
    }
    const found = await findPrograms();
    if (given.list === true) return list(found, given.json === true, screen);
    if (pid === undefined && found.programs.length > 1) {
      list(found, given.json === true, screen);
      screen.err("Several programs run; choose one with --pid");
      return 1;
    }
    const connection = await attach(pid, found);
    try {
      const shown = { isOnce: given.once === true, isJson: given.json === true, everyMs };
      return await untilInterrupted(() => connection.close(), () => watch(connection, shown, screen));
    } finally {
      connection.close();
    }
  },
};

interface Shown {
  readonly isOnce: boolean;
  readonly isJson: boolean;
  readonly everyMs: number;
}

async function watch(connection: Connection, { isOnce, isJson, everyMs }: Shown, screen: Screen): Promise<number> {
  const { hello } = connection;
  const redraw = isOnce || isJson ? undefined : screen.redraw;
  const paint = redraw && !process.env.NO_COLOR ? COLOURED : PLAIN;
  connection.ask({ ask: "watch", everyMs: isOnce ? ONCE_MS : everyMs });
  let before: ProgramLook | undefined;
  await connection.untilOver(async () => {
    for (;;) {
      const answer = await connection.next();
      if (answer.type !== "look") continue;
      const { look } = answer;
      if (isJson) screen.out(JSON.stringify({ pid: hello.pid, ...look }));
      else if (redraw) redraw(topLines(hello, look, before, paint));
      // The first look has no rates: where it would stay, it is not shown.
      else if (before) { for (const line of [...topLines(hello, look, before), ""]) screen.out(line); }
      if (isOnce && (isJson || before)) return;
      before = look;
    }
  }, (message) => screen.err(message));
  return 0;
}

function list({ programs, problems }: Programs, isJson: boolean, screen: Screen): number {
  for (const problem of problems) screen.err(problem);
  if (isJson) screen.out(JSON.stringify(programs.map(({ hello }) => hello)));
  else for (const line of programLines(programs)) screen.out(line);
  if (programs.length === 0) screen.err(nothingRuns());
  return programs.length === 0 ? 1 : 0;
}

function refuse(screen: Screen, why: string): number {
  screen.err(`Cannot run top: ${why}; see streamlib top --help`);
  return 2;
}
