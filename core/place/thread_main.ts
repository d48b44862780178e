/**
 * Entry of a worker thread that is a place.
 *
 * @module
 */
import process from "node:process";
import { parentPort, workerData } from "node:worker_threads";
import { PlaceHost } from "./place_host.ts";
import type { ToPlace } from "./protocol.ts";

const { name, isRealTime } = workerData as { name: string; isRealTime: boolean };
const port = parentPort!;
const host = new PlaceHost((message) => port.postMessage(message), {
  name,
  isRealTime,
  check: (value) => void structuredClone(value),
  exit: () => process.exit(0),
});
port.on("message", (message: ToPlace) => host.receive(message));
