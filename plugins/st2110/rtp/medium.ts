/**
 * The medium of a session description that an actor sends or receives.
 *
 * @module
 */
import { messageOf, StreamError } from "@streamlib/core";
import { readFileSync } from "node:fs";
import type { MediaDescription, SessionDescription } from "../sdp/description.ts";
import { connectionsOf, sourceFiltersOf } from "../sdp/description.ts";
import type { Essence } from "../sdp/essence.ts";
import { isMulticast } from "../sdp/address.ts";
import { parseSdp } from "../sdp/parse.ts";

/** A medium with the description that it stands in, and where it goes to. */
export interface Medium<E extends Essence = Essence> {
  /** The whole description. */
  readonly session: SessionDescription;
  /** The medium. */
  readonly media: MediaDescription;
  /** What it is made of. */
  readonly essence: E;
  /** Address that it is sent to. */
  readonly address: string;
  /** UDP port that it is sent to. */
  readonly port: number;
  /** Time to live of multicast, if the description has one. */
  readonly hops: number | undefined;
  /** The senders that are wanted (source-specific multicast); none named means any. */
  readonly sources: readonly string[];
}

/**
 * Finds the one medium of a kind in a description.
 *
 * @param description The description, or the path of a file that has it.
 * @param kinds Kinds of essence that are wanted.
 * @param index Which of the description's media, from 0; needed if several are of these kinds. Of a `DUP` group the
 * first copy is taken: they are not merged yet.
 * @param who Who wants it, for messages: `VideoRtpReceive "in"`.
 * @throws {StreamError} `sdp-invalid` if it cannot be read, has no such medium or several, or does not say where
 * it goes.
 */
export function mediumOf<K extends Essence["kind"]>(
  description: string,
  kinds: readonly K[],
  index: number | undefined,
  who: string,
): Medium<Extract<Essence, { kind: K }>> {
  const session = read(description, who);
  const media = choose(session, kinds, index, who);
  const [connection] = connectionsOf(session, media);
  if (!connection) throw refusal(who, "it has no c= line: add one with the address of the stream");
  if (media.port === 0) throw refusal(who, "the port of its m= line is 0, which means that it is not sent");
  return {
    session,
    media,
    essence: media.essence as Extract<Essence, { kind: K }>,
    address: connection.address,
    port: media.port,
    hops: connection.ttl,
    sources: sourcesOf(session, media, connection.address),
  };
}

function read(description: string, who: string): SessionDescription {
  const text = isPath(description) ? readText(description, who) : description;
  try {
    return parseSdp(text);
  } catch (thrown) {
    throw new StreamError("sdp-invalid", `Cannot use option sdp of ${who}: ${messageOf(thrown)}`, { cause: thrown });
  }
}

/** Every description begins so, and has several lines. */
function isPath(description: string): boolean {
  return !description.startsWith("v=") && !/[\r\n]/.test(description);
}

function readText(path: string, who: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (thrown) {
    const why = `${path} is no description, which would begin with v=0, and no file that can be read`;
    throw new StreamError("sdp-invalid", `Cannot use option sdp of ${who}: ${why}: ${messageOf(thrown)}`, {
      cause: thrown,
    });
  }
}

function choose(
  session: SessionDescription,
  kinds: readonly string[],
  index: number | undefined,
  who: string,
): MediaDescription {
  const wanted = kinds.join(" or ");
  if (index !== undefined) {
    const media = session.media[index];
    if (media && kinds.includes(media.essence.kind)) return media;
    const found = media ? `is ${nameOf(media)}` : `does not exist: there are ${session.media.length}`;
    throw refusal(who, `its medium ${index} ${found}; option medium must name one of kind ${wanted}, from 0`);
  }
  const copies = new Set(
    (session.groups ?? []).filter(({ semantics }) => semantics === "DUP")
      .flatMap(({ mids }) => mids.slice(1)),
  );
  const fitting = session.media.filter(({ essence, mid }) =>
    kinds.includes(essence.kind) && !(mid !== undefined && copies.has(mid))
  );
  if (fitting.length === 1) return fitting[0];
  if (fitting.length > 1) {
    throw refusal(who, `it has ${fitting.length} media of kind ${wanted}; say which with option medium, from 0`);
  }
  const all = session.media.map(nameOf).join(", ") || "no media";
  throw refusal(who, `it has no medium of kind ${wanted}: there is ${all}`);
}

function nameOf({ essence }: MediaDescription): string {
  return essence.kind === "other" ? essence.encoding ?? "a medium without a=rtpmap" : essence.kind;
}

function sourcesOf(session: SessionDescription, media: MediaDescription, address: string): string[] {
  if (!isMulticast(address)) return [];
  const filters = sourceFiltersOf(session, media)
    .filter(({ mode, destination }) => mode === "incl" && (destination === "*" || destination === address));
  return [...new Set(filters.flatMap((filter) => filter.sources))];
}

function refusal(who: string, why: string): StreamError {
  return new StreamError("sdp-invalid", `Cannot use option sdp of ${who}: ${why}`);
}
