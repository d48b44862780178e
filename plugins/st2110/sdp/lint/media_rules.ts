/**
 * Rules for every medium: where it goes, its RTP payload type, its clocks (ST 2110-10, RFC 8866, RFC 7273, RFC 4570).
 *
 * @module
 */
import { type Connection, isMulticast } from "../address.ts";
import type { ReferenceClock } from "../clock.ts";
import type { MediaSubject } from "./subject.ts";

/** Checks what holds for every essence. */
export function lintMedia(subject: MediaSubject): void {
  lintMediaLine(subject);
  const connections = subject.media.connections ?? (subject.session.connection ? [subject.session.connection] : []);
  if (connections.length === 0) {
    subject.say.error("m=", "RFC 8866 §5.7", "there is no c= for the medium", "add c=IN IP4 <address>/<ttl>");
  }
  for (const connection of connections) lintConnection(connection, subject);
  lintSourceFilters(connections, subject);
  lintReferenceClocks(subject);
  lintMediaClock(subject);
  lintTimestampMode(subject);
}

function lintMediaLine({ media, say }: MediaSubject): void {
  const { payloadType, protocol, port, essence, otherPayloadTypes } = media;
  if (payloadType === undefined || port === undefined) return;
  if (protocol !== "RTP/AVP") {
    say.warning("m=", "ST 2110-10 §6.2", `the protocol is ${protocol}`, "ST 2110 uses RTP/AVP");
  }
  const isUnmapped = essence?.kind === "other" && essence.encoding === undefined;
  if (isUnmapped && payloadType >= 96) {
    say.error("m=", "RFC 8866 §6.6", `payload type ${payloadType} has no a=rtpmap`, `add a=rtpmap:${payloadType}`);
  }
  if (payloadType < 96) {
    say.error("m=", "ST 2110-10 §6.2", `the payload type is ${payloadType}`, "use one from 96 to 127");
  }
  if (otherPayloadTypes) {
    say.error("m=", "ST 2110-10 §6.2", "the medium has several payload types", "list one: a port carries one stream");
  }
  if (port % 2 === 1) {
    say.warning("m=", "RFC 3550 §11", `port ${port} is odd`, "use an even port; RTCP has the next one");
  }
  if (port === 0) say.warning("m=", "RFC 8866 §5.14", "the port is 0, which means not sent", "write the UDP port");
}

function lintConnection({ addressType, address, ttl }: Connection, { media, say }: MediaSubject): void {
  const at = media.connections ? "c=" : "m=";
  if (addressType === "IP6") {
    say.warning(at, "ST 2110-10 §6.1", "the address is IPv6", "every device has IPv4; few have IPv6");
    return;
  }
  if (isMulticast(address)) {
    if (ttl === undefined) {
      say.error(at, "RFC 8866 §5.7", `multicast ${address} has no time to live`, `write ${address}/64 or another one`);
    }
    if (/^224\.0\.[01]\./.test(address)) {
      say.error(
        at,
        "ST 2110-10 §6.5",
        `${address} is of a block for protocols`,
        "use a group of 239.0.0.0/8 or 232.0.0.0/8",
      );
    }
  } else if (ttl !== undefined) {
    say.error(at, "RFC 8866 §5.7", `${address} is no multicast and has a time to live`, `write ${address} alone`);
  }
}

function lintSourceFilters(connections: readonly Connection[], { session, media, say }: MediaSubject): void {
  const filters = media.sourceFilters ?? session.sourceFilters ?? [];
  const groups = connections.filter(({ address }) => isMulticast(address)).map(({ address }) => address);
  for (const group of groups) {
    if (filters.some(({ destination }) => destination === group || destination === "*")) continue;
    say.warning(
      media.sourceFilters ? "a=source-filter" : "m=",
      "RFC 4570 §3",
      `no source filter names ${group}`,
      `add a=source-filter: incl IN IP4 ${group} <address of the sender>; receivers join by source (IGMPv3)`,
    );
  }
  for (const { mode } of filters) {
    if (mode === "excl") {
      say.warning("a=source-filter", "RFC 4570 §3", "the filter excludes sources", "name the sender: incl IN IP4 ...");
    }
  }
}

function lintReferenceClocks({ session, media, say }: MediaSubject): void {
  const clause = "ST 2110-10 §8.2";
  const clocks = media.referenceClocks ?? session.referenceClocks ?? [];
  if (clocks.length === 0) {
    say.error(
      "m=",
      clause,
      "a=ts-refclk is missing",
      "add a=ts-refclk:ptp=IEEE1588-2008:<grandmaster>:<domain>, or localmac=<address> without PTP",
    );
  }
  for (const clock of clocks) lintReferenceClock(clock, media.referenceClocks ? "a=ts-refclk" : "m=", say);
}

function lintReferenceClock(clock: ReferenceClock, at: string, say: MediaSubject["say"]): void {
  const clause = "ST 2110-10 §8.2";
  if (clock.kind === "localmac") return;
  if (clock.kind !== "ptp" && clock.kind !== "ptp-traceable") {
    say.error(at, clause, `the reference clock is ${clock.kind}`, "use ptp=IEEE1588-2008:... or localmac=...");
    return;
  }
  if (clock.version !== "IEEE1588-2008") {
    say.error(at, clause, `the reference clock is PTP of ${clock.version}`, "use IEEE1588-2008");
  }
  if (clock.kind !== "ptp") return;
  if (clock.domain === undefined) {
    say.warning(at, clause, "the PTP clock has no domain", "add it after the grandmaster, for example :127");
  } else if (clock.domain > 127) {
    say.error(at, clause, `the PTP domain is ${clock.domain}`, "ST 2059-2 has the domains 0 to 127");
  }
}

function lintMediaClock({ session, media, say }: MediaSubject): void {
  const clause = "ST 2110-10 §8.3";
  const clock = media.mediaClock;
  if (!clock) {
    const where = session.mediaClock ? " at the medium; the session alone has it" : "";
    say.error(
      "m=",
      clause,
      `a=mediaclk is missing${where}`,
      "add a=mediaclk:direct=0, or sender without a common clock",
    );
  } else if (clock.kind === "other") {
    say.error("a=mediaclk", clause, `the media clock is ${clock.text}`, "write direct=0 or sender");
  } else if (clock.kind === "direct" && clock.offset !== 0) {
    const remedy = "write direct=0; a peer of AES67 may have another offset, and receivers then have to use it";
    say.error("a=mediaclk", clause, `the offset is ${clock.offset ?? "missing"}`, remedy);
  }
  if (clock?.kind === "direct" && clock.rate !== undefined) {
    say.warning("a=mediaclk", clause, "the media clock has a rate", "write direct=0 alone");
  }
}

function lintTimestampMode({ media: { essence }, say }: MediaSubject): void {
  if (essence === undefined || essence.kind === "other") return;
  if (essence.TSMODE === "SAMP" && essence.TSDELAY === undefined) {
    say.error("a=fmtp", "ST 2110-10 §8.7", "TSMODE is SAMP without TSDELAY", "add TSDELAY= in microseconds");
  }
  if (essence.kind === "H264") return;
  for (const { name } of essence.parameters ?? []) {
    say.note("a=fmtp", "ST 2110-20 §7.1", `the standard has no parameter ${name}`, "receivers pass over it");
  }
}
