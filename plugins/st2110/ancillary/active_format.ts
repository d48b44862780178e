/**
 * Active format description and bars in ancillary packets (SMPTE ST 2016-3; the values are those of ST 2016-1).
 *
 * The layout is from memory.
 *
 * @module
 */
import { type AncillaryPacket, ancillaryPacket, StreamError } from "@streamlib/core";
import { ANCILLARY_KINDS, type AncillaryPlace, bytesOfKind, checkNumber, unreadable } from "./kind.ts";

const WHAT = "active format";
const WORDS = 8;
const WIDE = 0x04;
const BAR = { top: 0x80, bottom: 0x40, left: 0x20, right: 0x10 } as const;

/** Bars above and below the active picture. */
export interface HorizontalBars {
  /** Last line of the top bar, 0–65535; absent if it is not said. */
  readonly top?: number;
  /** First line of the bottom bar, 0–65535; absent if it is not said. */
  readonly bottom?: number;
}

/** Bars beside the active picture. */
export interface VerticalBars {
  /** Last pixel of the left bar, 0–65535; absent if it is not said. */
  readonly left?: number;
  /** First pixel of the right bar, 0–65535; absent if it is not said. */
  readonly right?: number;
}

/** What of the coded picture is active. */
export interface ActiveFormat {
  /** Active format code, 0–15 (ST 2016-1 table 1): 8 full frame, 9 4:3 in the centre, 10 16:9 in the centre, 0 not known. */
  readonly code: number;
  /** Whether the coded picture is 16:9 instead of 4:3. */
  readonly isWide: boolean;
  /** Bars of one direction; absent if none are said. */
  readonly bars?: HorizontalBars | VerticalBars;
}

/**
 * A packet that says what is active.
 *
 * @param format Code and bars.
 * @param place Where the packet is to be put.
 * @throws {StreamError} `format-invalid` naming the field, its value and its range; for bars of both directions.
 */
export function activeFormatPacket(format: ActiveFormat, place: AncillaryPlace = {}): AncillaryPacket {
  checkNumber(WHAT, "code", format.code, 0, 15);
  const { top, bottom, left, right }: HorizontalBars & VerticalBars = format.bars ?? {};
  if ((top ?? bottom) !== undefined && (left ?? right) !== undefined) {
    throw new StreamError("format-invalid", `Cannot write ${WHAT}: bars of both directions; one is right`);
  }
  let flags = 0;
  for (const [name, value] of Object.entries({ top, bottom, left, right })) {
    if (value === undefined) continue;
    checkNumber(WHAT, name, value, 0, 0xffff);
    flags |= BAR[name as keyof typeof BAR];
  }
  const [first, second] = [top ?? left ?? 0, bottom ?? right ?? 0];
  const data = [(format.code << 3) | (format.isWide ? WIDE : 0), 0, 0, flags];
  data.push(first >> 8, first & 255, second >> 8, second & 255);
  return ancillaryPacket({ ...place, ...ANCILLARY_KINDS.activeFormat, data });
}

/**
 * What a packet says of the active picture.
 *
 * @throws {StreamError} `format-invalid` if it is of another kind, has not 8 words, one has the wrong parity, or it says
 * bars of both directions, for which it has no room.
 */
export function readActiveFormat(packet: AncillaryPacket): ActiveFormat {
  const bytes = bytesOfKind(packet, ANCILLARY_KINDS.activeFormat, WHAT);
  if (bytes.length !== WORDS) throw unreadable(WHAT, `the packet has ${bytes.length} words; ${WORDS} are right`);
  const format = { code: (bytes[0] >> 3) & 15, isWide: (bytes[0] & WIDE) !== 0 };
  const first = (bytes[4] << 8) | bytes[5];
  const second = (bytes[6] << 8) | bytes[7];
  const has = (name: keyof typeof BAR): boolean => (bytes[3] & BAR[name]) !== 0;
  const isHorizontal = has("top") || has("bottom");
  const isVertical = has("left") || has("right");
  if (isHorizontal && isVertical) throw unreadable(WHAT, "it says bars of both directions");
  if (isHorizontal) {
    return { ...format, bars: { ...(has("top") ? { top: first } : {}), ...(has("bottom") ? { bottom: second } : {}) } };
  }
  if (!isVertical) return format;
  return { ...format, bars: { ...(has("left") ? { left: first } : {}), ...(has("right") ? { right: second } : {}) } };
}
