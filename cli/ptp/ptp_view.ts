/**
 * The live view: everything at one instant, as lines.
 *
 * @module
 */
import { clockIdentityText } from "@streamlib/core";
import { whyFollowed, whyNot } from "./best_master.ts";
import { accuracyText, classText, timeSourceText } from "./clock_words.ts";
import { histogramLines } from "./offset_histogram.ts";
import type { PtpLook, PtpMaster, PtpParent, PtpStatistics, TaiLook } from "./ptp_look.ts";
import { isUtc, warningsOf } from "./ptp_warnings.ts";
import { ageText, countText, nsText, rateText, signedNsText } from "./quantity.ts";

const LABEL_WIDTH = 8;
const STEPS_COLUMN = 6;

/** The view. Lines may be longer than the terminal is wide. */
export function viewLines(look: PtpLook): readonly string[] {
  const { statistics, histogram, masters } = look;
  const title = titleOf(look);
  if (!statistics) return [title, "", row("TAI", taiText(look)), ...wrapped(look)];
  return [
    title,
    "",
    row("clock", clockText(statistics)),
    row("port", portText(statistics)),
    row("TAI", taiText(look)),
    ...(statistics.portState === "master" ? [leaderRow(statistics)] : followerRows(statistics, masters)),
    ...wrapped(look),
    ...(masters.length === 0 ? [] : ["", "Masters heard", ...masterTable(masters)]),
    ...(histogram ? chart(histogramLines(histogram)) : []),
  ];
}

function titleOf({ mode, place, tai, statistics }: PtpLook): string {
  if (mode !== "watch") return `PTP ${place}${mode === "observe" ? "; measured only" : ""}`;
  if (!statistics) return "PTP: no process of this machine follows it";
  return `PTP as process ${tai.publisherPid || statistics.publisherPid} of this machine follows it: domain ` +
    `${statistics.domain}, ${statistics.delayMechanism} delay`;
}

/** State, error, rate and jumps in a line. */
export function clockText(statistics: PtpStatistics): string {
  const { clockState, errorNs, frequencyPpb, steps, lastStepNs, ...rest } = statistics;
  if (rest.portState === "master") return "as it is told to this machine: it leads";
  const held = rest.holdoverSinceNs === undefined ? "" : ` for ${ageText(rest.monotonicNs - rest.holdoverSinceNs)}`;
  if (clockState === "free") return "free: nothing is known of a master's time";
  if (!rest.offsets) return `${clockState}: a master is heard, and its time is being measured`;
  const last = lastStepNs === 0 ? "" : `, the last of ${signedNsText(lastStepNs)}`;
  const jumps = steps === 0 ? "" : `; ${countText(steps, "step")}${last}`;
  return `${clockState}${held}, may be off by ${nsText(errorNs)}; rate ${rateText(frequencyPpb)}${jumps}`;
}

function portText(statistics: PtpStatistics): string {
  const { portState, stamps, monotonicNs, syncHeardNs, masterSinceNs, messagesIn, messagesOut, parent } = statistics;
  if (portState === "master") {
    return `master; ${stamps} stamps; ${messagesOut.sync} Sync sent, ${messagesIn.delayReq} delay requests heard`;
  }
  if (!parent) return `${portState}; ${stamps} stamps`;
  const since = masterSinceNs === undefined ? "" : ` for ${ageText(monotonicNs - masterSinceNs)}`;
  const pace = parent.syncLogInterval === undefined ? "" : ` ${2 ** -parent.syncLogInterval} a second,`;
  const sync = syncHeardNs === undefined
    ? "no Sync yet"
    : `Sync${pace} the last ${ageText(monotonicNs - syncHeardNs)} ago`;
  return `${portState}${since}; ${stamps} stamps; ${sync}`;
}

/** Who tells this machine its TAI. */
export function taiText({ mode, pid, tai, statistics }: PtpLook): string {
  const { publisherPid, isShared, refusal } = tai;
  if (publisherPid === 0) return nobody(tai);
  if (publisherPid === pid) {
    const whom = isShared ? "all streamlib processes of this machine" : `itself alone (${refusal ?? "unknown"})`;
    return `told by this process (${pid}) to ${whom}`;
  }
  const by =
    `told by process ${publisherPid} from ${tai.source === "ptp" ? "PTP" : "the kernel's clock"}: ${tai.state}, ` +
    `may be off by ${nsText(tai.errorNs)}`;
  if (mode === "follow" && statistics?.clockState !== "free") return `${by}; this one takes over when that ends`;
  return by;
}

function nobody({ source, state, errorNs }: TaiLook): string {
  if (source === "system" || source === "kernel") {
    const from = source === "system" ? "UTC of the system + 37 s" : "the kernel's TAI";
    return `told by nobody: each process reads ${from} once`;
  }
  return `told by nobody any more: all go on at the last rate, ${state}, may be off by ${nsText(errorNs)}`;
}

function leaderRow({ identity }: PtpStatistics): string {
  return row("master", `this machine, ${clockIdentityText(identity)}: no better one is heard`);
}

function followerRows(statistics: PtpStatistics, masters: readonly PtpMaster[]): readonly string[] {
  return [...masterRows(statistics, masters), ...offsetRows(statistics)];
}

function masterRows({ parent, addedS, metadata }: PtpStatistics, masters: readonly PtpMaster[]): readonly string[] {
  if (!parent) return [row("master", "none")];
  const { identity, port, grandmasterIdentity, stepsRemoved } = parent;
  const why = whyFollowed(masters);
  const behind = grandmasterIdentity === identity && stepsRemoved === 0
    ? ""
    : `, ${countText(stepsRemoved, "step")} from grandmaster ${clockIdentityText(grandmasterIdentity)}`;
  const quality = `class ${parent.clockClass}, ${classText(parent.clockClass)}; accuracy ` +
    `${accuracyText(parent.clockAccuracy)}; from ${timeSourceText(parent.timeSource)}`;
  const rows = [
    row("master", `${clockIdentityText(identity)} port ${port}${behind}${why === undefined ? "" : `: ${why}`}`),
    row("", quality),
    row("", timescaleText(parent, addedS)),
  ];
  if (!metadata) return rows;
  const { num, den } = metadata.frameRate;
  const locking = ["not used", "free run", "cold locking", "warm locking", "locked"][metadata.lockingStatus] ??
    "unknown";
  const local = `local time TAI ${metadata.localOffsetS < 0 ? "-" : "+"} ${Math.abs(metadata.localOffsetS)} s`;
  return [...rows, row("", `ST 2059-2: ${den === 1 ? num : `${num}/${den}`} frames a second, ${locking}, ${local}`)];
}

/** What the master's time is, in a few words. */
export function timescaleText({ timescale, utcOffsetS, flags }: PtpParent, addedS: number): string {
  const announced = flags.includes("utc-offset-valid") ? `, TAI - UTC ${utcOffsetS} s` : "";
  const traceable = flags.includes("time-traceable") ? ", traceable" : "";
  const added = addedS === 0 ? "" : `, ${addedS} s are added`;
  if (timescale === undefined) return `timescale not known yet${announced}${traceable}${added}`;
  const isTai = timescale === "tai" || timescale === "arbitrary-tai" || timescale === "wrong-utc-offset";
  const what = isTai ? "TAI" : isUtc(timescale) ? "UTC" : "of its own";
  return `timescale ${what} (${timescale})${announced}${traceable}${added}`;
}

function offsetRows({ offsets, pathDelayNs }: PtpStatistics): readonly string[] {
  const path = row("path", pathDelayNs === undefined ? "delay not known" : `delay ${nsText(pathDelayNs)}`);
  if (!offsets) return [path, row("offset", "none measured")];
  const { count, lastNs, meanNs, rmsNs, deviationNs, p99Ns, maxNs } = offsets;
  return [
    path,
    row("offset", `last ${signedNsText(lastNs)}; of ${count} in the last minute or two:`),
    row(
      "",
      `mean ${signedNsText(meanNs)}, rms ${nsText(rmsNs)}, deviation ${nsText(deviationNs)}, P99 ${nsText(p99Ns)}, ` +
        `max ${nsText(maxNs)}`,
    ),
  ];
}

function chart(lines: readonly string[]): readonly string[] {
  return lines.length === 0
    ? []
    : ["", "Offsets, ours less the master's", ...lines.map((line) => `  ${line}`.trimEnd())];
}

function masterTable(masters: readonly PtpMaster[]): readonly string[] {
  const head = ["", "identity/port", "address", "priority", "class", "accuracy", "steps", ""];
  const best = [...masters].sort((a, b) => Number(b.isParent) - Number(a.isParent) || a.priority1 - b.priority1);
  const rows = best.map((master) => [
    master.isParent ? "*" : "",
    `${clockIdentityText(master.identity)}/${master.port}`,
    master.address,
    `${master.priority1}, ${master.priority2}`,
    String(master.clockClass),
    accuracyText(master.clockAccuracy),
    String(master.stepsRemoved),
    whyNot(master, masters) ?? "followed",
  ]);
  const all = [head, ...rows];
  // Boundary clocks are rare, and a terminal is narrow.
  if (masters.every(({ stepsRemoved }) => stepsRemoved === 0)) {
    for (const cells of all) {
      cells.splice(STEPS_COLUMN, 1);
    }
  }
  const widths = all[0].map((_, column) => Math.max(...all.map((cells) => cells[column].length)));
  return all.map((cells) => `  ${cells.map((cell, column) => cell.padEnd(widths[column])).join("  ")}`.trimEnd());
}

/** Warnings, each broken into lines that most terminals hold. */
function wrapped(look: PtpLook): readonly string[] {
  return warningsOf(look).flatMap(({ text }) => ["", ...wrap(`${text[0].toUpperCase()}${text.slice(1)}.`, 76)])
    .map((line, index, all) => line === "" ? "" : `${index > 0 && all[index - 1] === "" ? "! " : "  "}${line}`);
}

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function row(label: string, text: string): string {
  return `${label.padEnd(LABEL_WIDTH)}${text}`;
}
