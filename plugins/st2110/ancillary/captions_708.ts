/**
 * Caption distribution packets (CDP, SMPTE ST 334-2), which carry CEA-708 and CEA-608 in ancillary packets (ST 334-1).
 *
 * Sections, flags, frame rates and counts were checked against published implementations; the layout of the sections of
 * service information and of the future is from memory.
 *
 * @module
 */
import { type AncillaryPacket, ancillaryPacket, type Rate, sameRate, StreamError } from "@streamlib/core";
import { ANCILLARY_KINDS, type AncillaryPlace, bytesOfKind, checkNumber, unreadable } from "./kind.ts";
import type { Timecode } from "./timecode.ts";

const WHAT = "captions of CEA-708";
const IDENTIFIER = 0x9669;
const HEADER_BYTES = 7;
const FOOTER_BYTES = 4;
const SECTION = { timecode: 0x71, triplets: 0x72, services: 0x73, footer: 0x74, otherMax: 0xef } as const;
const FLAG = {
  timecode: 0x80,
  triplets: 0x40,
  services: 0x20,
  start: 0x10,
  change: 8,
  complete: 4,
  active: 2,
} as const;
const RESERVED = 1;
const SERVICE_BYTES = 7;
/** A triplet that says nothing: not valid, of DTVCC. */
const PADDING = [0xfa, 0, 0] as const;

/** Rates by their code from 1, and the triplets of each packet of that rate (CEA-708). */
const RATES: readonly (readonly [num: number, den: number, triplets: number])[] = [
  [24000, 1001, 25],
  [24, 1, 25],
  [25, 1, 24],
  [30000, 1001, 20],
  [30, 1, 20],
  [50, 1, 12],
  [60000, 1001, 10],
  [60, 1, 10],
];

/** Three bytes of caption data. */
export interface CaptionTriplet {
  /** Whether the two bytes mean something. */
  readonly isValid: boolean;
  /** 0: CEA-608 field 1, 1: CEA-608 field 2, 2: goes on with a DTVCC packet, 3: begins one. */
  readonly type: 0 | 1 | 2 | 3;
  /** Two bytes. */
  readonly data: readonly [number, number];
}

/** Time code in a caption packet. */
export interface CaptionTimecode extends Timecode {
  /** The field flag: the second field, or the second frame of a pair. */
  readonly isSecondOfPair: boolean;
}

/** What services there are, or a part of it. */
export interface CaptionServices {
  /** Whether a list begins here. */
  readonly isStart: boolean;
  /** Whether it is another list than before. */
  readonly isChange: boolean;
  /** Whether the list ends here. */
  readonly isComplete: boolean;
  /** 7 bytes each: one with the number of the service, six of the caption service descriptor of ATSC A/65; 15 at most. */
  readonly services: readonly Uint8Array[];
}

/** A section that is not defined yet. */
export interface CaptionSection {
  /** 0x75–0xEF. */
  readonly id: number;
  /** At most 255 bytes. */
  readonly data: Uint8Array;
}

/** The captions of one frame. */
export interface Captions708 {
  /** Frames per second: 24, 25, 30, 50, 60, or 24, 30, 60 less one in 1001. */
  readonly rate: Rate;
  /** Counts the packets, 0–65535, then 0 again. */
  readonly sequence: number;
  /** Whether any caption service is active. */
  readonly isActive: boolean;
  /** Absent if the packet has none. */
  readonly timecode?: CaptionTimecode;
  /** Absent if the packet has no section for them. */
  readonly triplets?: readonly CaptionTriplet[];
  /** Absent if the packet has none. */
  readonly services?: CaptionServices;
  /** Sections that are not defined yet, in order. */
  readonly others: readonly CaptionSection[];
}

/** What {@linkcode captions708Packet} is told. `isActive` is true and `others` empty unless given. */
export type Captions708Init =
  & Omit<Captions708, "isActive" | "others">
  & Partial<Pick<Captions708, "isActive" | "others">>;

/**
 * A packet with the captions of one frame. Triplets are filled up with empty ones to the count of the rate.
 *
 * @param captions What it says.
 * @param place Where the packet is to be put.
 * @throws {StreamError} `format-invalid` naming the field, its value and its range; if there are more triplets than a
 * packet of the rate has, or all sections exceed 255 bytes.
 */
export function captions708Packet(captions: Captions708Init, place: AncillaryPlace = {}): AncillaryPacket {
  const { rate, sequence, timecode, triplets, services, isActive = true, others = [] } = captions;
  const rateCode = 1 + RATES.findIndex(([num, den]) => sameRate(rate, { num, den }));
  if (rateCode === 0) {
    throw new StreamError("format-invalid", `Cannot write ${WHAT}: it has no rate ${rate.num}/${rate.den}`);
  }
  checkNumber(WHAT, "sequence", sequence, 0, 0xffff);
  let flags = RESERVED | (isActive ? FLAG.active : 0);
  if (timecode) flags |= FLAG.timecode;
  if (triplets) flags |= FLAG.triplets;
  if (services) flags |= FLAG.services | serviceFlags(services);
  const counter = [sequence >> 8, sequence & 255];
  const body = [
    ...(timecode ? timecodeSection(timecode) : []),
    ...(triplets ? tripletSection(triplets, RATES[rateCode - 1][2]) : []),
    ...(services ? serviceSection(services) : []),
    ...others.flatMap(otherSection),
  ];
  const length = HEADER_BYTES + body.length + FOOTER_BYTES;
  checkNumber(WHAT, "the count of bytes", length, 0, 255);
  const bytes = [IDENTIFIER >> 8, IDENTIFIER & 255, length, (rateCode << 4) | 15, flags, ...counter, ...body];
  bytes.push(SECTION.footer, ...counter);
  bytes.push(-bytes.reduce((sum, byte) => sum + byte, 0) & 255);
  return ancillaryPacket({ ...place, ...ANCILLARY_KINDS.captions708, data: bytes });
}

/**
 * The captions in a packet.
 *
 * @throws {StreamError} `format-invalid` if it is of another kind, or not whole and consistent: parity, identifier,
 * length, checksum, counters, sections against flags.
 */
export function readCaptions708(packet: AncillaryPacket): Captions708 {
  const bytes = bytesOfKind(packet, ANCILLARY_KINDS.captions708, WHAT);
  const length = bytes.length;
  if (length < HEADER_BYTES + FOOTER_BYTES) throw unreadable(WHAT, `the packet has ${length} bytes only`);
  if (((bytes[0] << 8) | bytes[1]) !== IDENTIFIER) throw unreadable(WHAT, "it does not begin with 9669");
  if (bytes[2] !== length) throw unreadable(WHAT, `it says ${bytes[2]} bytes and has ${length}`);
  if ((bytes.reduce((sum, byte) => sum + byte, 0) & 255) !== 0) throw unreadable(WHAT, "its checksum is wrong");
  const rate = RATES[(bytes[3] >> 4) - 1];
  if (!rate) throw unreadable(WHAT, `${bytes[3] >> 4} is no code of a rate`);
  const sequence = (bytes[5] << 8) | bytes[6];
  const footer = length - FOOTER_BYTES;
  if (bytes[footer] !== SECTION.footer) throw unreadable(WHAT, "its footer is missing");
  if (((bytes[footer + 1] << 8) | bytes[footer + 2]) !== sequence) {
    throw unreadable(WHAT, "its footer has another counter than its header");
  }
  const flags = bytes[4];
  const sections = readSections(bytes.subarray(HEADER_BYTES, footer), flags);
  for (const [name, flag] of [["timecode", FLAG.timecode], ["triplets", FLAG.triplets], ["services", FLAG.services]]) {
    const isThere = sections[name as keyof typeof sections] !== undefined;
    if (isThere !== ((flags & (flag as number)) !== 0)) {
      throw unreadable(WHAT, `its flags and its sections differ about ${name}`);
    }
  }
  return { rate: { num: rate[0], den: rate[1] }, sequence, isActive: (flags & FLAG.active) !== 0, ...sections };
}

type Sections = Pick<Captions708, "timecode" | "triplets" | "services" | "others">;

function readSections(bytes: Uint8Array, flags: number): Sections {
  let sections: Sections = { others: [] };
  let at = 0;
  /** The next `count` bytes of the section at `at`, which begin `from` bytes after its start. */
  const take = (from: number, count: number): Uint8Array => {
    if (at + from + count > bytes.length) throw unreadable(WHAT, `section ${bytes[at].toString(16)} is cut off`);
    return bytes.subarray(at + from, at + from + count);
  };
  while (at < bytes.length) {
    const id = bytes[at];
    if (id === SECTION.timecode && !sections.timecode) {
      sections = { ...sections, timecode: readTime(take(1, 4)) };
      at += 5;
    } else if (id === SECTION.triplets && !sections.triplets) {
      const count = take(1, 1)[0] & 31;
      sections = { ...sections, triplets: readTriplets(take(2, 3 * count)) };
      at += 2 + 3 * count;
    } else if (id === SECTION.services && !sections.services) {
      const count = take(1, 1)[0] & 15;
      sections = { ...sections, services: readServices(take(2, SERVICE_BYTES * count), flags) };
      at += 2 + SERVICE_BYTES * count;
    } else if (id > SECTION.footer && id <= SECTION.otherMax) {
      const count = take(1, 1)[0];
      sections = { ...sections, others: [...sections.others, { id, data: take(2, count) }] };
      at += 2 + count;
    } else {
      throw unreadable(WHAT, `section ${id.toString(16)} is not known or there twice`);
    }
  }
  return sections;
}

function timecodeSection(time: CaptionTimecode): number[] {
  const { hours, minutes, seconds, frames, isDropFrame, isSecondOfPair } = time;
  checkNumber(WHAT, "timecode.hours", hours, 0, 23);
  checkNumber(WHAT, "timecode.minutes", minutes, 0, 59);
  checkNumber(WHAT, "timecode.seconds", seconds, 0, 59);
  checkNumber(WHAT, "timecode.frames", frames, 0, 29);
  return [
    SECTION.timecode,
    0xc0 | decimal(hours),
    0x80 | decimal(minutes),
    (isSecondOfPair ? 0x80 : 0) | decimal(seconds),
    (isDropFrame ? 0x80 : 0) | decimal(frames),
  ];
}

function readTime(bytes: Uint8Array): CaptionTimecode {
  const digits = [bytes[0] & 0x3f, bytes[1] & 0x7f, bytes[2] & 0x7f, bytes[3] & 0x3f];
  const [hours, minutes, seconds, frames] = digits.map((byte) => (byte >> 4) * 10 + (byte & 15));
  if (digits.some((byte) => (byte & 15) > 9) || hours > 23 || minutes > 59 || seconds > 59 || frames > 29) {
    throw unreadable(WHAT, `${digits.map((byte) => byte.toString(16)).join(":")} is no time`);
  }
  const [isSecondOfPair, isDropFrame] = [(bytes[2] & 0x80) !== 0, (bytes[3] & 0x80) !== 0];
  return { hours, minutes, seconds, frames, isDropFrame, isSecondOfPair };
}

function tripletSection(triplets: readonly CaptionTriplet[], wanted: number): number[] {
  checkNumber(WHAT, "the count of triplets", triplets.length, 0, wanted);
  const bytes: number[] = [SECTION.triplets, 0xe0 | wanted];
  triplets.forEach(({ isValid, type, data }, i) => {
    checkNumber(WHAT, `triplets[${i}].type`, type, 0, 3);
    data.forEach((byte, j) => checkNumber(WHAT, `triplets[${i}].data[${j}]`, byte, 0, 255));
    bytes.push(0xf8 | (isValid ? 4 : 0) | type, data[0], data[1]);
  });
  for (let i = triplets.length; i < wanted; i++) bytes.push(...PADDING);
  return bytes;
}

function readTriplets(bytes: Uint8Array): CaptionTriplet[] {
  return Array.from({ length: bytes.length / 3 }, (_, i): CaptionTriplet => {
    const [head, first, second] = bytes.subarray(3 * i, 3 * i + 3);
    return { isValid: (head & 4) !== 0, type: (head & 3) as CaptionTriplet["type"], data: [first, second] };
  });
}

/** As in the header; the section has them two places higher. */
function serviceFlags({ isStart, isChange, isComplete }: CaptionServices): number {
  return (isStart ? FLAG.start : 0) | (isChange ? FLAG.change : 0) | (isComplete ? FLAG.complete : 0);
}

function serviceSection(services: CaptionServices): number[] {
  checkNumber(WHAT, "the count of services", services.services.length, 0, 15);
  services.services.forEach((one, i) => {
    checkNumber(WHAT, `the count of bytes of services[${i}]`, one.length, SERVICE_BYTES, SERVICE_BYTES);
  });
  const head = 0x80 | (serviceFlags(services) << 2) | services.services.length;
  return [SECTION.services, head, ...services.services.flatMap((one) => [...one])];
}

function readServices(bytes: Uint8Array, flags: number): CaptionServices {
  const count = bytes.length / SERVICE_BYTES;
  return {
    isStart: (flags & FLAG.start) !== 0,
    isChange: (flags & FLAG.change) !== 0,
    isComplete: (flags & FLAG.complete) !== 0,
    services: Array.from({ length: count }, (_, i) => bytes.subarray(SERVICE_BYTES * i, SERVICE_BYTES * (i + 1))),
  };
}

function otherSection({ id, data }: CaptionSection): number[] {
  checkNumber(WHAT, "the id of a section", id, SECTION.footer + 1, SECTION.otherMax);
  checkNumber(WHAT, "the count of bytes of a section", data.length, 0, 255);
  return [id, data.length, ...data];
}

function decimal(value: number): number {
  return (Math.floor(value / 10) << 4) | (value % 10);
}
