/**
 * Time code in ancillary packets (SMPTE ST 12-2; the time address is that of ST 12-1).
 *
 * The places of the digits and of the distributed binary bits were checked against a published implementation that cites
 * ST 12-2:2014, sections 6.2.1 and 6.2.2 and table 6. From memory are the places of the flags, which change with the
 * frame base (ST 12-1), and the lines.
 *
 * @module
 */
import { type AncillaryPacket, ancillaryPacket, StreamError } from "@streamlib/core";
import { ANCILLARY_KINDS, type AncillaryPlace, bytesOfKind, checkNumber, unreadable } from "./kind.ts";

const WHAT = "time code";
const WORDS = 16;

/** Payload types of ST 12-2 (the first byte of distributed binary bits) that are time code. */
export const TIMECODE_PAYLOAD = { ltc: 0, vitc1: 1, vitc2: 2 } as const;

/**
 * How many numbers frames have: 24, 25 or 30. Above 30 frames per second two frames have one number, and
 * {@linkcode AncillaryTimecode.isSecondOfPair} tells them apart.
 */
export type FrameBase = 24 | 25 | 30;

/** A time of day by frames. */
export interface Timecode {
  /** 0–23. */
  readonly hours: number;
  /** 0–59. */
  readonly minutes: number;
  /** 0–59. */
  readonly seconds: number;
  /** 0 to the frame base less one. */
  readonly frames: number;
  /** Whether two numbers are left out at each minute except each tenth; base 30 only. */
  readonly isDropFrame: boolean;
}

/** A time code packet. */
export interface AncillaryTimecode extends Timecode {
  /** Whether the colour frame flag is set. */
  readonly isColorFrame: boolean;
  /** The field mark: the second field, or the second frame of a pair above 30 frames per second. */
  readonly isSecondOfPair: boolean;
  /** Binary group flags: BGF0 is bit 0, BGF1 bit 1, BGF2 bit 2. */
  readonly groupFlags: number;
  /** User bits: eight binary groups of 4 bits, the first group first. */
  readonly userBits: readonly number[];
  /** First byte of distributed binary bits: what it is, see {@linkcode TIMECODE_PAYLOAD}. */
  readonly payloadType: number;
  /** Second byte of distributed binary bits: 0–4 VITC line, 5 line duplication, 6 validity, 7 process bit. */
  readonly status: number;
}

/** What {@linkcode timecodePacket} is told; all but the time has defaults: no flags, user bits 0, `vitc1`, status 0. */
export type TimecodeInit =
  & Omit<Timecode, "isDropFrame">
  & Partial<Omit<AncillaryTimecode, "hours" | "minutes" | "seconds" | "frames">>;

/** Where the flags of a frame base are: the number of the bit in the 64 bits of the time code. */
function flagsOf(base: FrameBase): { readonly pair: number; readonly groups: readonly [number, number, number] } {
  return base === 25 ? { pair: 59, groups: [27, 58, 43] } : { pair: 27, groups: [43, 58, 59] };
}

const DROP_BIT = 10;
const COLOR_BIT = 11;
/** First bit and width of each digit: units and tens of frames, seconds, minutes, hours. */
const DIGITS = [[0, 8, 2], [16, 24, 3], [32, 40, 3], [48, 56, 2]] as const;

/**
 * A packet with a time code.
 *
 * @param init The time, and what differs from the defaults.
 * @param base How many numbers frames have.
 * @param place Where the packet is to be put. By ST 12-2 LTC belongs on line 10 and VITC on line 9 of the luma channel.
 * @throws {StreamError} `format-invalid` naming the field, its value and its range; for a number that drop frame leaves out.
 */
export function timecodePacket(init: TimecodeInit, base: FrameBase, place: AncillaryPlace = {}): AncillaryPacket {
  const { isDropFrame = false, isColorFrame = false, isSecondOfPair = false, groupFlags = 0, status = 0 } = init;
  const { userBits = [0, 0, 0, 0, 0, 0, 0, 0], payloadType = TIMECODE_PAYLOAD.vitc1 } = init;
  checkTime(init, base, isDropFrame);
  checkNumber(WHAT, "groupFlags", groupFlags, 0, 7);
  checkNumber(WHAT, "payloadType", payloadType, 0, 255);
  checkNumber(WHAT, "status", status, 0, 255);
  checkNumber(WHAT, "the count of userBits", userBits.length, 8, 8);
  userBits.forEach((group, i) => checkNumber(WHAT, `userBits[${i}]`, group, 0, 15));
  let bits = 0n;
  const set = (at: number, value: number | boolean): void => void (bits |= BigInt(value) << BigInt(at));
  [init.frames, init.seconds, init.minutes, init.hours].forEach((value, i) => {
    set(DIGITS[i][0], value % 10);
    set(DIGITS[i][1], Math.floor(value / 10));
  });
  userBits.forEach((group, i) => set(4 + 8 * i, group));
  const flags = flagsOf(base);
  set(DROP_BIT, isDropFrame);
  set(COLOR_BIT, isColorFrame);
  set(flags.pair, isSecondOfPair);
  flags.groups.forEach((at, i) => set(at, (groupFlags >> i) & 1));
  const distributed = payloadType | (status << 8);
  const data = Array.from(
    { length: WORDS },
    (_, i) => (Number((bits >> BigInt(4 * i)) & 15n) << 4) | (((distributed >> i) & 1) << 3),
  );
  return ancillaryPacket({ ...place, ...ANCILLARY_KINDS.timecode, data });
}

/**
 * The time code in a packet.
 *
 * @param packet A packet of kind `timecode`.
 * @param base How many numbers frames have: says where the flags are.
 * @throws {StreamError} `format-invalid` if it is of another kind, has not 16 words, a word has the wrong parity, its
 * payload is no time code, or its time cannot be.
 */
export function readTimecode(packet: AncillaryPacket, base: FrameBase): AncillaryTimecode {
  const data = bytesOfKind(packet, ANCILLARY_KINDS.timecode, WHAT);
  if (data.length !== WORDS) throw unreadable(WHAT, `the packet has ${data.length} words; ${WORDS} are right`);
  let bits = 0n;
  let distributed = 0;
  data.forEach((byte, i) => {
    bits |= BigInt(byte >> 4) << BigInt(4 * i);
    distributed |= ((byte >> 3) & 1) << i;
  });
  const payloadType = distributed & 255;
  if (payloadType > TIMECODE_PAYLOAD.vitc2) throw unreadable(WHAT, `payload type ${payloadType} is no time code`);
  const get = (at: number, width: number): number => Number((bits >> BigInt(at)) & ((1n << BigInt(width)) - 1n));
  const [frames, seconds, minutes, hours] = DIGITS.map(([units, tens, width]) => {
    const digit = get(units, 4);
    if (digit > 9) throw unreadable(WHAT, `${digit} is no decimal digit`);
    return get(tens, width) * 10 + digit;
  });
  const flags = flagsOf(base);
  const isDropFrame = base === 30 && get(DROP_BIT, 1) === 1;
  const time = { hours, minutes, seconds, frames, isDropFrame };
  const text = [hours, minutes, seconds, frames].join(":");
  if (hours > 23 || minutes > 59 || seconds > 59 || frames >= base || isLeftOut(time, isDropFrame)) {
    throw unreadable(WHAT, `${text} is no time of base ${base}`);
  }
  return {
    ...time,
    isColorFrame: get(COLOR_BIT, 1) === 1,
    isSecondOfPair: get(flags.pair, 1) === 1,
    groupFlags: flags.groups.reduce((sum, at, i) => sum | (get(at, 1) << i), 0),
    userBits: Array.from({ length: 8 }, (_, i) => get(4 + 8 * i, 4)),
    payloadType,
    status: distributed >> 8,
  };
}

function checkTime(time: Omit<Timecode, "isDropFrame">, base: FrameBase, isDropFrame: boolean): void {
  checkNumber(WHAT, "hours", time.hours, 0, 23);
  checkNumber(WHAT, "minutes", time.minutes, 0, 59);
  checkNumber(WHAT, "seconds", time.seconds, 0, 59);
  checkNumber(WHAT, "frames", time.frames, 0, base - 1);
  if (isDropFrame && base !== 30) {
    throw new StreamError("format-invalid", `Cannot write ${WHAT}: only base 30 can drop frames, not base ${base}`);
  }
  if (isLeftOut(time, isDropFrame)) {
    throw new StreamError(
      "format-invalid",
      `Cannot write ${WHAT}: drop frame leaves out frame ${time.frames} of minute ${time.minutes}`,
    );
  }
}

/** Frames 0 and 1 of each minute that is no tenth one (ST 12-1). */
function isLeftOut({ minutes, seconds, frames }: Omit<Timecode, "isDropFrame">, isDropFrame: boolean): boolean {
  return isDropFrame && minutes % 10 !== 0 && seconds === 0 && frames < 2;
}
