/**
 * `streamlib ptp`: follows a PTP master, or looks at what another process follows, and shows how well.
 *
 * @module
 */
import { networkInterfaces } from "node:os";
import process from "node:process";
import type { Command, Screen } from "./command.ts";
import { chooseInterface, PTP_OPTIONS, type PtpArguments, ptpArguments } from "./ptp/ptp_arguments.ts";
import { openSession, type PtpSession, watchSession } from "./ptp/ptp_session.ts";
import { showSession } from "./ptp/ptp_show.ts";

/** Exit code 0 when it was ended, 1 if PTP cannot be listened to, 2 for options that cannot be. */
export const ptp: Command = {
  name: "ptp",
  summary: "Follow a PTP master: masters, state, offsets, live",
  options: PTP_OPTIONS,
  async run(given, _positionals, screen: Screen) {
    const read = ptpArguments(given);
    if (typeof read === "string") {
      screen.err(`Cannot run ptp: ${read}; see streamlib ptp --help`);
      return 2;
    }
    const session = await sessionOf(read, screen);
    if (!session) return 2;
    const stop = new AbortController();
    const end = (): void => stop.abort();
    process.on("SIGINT", end);
    process.on("SIGTERM", end);
    // A reader that has gone, such as head, wants no more.
    process.stdout.on("error", end);
    try {
      await showSession(session, screen, { ...read, stop: stop.signal });
      return 0;
    } finally {
      process.off("SIGINT", end);
      process.off("SIGTERM", end);
      session.close();
    }
  },
};

/** Without a word on what to follow, the client of another process is looked at if there is one. */
async function sessionOf({ client, isOwn }: PtpArguments, screen: Screen): Promise<PtpSession | undefined> {
  const other = isOwn ? undefined : await watchSession();
  if (other || client.interface !== undefined) return other ?? await openSession(client);
  const chosen = chooseInterface(networkInterfaces());
  if ("name" in chosen) return await openSession({ ...client, interface: chosen.name });
  screen.err(`Cannot run ptp: ${chosen.problem}`);
  return undefined;
}
