/**
 * A program as tables: its actors, and its links.
 *
 * @module
 */
import {
  fpsOf,
  type Graph,
  type GraphActor,
  type GraphLink,
  type ProgramHello,
  type ProgramLook,
} from "@streamlib/core";
import { bytesText, clockText, type Column, NOTHING, tableLines, timeText } from "./columns.ts";

// What a narrow terminal cuts off is what changes least.
const ACTOR_COLUMNS: readonly Column[] = [
  { head: "ACTOR", align: "left" },
  { head: "STATE", align: "left" },
  { head: "TICKS/S", align: "right" },
  { head: "MISSED", align: "right" },
  { head: "DROPPED", align: "right" },
  { head: "AGE", align: "right" },
  { head: "P50", align: "right" },
  { head: "P99", align: "right" },
  { head: "MEMORY", align: "right" },
  { head: "PLACE", align: "left" },
  { head: "BEAT", align: "left" },
];
const LINK_COLUMNS: readonly Column[] = [
  { head: "FROM", align: "left" },
  { head: "TO", align: "left" },
  { head: "BY", align: "left" },
  { head: "READ/S", align: "right" },
  { head: "MISSED", align: "right" },
  { head: "DROPPED", align: "right" },
  { head: "COPIED/S", align: "right" },
  { head: "AGE", align: "right" },
  { head: "ITEMS", align: "left" },
];

/** How lines are marked: the heads of tables, what has failed, what loses items. */
export interface Paint {
  head(line: string): string;
  bad(line: string): string;
  warn(line: string): string;
}

/** No colours. */
export const PLAIN: Paint = { head: (line) => line, bad: (line) => line, warn: (line) => line };

/** Colours of terminals. */
export const COLOURED: Paint = {
  head: (line) => `\x1b[2m${line}\x1b[0m`,
  bad: (line) => `\x1b[31m${line}\x1b[0m`,
  warn: (line) => `\x1b[33m${line}\x1b[0m`,
};

/**
 * The lines.
 *
 * @param before An earlier look, for rates; absent: `-` stands in their place.
 * @param paint Red: an actor has failed; yellow: something was lost since `before`.
 */
export function topLines(hello: ProgramHello, look: ProgramLook, before?: ProgramLook, paint: Paint = PLAIN): string[] {
  const { actors, links } = look.graph;
  const actorRows = actors.map((actor) => actorRow(actor, look, before));
  const linkRows = links.map((link) => linkRow(link, look, before));
  return [
    titleLine(hello, look, before),
    "",
    ...painted(tableLines(ACTOR_COLUMNS, actorRows), paint, (index) => {
      const actor = actors[index];
      if (actor.state === "failed") return "bad";
      return lossesOf(actor, look) > lossesOf(actor, before) ? "warn" : undefined;
    }),
    "",
    ...(links.length === 0 ? ["no links"] : painted(tableLines(LINK_COLUMNS, linkRows), paint, (index) => {
      const link = links[index];
      const earlier = before && linkIn(before.graph, link);
      return earlier && link.missed + link.dropped > earlier.missed + earlier.dropped ? "warn" : undefined;
    })),
  ];
}

function painted(
  [head, ...rows]: readonly string[],
  paint: Paint,
  markOf: (row: number) => "bad" | "warn" | undefined,
): string[] {
  return [
    paint.head(head),
    ...rows.map((row, index) => {
      const mark = markOf(index);
      return mark ? paint[mark](row) : row;
    }),
  ];
}

function titleLine({ pid, argv, runtime }: ProgramHello, look: ProgramLook, before: ProgramLook | undefined): string {
  const cpu = before ? `${((look.cpuMs - before.cpuMs) / (look.atMs - before.atMs) * 100).toFixed(1)} %` : NOTHING;
  const name = (argv[1] ?? "").split("/").at(-1)!.replace(/\p{C}/gu, "?");
  return [
    `${name} (${pid}), ${runtime}`,
    `up ${clockText(look.atMs)}`,
    `cpu ${cpu}`,
    `memory ${bytesText(look.memoryBytes)}`,
    `rings ${bytesText(look.outputs.reduce((sum, output) => sum + output.memoryBytes, 0))}`,
  ].join(", ");
}

function actorRow(actor: GraphActor, look: ProgramLook, before: ProgramLook | undefined): string[] {
  const { label, state, place, ticks, missedTicks } = actor;
  const earlier = before?.graph.actors.find((one) => one.label === label);
  const ages = look.graph.links.flatMap(({ to, ageNs }) => to.actor === label && ageNs !== undefined ? [ageNs] : []);
  const outputs = look.outputs.filter((output) => output.actor === label);
  const timing = look.timings.find((one) => one.actor === label);
  return [
    label,
    state,
    rateText(ticks, earlier?.ticks, look, before),
    String(missedTicks),
    String(outputs.reduce((sum, { dropped }) => sum + dropped, 0)),
    timeText(ages.length > 0 ? Math.min(...ages) : undefined),
    timeText(timing?.p50Ns),
    timeText(timing?.p99Ns),
    bytesText(outputs.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0)),
    place,
    beatText(actor),
  ];
}

function linkRow(link: GraphLink, look: ProgramLook, before: ProgramLook | undefined): string[] {
  const { from, to, type, format, transport, read, missed, dropped, bytesCopied, ageNs } = link;
  const earlier = before && linkIn(before.graph, link);
  const copied = perSecond(bytesCopied, earlier?.bytesCopied, look, before);
  return [
    `${from.actor} ${from.port}`,
    to.actor.startsWith("tap of ") ? "tap" : `${to.actor} ${to.port}`,
    transport,
    rateText(read, earlier?.read, look, before),
    String(missed),
    String(dropped),
    copied === undefined ? NOTHING : bytesText(copied),
    timeText(ageNs),
    format === undefined ? type : `${type} ${format}`,
  ];
}

function beatText({ clock, follows }: GraphActor): string {
  if (clock) return `${Number(fpsOf(clock.rate).toFixed(3))} fps ${clock.id.split("/")[0]}`;
  return follows === undefined ? "waits for a link" : `follows ${follows}`;
}

function lossesOf({ label }: GraphActor, look: ProgramLook | undefined): number {
  const actor = look?.graph.actors.find((one) => one.label === label);
  // What is new has lost nothing before.
  if (!look || !actor) return Infinity;
  const outputs = look.outputs.filter((output) => output.actor === label);
  return actor.missedTicks + outputs.reduce((sum, { dropped }) => sum + dropped, 0);
}

function linkIn({ links }: Graph, { from, to }: GraphLink): GraphLink | undefined {
  return links.find((one) =>
    one.from.actor === from.actor && one.from.port === from.port && one.to.actor === to.actor && one.to.port === to.port
  );
}

function rateText(now: number, then: number | undefined, look: ProgramLook, before: ProgramLook | undefined): string {
  return perSecond(now, then, look, before)?.toFixed(1) ?? NOTHING;
}

function perSecond(
  now: number,
  then: number | undefined,
  look: ProgramLook,
  before: ProgramLook | undefined,
): number | undefined {
  if (then === undefined || !before || now < then || look.atMs <= before.atMs) return undefined;
  return (now - then) / (look.atMs - before.atMs) * 1000;
}
