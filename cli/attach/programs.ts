/**
 * The running programs of this user.
 *
 * @module
 */
import { folderProblem, programFolders, type ProgramHello } from "@streamlib/core";
import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { type Column, tableLines } from "./columns.ts";
import { type Connection, ConnectionError, connectTo } from "./connection.ts";

/** How long a program may take to say hello, ms. */
const HELLO_MS = 2000;
/** A socket that was made just now may not be listened to yet. */
const NEW_MS = 5000;
const COLUMNS: readonly Column[] = [
  { head: "PID", align: "right" },
  { head: "SINCE (UTC)", align: "left" },
  { head: "RUNTIME", align: "left" },
  { head: "COMMAND", align: "left" },
];
const SOCKET = /^(\d+)\.sock$/;

/** One that answers. */
export interface Program {
  /** Its socket. */
  readonly path: string;
  /** What it says of itself. */
  readonly hello: ProgramHello;
}

/** What there is. */
export interface Programs {
  /** By process number. */
  readonly programs: readonly Program[];
  /** Why there may be more: folders that must not be used, programs that do not answer. */
  readonly problems: readonly string[];
}

/** Looks for programs, and removes the sockets of those that have died. */
export async function findPrograms(): Promise<Programs> {
  const problems: string[] = [];
  const found: Program[] = [];
  const looks = socketsOf(problems).map(async (path) => {
    try {
      const connection = await connectTo(path, HELLO_MS);
      found.push({ path, hello: connection.hello });
      connection.close();
    } catch (thrown) {
      if (!(thrown instanceof ConnectionError)) throw thrown;
      if (thrown.kind !== "stale") problems.push(thrown.message);
      else if (isDead(path)) rmSync(path, { force: true });
    }
  });
  await Promise.all(looks);
  return { programs: found.sort((a, b) => a.hello.pid - b.hello.pid), problems };
}

/**
 * The program with this process number, or the only one that runs.
 *
 * @param pid Its process; absent if only one runs.
 * @param found What {@linkcode findPrograms} gave just now; it is asked if this is absent.
 * @throws {ConnectionError} If there is none, or more than one without a number.
 */
export async function attach(pid: number | undefined, found?: Programs): Promise<Connection> {
  const { programs, problems } = found ?? await findPrograms();
  const fitting = pid === undefined ? programs : programs.filter(({ hello }) => hello.pid === pid);
  if (fitting.length === 1) return await connectTo(fitting[0].path, HELLO_MS);
  if (fitting.length > 1) {
    throw new ConnectionError(["Several programs run; choose one with --pid:", ...programLines(programs)].join("\n"));
  }
  throw new ConnectionError([nothingRuns(pid), ...problems].join("\n"));
}

/** Why nothing is shown, and what can be done. */
export function nothingRuns(pid?: number): string {
  const what = pid === undefined ? "No streamlib program of this user runs" : `No streamlib program has process ${pid}`;
  return `${what}, or it does not let itself be looked at: it must have an actor, and on Deno run with -A`;
}

/** A table: process number, start, runtime, command. */
export function programLines(programs: readonly Program[]): string[] {
  const rows = programs.map(({ hello: { pid, startedAt, runtime, argv } }) => [
    String(pid),
    startedAt.slice(0, 19).replace("T", " "),
    runtime,
    argv.slice(1).join(" "),
  ]);
  return tableLines(COLUMNS, rows);
}

function socketsOf(problems: string[]): string[] {
  return programFolders().flatMap((folder) => {
    const problem = folderProblem(folder);
    if (problem !== undefined) {
      problems.push(`Cannot look into ${folder}: ${problem}`);
      return [];
    }
    try {
      return readdirSync(folder).filter((name) => SOCKET.test(name)).map((name) => join(folder, name));
    } catch (thrown) {
      if ((thrown as { code?: unknown }).code !== "ENOENT") problems.push(`Cannot look into ${folder}: ${thrown}`);
      return [];
    }
  });
}

/** Nobody listens: has the process ended, or is it about to listen? */
function isDead(path: string): boolean {
  const pid = Number(SOCKET.exec(path.slice(path.lastIndexOf("/") + 1))![1]);
  try {
    process.kill(pid, 0);
  } catch (thrown) {
    if ((thrown as { code?: unknown }).code === "ESRCH") return true;
  }
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats !== undefined && Date.now() - stats.mtimeMs > NEW_MS;
}
