/**
 * What is carried in ancillary packets, by the identifiers of the SMPTE register.
 *
 * @module
 */
import {
  ancillaryBytes,
  type AncillaryPacket,
  type AncillaryPacketInit,
  hasParity,
  StreamError,
} from "@streamlib/core";

/** The identifiers of one kind of packet. */
export interface AncillaryKind {
  /** Data identifier. */
  readonly did: number;
  /** Secondary data identifier. */
  readonly sdid: number;
}

/** Kinds that have a name here. */
export type AncillaryKindName =
  | "timecode"
  | "captions708"
  | "captions608"
  | "activeFormat"
  | "subtitles"
  | "subtitleSets";

/**
 * Identifiers by name. `subtitles` and `subtitleSets` are the subtitling distribution packet and the multipacket of
 * OP-47 (RDD 8): what is in them is not looked at.
 */
export const ANCILLARY_KINDS: Readonly<Record<AncillaryKindName, AncillaryKind>> = {
  /** Time code, ST 12-2. */
  timecode: { did: 0x60, sdid: 0x60 },
  /** Caption distribution packet (CEA-708), ST 334-1 and -2. */
  captions708: { did: 0x61, sdid: 0x01 },
  /** Caption data of line 21 (CEA-608), ST 334-1. */
  captions608: { did: 0x61, sdid: 0x02 },
  /** Active format and bars, ST 2016-3. */
  activeFormat: { did: 0x41, sdid: 0x05 },
  /** OP-47 subtitles. */
  subtitles: { did: 0x43, sdid: 0x02 },
  /** OP-47 multipacket. */
  subtitleSets: { did: 0x43, sdid: 0x03 },
};

/** Where a packet is to be put: everything but its identifiers and data. */
export type AncillaryPlace = Omit<AncillaryPacketInit, "did" | "sdid" | "data" | "words">;

/** Whether a packet is of a kind. */
export function isOfKind(packet: AncillaryPacket, kind: AncillaryKind): boolean {
  return packet.did === kind.did && packet.sdid === kind.sdid;
}

/**
 * The bytes of a packet of a kind.
 *
 * @param what Names the content, for messages.
 * @throws {StreamError} `format-invalid` if it is of another kind, or a word has the wrong parity.
 */
export function bytesOfKind(packet: AncillaryPacket, kind: AncillaryKind, what: string): Uint8Array {
  if (!isOfKind(packet, kind)) {
    throw unreadable(
      what,
      `the packet is ${hex(packet.did)}/${hex(packet.sdid)}, not ${hex(kind.did)}/${hex(kind.sdid)}`,
    );
  }
  if (!hasParity(packet)) throw unreadable(what, "a word has the wrong parity");
  return ancillaryBytes(packet);
}

/** `format-invalid` for content that cannot be read. */
export function unreadable(what: string, why: string): StreamError {
  return new StreamError("format-invalid", `Cannot read ${what}: ${why}`);
}

/**
 * Refuses a number that is no integer of a range.
 *
 * @throws {StreamError} `format-invalid` naming it.
 */
export function checkNumber(what: string, name: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new StreamError(
    "format-invalid",
    `Cannot write ${what}: ${name} is ${value}; an integer from ${min} to ${max} is right`,
  );
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0").toUpperCase();
}
