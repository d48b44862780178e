/**
 * Entry of a child process that is a place.
 *
 * @module
 */
import process from "node:process";
import { leaveAttachToHome } from "../attach/attach.ts";
import { loadNative } from "../native.ts";
import { PlaceHost } from "./place_host.ts";
import { checkForProcess } from "./process_message.ts";
import type { ToPlace } from "./protocol.ts";

const { name, isRealTime, parentPid } = JSON.parse(process.argv[2]) as {
  name: string;
  isRealTime: boolean;
  parentPid: number;
};

leaveAttachToHome();
// The terminal sends it to all processes; home asks this one to stop its actors.
process.on("SIGINT", () => {});
process.on("disconnect", () => process.exit(0));
const host = new PlaceHost((message) => void process.send!(message), {
  name,
  isRealTime,
  check: checkForProcess,
  exit: () => process.exit(0),
});
process.on("message", (message: ToPlace) => host.receive(message));
const { library } = await loadNative();
library?.native.exitWithParent(parentPid);
