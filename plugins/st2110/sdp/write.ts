/**
 * Writing a session description.
 *
 * @module
 */
import { isStreamError, messageOf } from "@streamlib/core";
import { CONNECTION } from "./address.ts";
import { MEDIA_ATTRIBUTES, SESSION_ATTRIBUTES, writeAttributes } from "./attributes.ts";
import type { CommonDescription, MediaDescription, SessionDescription } from "./description.ts";
import { differenceOf } from "./difference.ts";
import { writeFmtp, writeMapping } from "./essence_text.ts";
import { sdpError } from "./finding.ts";
import type { FieldValues } from "./fmtp.ts";
import { parseSdp } from "./parse.ts";

/**
 * The text of a session description, lines ending with CRLF: known fields in a fixed order, then what streamlib has no
 * field for. Reading it gives the same description again; empty lists and `false` are as if they were absent.
 *
 * @throws {StreamError} `sdp-invalid` if it cannot be written so that reading gives it back, naming the field: a value
 * out of its range, a line break inside of a value, an unknown attribute with the name of a field.
 */
export function writeSdp(description: SessionDescription): string {
  let text: string;
  let back: SessionDescription;
  try {
    text = `${linesOf(description).join("\r\n")}\r\n`;
    back = parseSdp(text);
  } catch (thrown) {
    const why = messageOf(thrown).replace(/^Cannot read SDP: /, "");
    throw sdpError(
      `Cannot write SDP: ${isStreamError(thrown) ? "its " : "the description is incomplete: "}${why}`,
      thrown,
    );
  }
  const difference = differenceOf(description, back, "description");
  if (difference !== undefined) throw sdpError(`Cannot write SDP: ${difference}`);
  return text;
}

function linesOf(session: SessionDescription): string[] {
  const { origin, connection } = session;
  return [
    "v=0",
    `o=${origin.username} ${origin.sessionId} ${origin.sessionVersion} IN ${origin.addressType} ${origin.address}`,
    `s=${session.name}`,
    ...informationOf(session),
    ...othersOf(session, "uep"),
    ...connection ? [`c=${CONNECTION.write(connection)}`] : [],
    ...bandwidthsOf(session),
    ...(session.timings ?? []).flatMap(({ start, stop, repeats }) => [
      `t=${start} ${stop}`,
      ...(repeats ?? []).map((repeat) => `r=${repeat}`),
    ]),
    ...othersOf(session, "zk"),
    ...writeAttributes(SESSION_ATTRIBUTES, session as unknown as FieldValues),
    ...session.media.flatMap(mediaLinesOf),
  ];
}

function mediaLinesOf(media: MediaDescription): string[] {
  const { essence, payloadType } = media;
  const ports = media.portCount === undefined ? String(media.port) : `${media.port}/${media.portCount}`;
  const mapping = writeMapping(essence);
  const fmtp = writeFmtp(essence);
  return [
    `m=${media.type} ${ports} ${media.protocol} ${[payloadType, ...media.otherPayloadTypes ?? []].join(" ")}`,
    ...informationOf(media),
    ...(media.connections ?? []).map((connection) => `c=${CONNECTION.write(connection)}`),
    ...bandwidthsOf(media),
    ...othersOf(media, "k"),
    ...mapping === undefined ? [] : [`a=rtpmap:${payloadType} ${mapping}`],
    ...fmtp === undefined ? [] : [`a=fmtp:${payloadType} ${fmtp}`],
    ...writeAttributes(MEDIA_ATTRIBUTES, media as unknown as FieldValues),
  ];
}

function informationOf({ information }: CommonDescription): string[] {
  return information === undefined ? [] : [`i=${information}`];
}

function bandwidthsOf({ bandwidths }: CommonDescription): string[] {
  return (bandwidths ?? []).map(({ type, value }) => `b=${type}:${value}`);
}

function othersOf({ otherLines }: CommonDescription, letters: string): string[] {
  return [...letters].flatMap((letter) =>
    (otherLines ?? []).filter(({ type }) => type === letter).map(({ type, value }) => `${type}=${value}`)
  );
}
