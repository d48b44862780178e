/**
 * Looking at PTP: through a client of this process, or at what the one of another process tells.
 *
 * @module
 */
import { loadNative, type NativeLibrary, PtpClient, type PtpOptions, StreamError } from "@streamlib/core";
import process from "node:process";
import type { PtpLook, PtpStatistics, TaiLook } from "./ptp_look.ts";

/** Something to look at. */
export interface PtpSession {
  /** All there is to see now. */
  look(): PtpLook;
  /** Ends it; takes at most 100 ms. */
  close(): void;
}

/**
 * Opens a client.
 *
 * @param options What to follow; `interface` is named.
 * @throws {StreamError} Rejects as {@linkcode PtpClient.open}.
 */
export async function openSession(options: PtpOptions): Promise<PtpSession> {
  const client = await PtpClient.open(options);
  const { native } = await nativeOrError();
  const mode = options.disciplines === false ? "observe" : "follow";
  const place = placeOf(client.options);
  return {
    look: () => ({
      mode,
      pid: process.pid,
      place,
      tai: taiLook(native),
      statistics: client.stats(),
      masters: client.masters(),
      histogram: client.histogram(),
    }),
    close: () => client.close(),
  };
}

/** Looks at the client of another process; `undefined` if none tells this machine its TAI. */
export async function watchSession(): Promise<PtpSession | undefined> {
  const { native } = await nativeOrError();
  const isThere = (): PtpStatistics | undefined =>
    taiLook(native).publisherPid === 0 ? undefined : native.publishedPtp();
  if (!isThere()) return undefined;
  const look = (): PtpLook => ({
    mode: "watch",
    pid: process.pid,
    place: "",
    tai: taiLook(native),
    statistics: isThere(),
    masters: [],
    histogram: undefined,
  });
  return { look, close: () => {} };
}

/** Where and how a client with these options listens. */
export function placeOf(options: PtpClient["options"]): string {
  const { interface: name, domain, profile, transport = "udp4", delayMechanism = "end-to-end", unicastMasters } =
    options;
  const profileName = profile === "default" ? "default profile" : profile.toUpperCase().replace("ST", "ST ");
  const by = transport === "udp4" ? "UDP over IPv4" : "UDP over IPv6";
  const asked = unicastMasters && unicastMasters.length > 0 ? `, unicast of ${unicastMasters.join(", ")}` : "";
  return `on ${name}: domain ${domain}, ${profileName}, ${by}${asked}, ${delayMechanism} delay`;
}

function taiLook(native: NativeLibrary["native"]): TaiLook {
  const { taiNs, source, state, errorNs, publisherPid, isShared, refusal = null } = native.tai.told();
  return { taiNs, source, state, errorNs, publisherPid, isShared, refusal };
}

async function nativeOrError(): Promise<NativeLibrary> {
  const { library, reason } = await loadNative();
  if (library) return library;
  throw new StreamError("native-missing", `Cannot look at PTP: it takes the native library: ${reason}`);
}
