/**
 * Draws a plan as SVG: columns from left to right, each stage right of all that flows into it.
 *
 * @module
 */
import { arrowWords, boxWords } from "./draw.ts";
import type { Plan, PlannedLink, PlannedStage } from "./plan.ts";

/** All in pixels, with letters of 14. */
const LETTER = 8.5;
const LINE = 20;
const PADDING = 12;
const MARGIN = 20;
const ROW_GAP = 28;
const LABEL = 7;
/** Between two arrows at one side of a box. */
const PORT_GAP = 16;

interface Box {
  readonly words: readonly string[];
  readonly width: number;
  readonly height: number;
  x: number;
  y: number;
}

/** The plan as an SVG picture; it takes the colour of the text around it. */
export function planSvg(plan: Plan): string {
  const columns = columnsOf(plan);
  const boxes = place(plan, columns);
  const width = Math.max(...boxes.map((box) => box.x + box.width)) + MARGIN + 10;
  const lowest = Math.max(...boxes.map((box) => box.y + box.height));
  const hasReturn = plan.links.some(({ from, to }) => columns[to] <= columns[from]);
  const height = lowest + MARGIN + (hasReturn ? ROW_GAP : 0);
  const body = [
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">',
    '<path d="M0 0 8 4 0 8z" fill="currentColor"/></marker></defs>',
    ...plan.links.map((link) => arrow(link, plan, boxes, columns, lowest + ROW_GAP / 2)),
    ...boxes.map(drawn),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${round(width)}" height="${round(height)}" ` +
    `viewBox="0 0 ${round(width)} ${round(height)}" font-family="ui-monospace, monospace" font-size="14" ` +
    `fill="none" stroke="currentColor">\n${body.join("\n")}\n</svg>\n`;
}

/** Column of each stage, from 0: one more than the last of those that flow into it; links that go back do not count. */
function columnsOf({ stages, links }: Plan): number[] {
  const back = backLinks(stages.length, links);
  const columns = stages.map(() => 0);
  for (let round = 0; round < stages.length; round++) {
    for (const link of links) {
      if (!back.has(link)) columns[link.to] = Math.max(columns[link.to], columns[link.from] + 1);
    }
  }
  return columns;
}

/** Links that lead back to where their circle was entered. */
function backLinks(stages: number, links: readonly PlannedLink[]): Set<PlannedLink> {
  const back = new Set<PlannedLink>();
  const seen = new Set<number>();
  const visit = (stage: number, path: ReadonlySet<number>): void => {
    seen.add(stage);
    for (const link of links.filter(({ from }) => from === stage)) {
      if (path.has(link.to)) back.add(link);
      else if (!seen.has(link.to)) visit(link.to, new Set([...path, link.to]));
    }
  };
  const fed = new Set(links.map(({ to }) => to));
  const all = Array.from({ length: stages }, (_, index) => index);
  for (const stage of [...all.filter((one) => !fed.has(one)), ...all]) {
    if (!seen.has(stage)) visit(stage, new Set([stage]));
  }
  return back;
}

function place({ stages, links }: Plan, columns: readonly number[]): Box[] {
  const boxes = stages.map((stage, index) => {
    const touched = [links.filter(({ from }) => from === index).length, links.filter(({ to }) => to === index).length];
    return boxOf(stage, Math.max(...touched));
  });
  let x = MARGIN;
  for (let column = 0; column <= Math.max(...columns); column++) {
    const here = boxes.filter((_, index) => columns[index] === column);
    let y = MARGIN;
    for (const box of here) {
      box.x = x;
      box.y = y;
      y += box.height + ROW_GAP;
    }
    const labels = links.filter(({ to }) => columns[to] === column + 1).map((link) => arrowWords(link).length);
    x += Math.max(0, ...here.map((box) => box.width)) + Math.max(0, ...labels) * LABEL + 40;
  }
  return boxes;
}

function boxOf(stage: PlannedStage, arrows: number): Box {
  const words = boxWords(stage);
  const letters = Math.max(...words.map((line) => line.length));
  const height = Math.max(words.length * LINE + PADDING, (arrows + 1) * PORT_GAP);
  return { words, width: letters * LETTER + 2 * PADDING, height, x: 0, y: 0 };
}

function drawn({ words, x, y, width, height }: Box): string {
  const texts = words.map((line, index) =>
    `<text x="${round(x + PADDING)}" y="${round(y + LINE * (index + 1))}" stroke="none" fill="currentColor"` +
    `${index === 0 ? ' font-weight="bold"' : ""}>${escapeXml(line)}</text>`
  );
  return `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="4"/>${
    texts.join("")
  }`;
}

/** Where the arrow of a link touches the side of a box: those of one side are spread over it. */
function touch(box: Box, side: readonly PlannedLink[], link: PlannedLink): number {
  return box.y + box.height * (side.indexOf(link) + 1) / (side.length + 1);
}

/** A curve to the right; a link that goes back runs below everything. What it carries stands where it arrives. */
function arrow(
  link: PlannedLink,
  plan: Plan,
  boxes: readonly Box[],
  columns: readonly number[],
  below: number,
): string {
  const from = boxes[link.from];
  const to = boxes[link.to];
  const x1 = from.x + from.width;
  const y1 = touch(from, plan.links.filter((one) => one.from === link.from), link);
  const y2 = touch(to, plan.links.filter((one) => one.to === link.to), link);
  const middle = (x1 + to.x) / 2;
  const isBack = columns[link.to] <= columns[link.from];
  const edge = Math.max(
    ...boxes.filter((_, index) => columns[index] === columns[link.from]).map((box) => box.x + box.width),
  );
  const path = isBack
    ? `M${round(x1)} ${round(y1)}H${round(edge + 10)}V${round(below)}H${round(to.x - 10)}V${round(y2)}H${round(to.x)}`
    : `M${round(x1)} ${round(y1)}C${round(middle)} ${round(y1)} ${round(middle)} ${round(y2)} ${round(to.x)} ${
      round(y2)
    }`;
  const label =
    `<text x="${round(to.x - (isBack ? -10 : 12))}" y="${round((isBack ? below : y2) - 4)}" font-size="11" ` +
    `text-anchor="${isBack ? "start" : "end"}" stroke="none" fill="currentColor">${escapeXml(arrowWords(link))}</text>`;
  return `<path d="${path}" marker-end="url(#arrow)"/>${label}`;
}

function round(number: number): number {
  return Math.round(number * 10) / 10;
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
