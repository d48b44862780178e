/**
 * One item of an output as a line.
 *
 * @module
 */
import { FLAG, isoOf, type TappedItem } from "@streamlib/core";
import { bytesText, timeText } from "./columns.ts";

/**
 * When, which, what: `2026-11-21T12:00:00.000000000 #98 frame 97, 8.3 MB`.
 *
 * @param hasAge Whether its ages are said, too.
 */
export function itemLine(item: TappedItem, hasAge: boolean): string {
  const { timestampNs, sequence, frameNumber, flags, payloadBytes, ageNs, sourceAgeNs, metadata, skipped } = item;
  const set = Object.entries(FLAG).flatMap(([name, bit]) => (flags & bit) !== 0 ? [name] : []);
  const parts = [
    `${isoOf(BigInt(timestampNs))} #${sequence} frame ${frameNumber}`,
    ...("value" in item ? [JSON.stringify(item.value)] : [bytesText(payloadBytes)]),
    ...set,
    ...(metadata === undefined ? [] : [`metadata ${JSON.stringify(metadata)}`]),
    ...(hasAge ? [`${timeText(ageNs)} old`, `${timeText(sourceAgeNs)} since its source`] : []),
    ...(skipped > 0 ? [`${skipped} skipped so far`] : []),
  ];
  return parts.join(", ").replace(/\p{C}/gu, "?");
}
