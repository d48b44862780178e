/**
 * One item of an output as a line.
 *
 * @module
 */
import { type ChannelLevel, FLAG, isoOf, type TappedItem } from "@streamlib/core";
import { bytesText, timeText } from "./columns.ts";

/**
 * When, which, what: `2026-11-21T12:00:00.000000000 #98 frame 97, 8.3 MB`.
 *
 * @param hasAge Whether its ages are said, too.
 */
export function itemLine(item: TappedItem, hasAge: boolean): string {
  const { timestampNs, sequence, frameNumber, flags, payloadBytes, ageNs, sourceAgeNs, metadata, skipped } = item;
  const { levels = [] } = item;
  const set = Object.entries(FLAG).flatMap(([name, bit]) => (flags & bit) !== 0 ? [name] : []);
  const parts = [
    `${isoOf(BigInt(timestampNs))} #${sequence} frame ${frameNumber}`,
    ...("value" in item ? [JSON.stringify(item.value)] : [bytesText(payloadBytes)]),
    ...(levels.length > 0 ? [`peak ${levelText(levels, "peakDbfs")}, RMS ${levelText(levels, "rmsDbfs")} dBFS`] : []),
    ...set,
    ...(metadata === undefined ? [] : [`metadata ${JSON.stringify(metadata)}`]),
    ...(hasAge ? [`${timeText(ageNs)} old`, `${timeText(sourceAgeNs)} since its source`] : []),
    ...(skipped > 0 ? [`${skipped} skipped so far`] : []),
  ];
  return parts.join(", ").replace(/\p{C}/gu, "?");
}

/** `-6.02 -inf`: the channels one after the other. */
function levelText(levels: readonly ChannelLevel[], which: keyof ChannelLevel): string {
  return levels.map((level) => level[which]?.toFixed(2) ?? "-inf").join(" ");
}
