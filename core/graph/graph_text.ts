/**
 * A graph as lines to be read.
 *
 * @module
 */
import type { Graph, GraphActor, GraphLink } from "./graph.ts";
import { beatOf, countsOf, itemsOf, strangersOf } from "./graph_words.ts";

/** Characters of a line, at most. */
const COLUMNS = 100;

/** What would move the cursor, turn the text around or end the line. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** Each actor with the links of its outputs below it. */
export function textOf(graph: Graph): string {
  const { at, actors, links } = graph;
  const lines = [`${count(actors.length, "actor")}, ${count(links.length, "link")}, at ${at} TAI`];
  for (const actor of actors) {
    lines.push("", ...actorLines(actor), ...linkLines(links.filter((link) => link.from.actor === actor.label)));
  }
  for (const label of strangersOf(graph)) {
    const given = links.filter((link) => link.from.actor === label);
    if (given.length > 0) lines.push("", ...wrapped([`${label}: has ended`], ""), ...linkLines(given));
  }
  return lines.map((line) => `${line}\n`).join("");
}

function actorLines(actor: GraphActor): string[] {
  const { label, state, place, parent, children, ticks, missedTicks, freewheelTicks, counters } = actor;
  const family = [
    ...(parent === undefined ? [] : [`child of ${parent}`]),
    ...(children.length === 0 ? [] : [`${count(children.length, "child", "children")}: ${children.join(" and ")}`]),
  ];
  const own = Object.entries(counters).map(([name, value]) => `${value} ${name}`);
  const ticked = [
    `${ticks} ticks`,
    `${missedTicks} missed`,
    ...(freewheelTicks ? [`${freewheelTicks} freewheel`] : []),
  ];
  return [
    ...wrapped([`${label}: ${state}`, place, beatOf(actor), ...family], ""),
    ...wrapped([...ticked, ...own], "  "),
  ];
}

function linkLines(links: readonly GraphLink[]): string[] {
  return links.flatMap((link) => {
    const { from, to, transport } = link;
    return [
      ...wrapped([`${from.port} -> ${to.actor} ${to.port}`, itemsOf(link), `by ${transport}`], "  "),
      ...wrapped(countsOf(link), "      "),
    ];
  });
}

/** Phrases one after another; those that do not fit go on below, one level deeper. */
function wrapped(phrases: readonly string[], indent: string): string[] {
  const lines: string[] = [];
  const deeper = [...`${indent}    `];
  let line = [...indent];
  phrases.forEach((phrase, index) => {
    const comma = index < phrases.length - 1 ? "," : "";
    let rest = [...phrase.replace(UNPRINTABLE, escaped) + comma];
    if (index > 0 && line.length + 1 + rest.length > COLUMNS) {
      lines.push(line.join(""));
      line = [...deeper];
    } else if (index > 0) line.push(" ");
    for (let room = COLUMNS - line.length; rest.length > room; room = COLUMNS - line.length) {
      lines.push([...line, ...rest.slice(0, room)].join(""));
      rest = rest.slice(room);
      line = [...deeper];
    }
    line.push(...rest);
  });
  return [...lines, line.join("")];
}

function escaped(character: string): string {
  return `\\u{${character.codePointAt(0)!.toString(16)}}`;
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
