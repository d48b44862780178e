/**
 * The socket of this program.
 *
 * @module
 */
import { chmodSync, lstatSync, unlinkSync } from "node:fs";
import type { Server, Socket } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { setImmediate as nextTurn } from "node:timers/promises";
import { messageOf } from "../errors.ts";
import { openProgramFolder } from "./folder.ts";
import { VISITORS_MAX } from "./protocol.ts";

type Net = typeof import("node:net");

const sockets = new Set<Socket>();

/**
 * Listens at `PID.sock` in the first folder of the user's that can be used, until the process ends. Does not keep the
 * process alive. What answers is not loaded before somebody asks.
 *
 * @returns Why it cannot; `undefined` if it does.
 */
export async function listenForVisitors(): Promise<string | undefined> {
  try {
    const opened = openProgramFolder();
    if ("problem" in opened) return opened.problem;
    const path = join(opened.folder, `${process.pid}.sock`);
    const net = await import("node:net");
    // Loading it takes some milliseconds: what else is due comes between.
    await nextTurn();
    await removeStale(net, path);
    await listenAt(net, path);
    removeAtExit(path);
    return undefined;
  } catch (thrown) {
    return messageOf(thrown);
  }
}

function listenAt({ createServer }: Net, path: string): Promise<void> {
  const server = createServer((socket) => void receive(socket));
  server.unref();
  return new Promise((resolve, reject) => {
    server.on("error", reject);
    server.listen(path, () => {
      stayOpen(server);
      chmodSync(path, 0o600);
      resolve();
    });
  });
}

/** Of an error that comes later, the programs of the user that looks learn by not being answered. */
function stayOpen(server: Server): void {
  server.unref();
  server.removeAllListeners("error").on("error", () => {});
}

async function receive(socket: Socket): Promise<void> {
  socket.unref();
  socket.on("error", () => {});
  const isWelcome = sockets.size < VISITORS_MAX;
  if (isWelcome) {
    sockets.add(socket);
    socket.on("close", () => void sockets.delete(socket));
  }
  const { Visitor } = await import("./visitor.ts");
  if (socket.destroyed) return;
  const visitor = new Visitor(socket);
  if (isWelcome) visitor.welcome();
  else visitor.turnAway();
}

/** What an earlier process of this number has left. */
async function removeStale({ connect }: Net, path: string): Promise<void> {
  if (!exists(path)) return;
  if (await isHeard(connect(path))) throw new Error(`${path} is another program's, perhaps one of another container`);
  unlinkSync(path);
}

function isHeard(socket: Socket): Promise<boolean> {
  return new Promise((resolve) => {
    socket.unref();
    const end = (heard: boolean): void => {
      socket.destroy();
      resolve(heard);
    };
    socket.on("connect", () => end(true)).on("error", () => end(false));
  });
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function removeAtExit(path: string): void {
  const { ino } = lstatSync(path);
  process.on("exit", () => {
    try {
      if (lstatSync(path).ino === ino) unlinkSync(path);
    } catch {
      // Somebody else has removed it.
    }
  });
}
