/**
 * Rules for the session: its lines, groups, and the copies of a stream (RFC 8866, RFC 5888, ST 2110-10 §8, ST 2022-7).
 *
 * @module
 */
import type { Group, MediaDescription, SessionDescription } from "../description.ts";
import { differenceOf } from "../difference.ts";
import type { MediaSubject, SessionSubject } from "./subject.ts";

/** Checks the session and how its media belong together. */
export function lintSession(subject: SessionSubject): void {
  const { session, media, say } = subject;
  if (!session.timings) say.error("s=", "RFC 8866 §5.9", "t= is missing", "add t=0 0");
  if (media.length === 0) {
    say.error("v=", "ST 2110-10 §8.1", "there is no medium", "describe a stream by m= and what follows it");
  }
  const duplicates = (session.groups ?? []).filter(({ semantics }) => semantics === "DUP");
  const grouped = new Set(duplicates.flatMap(({ mids }) => mids));
  const single = media.filter(({ media: { mid } }) => mid === undefined || !grouped.has(mid));
  if (single.length + duplicates.length > 1) {
    say.warning(
      "v=",
      "ST 2110-10 §8.1",
      `the session has ${media.length} media that are not the copies of one stream`,
      "describe each stream, or each redundant pair with a=group:DUP, in a description of its own",
    );
  }
  const byMid = lintMids(media);
  for (const group of session.groups ?? []) lintGroup(group, byMid, subject);
}

/** Gives the media by their names. */
function lintMids(media: readonly MediaSubject[]): ReadonlyMap<string, MediaSubject> {
  const byMid = new Map<string, MediaSubject>();
  for (const subject of media) {
    const { media: { mid }, say } = subject;
    if (mid === undefined) continue;
    if (byMid.has(mid)) {
      say.error("a=mid", "RFC 5888 §4", `mid ${mid} is that of another medium`, "give each medium a name of its own");
    } else byMid.set(mid, subject);
  }
  return byMid;
}

function lintGroup(
  { semantics, mids }: Group,
  byMid: ReadonlyMap<string, MediaSubject>,
  { session, say }: SessionSubject,
): void {
  const at = "a=group";
  for (const mid of mids) {
    if (byMid.has(mid)) continue;
    say.error(at, "RFC 5888 §5", `the group names ${mid}, which is no medium`, `add a=mid:${mid} to its medium`);
  }
  const legs = mids.flatMap((mid) => byMid.get(mid) ?? []);
  if (semantics === "FID" && legs.some((leg) => leg.media.essence?.kind === "smpte291")) {
    const remedy = "leave the group out; time stamps align the streams";
    say.error(at, "ST 2110-40 §7", "ancillary data is in a group FID", remedy);
  }
  if (semantics !== "DUP") return;
  if (new Set(mids).size < 2) {
    say.error(at, "RFC 7104 §3", `the group DUP has ${mids.length} media`, "name the two copies of the stream");
  }
  const [first, ...others] = legs;
  for (const leg of others) lintLeg(session, first.media, leg);
}

/** Copies have the same RTP packets and differ in their source or their destination. */
function lintLeg(
  session: Partial<SessionDescription>,
  first: Partial<MediaDescription>,
  { media, say }: MediaSubject,
): void {
  if (media.payloadType !== first.payloadType) {
    const message = `the copy has payload type ${media.payloadType}, the first has ${first.payloadType}`;
    say.error("m=", "ST 2022-7 §6", message, "RTP packets of copies are equal: use one payload type");
  }
  if (differenceOf(media.essence, first.essence, "") !== undefined) {
    const message = "the copy is described otherwise than the first";
    say.error("a=fmtp", "ST 2022-7 §6", message, "give copies equal a=rtpmap and a=fmtp");
  }
  if (pathOf(session, media) === pathOf(session, first)) {
    const message = "the copy has the same source and destination as the first";
    say.error("c=", "ST 2110-10 §8.5", message, "send copies to different addresses or from different sources");
  }
}

/** Destination and source; where sources are not said, the port stands for them. */
function pathOf(session: Partial<SessionDescription>, media: Partial<MediaDescription>): string {
  const connections = media.connections ?? [session.connection];
  const filters = media.sourceFilters ?? session.sourceFilters;
  return JSON.stringify([
    connections.map((each) => each?.address),
    filters?.map(({ sources }) => sources) ?? media.port,
  ]);
}
