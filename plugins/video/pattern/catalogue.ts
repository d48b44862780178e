/** The patterns by name, and their options with defaults. */
import { black, type ColorOption, readColor, white } from "./color.ts";
import { type GradientDirection, gradientPattern } from "./gradient.ts";
import { MovingBarPattern } from "./moving_bar.ts";
import type { Pattern } from "./pattern.ts";
import { checkPictureSize, type PictureSize } from "./picture.ts";
import { type BarEdges, type ChromaSet, chromaSets, smpteBarsPattern } from "./smpte_bars.ts";
import { solidPattern } from "./solid.ts";
import { ZonePlatePattern } from "./zone_plate.ts";

/** Name of a test pattern. */
export type PatternName = "smpte-bars" | "gradient" | "moving-bar" | "zone-plate" | "solid" | "black" | "white";

/** All names of test patterns. */
export const patternNames: readonly PatternName[] = [
  "smpte-bars",
  "gradient",
  "moving-bar",
  "zone-plate",
  "solid",
  "black",
  "white",
];

/** Options of all patterns; each says which pattern reads it. Given to another pattern it is an error. */
export interface PatternOptions {
  /** `smpte-bars`: second column of the second and third row. Default `"white-75"`. */
  readonly chromaSet?: ChromaSet | undefined;
  /** `smpte-bars`: dip below black (to code 4) in the last rows. Default false. */
  readonly subBlack?: boolean | undefined;
  /** `smpte-bars`: peak above white (to code 1019) in the last rows. Default false. */
  readonly superWhite?: boolean | undefined;
  /** `smpte-bars`: `"hard"` columns of exact codes, or the `"shaped"` edges of RP 219-1. Default `"hard"`. */
  readonly edges?: BarEdges | undefined;
  /** `gradient`: which way the colours change. Default `"horizontal"`. */
  readonly direction?: GradientDirection | undefined;
  /** `gradient`: colour of the first column or row. Default black. */
  readonly from?: ColorOption | undefined;
  /** `gradient`: colour of the last column or row. Default white. */
  readonly to?: ColorOption | undefined;
  /** `solid`: the colour; `moving-bar`: colour of the bar. Default white. */
  readonly color?: ColorOption | undefined;
  /** `moving-bar`: colour behind the bar. Default black. */
  readonly background?: ColorOption | undefined;
  /** `moving-bar`: pixels to the right per frame, whole, negative for left. Default 8. */
  readonly stepPixels?: number | undefined;
  /** `moving-bar`: width of the bar in pixels, 1 to the picture's width. Default: 1/16 of the width, at least 1. */
  readonly barPixels?: number | undefined;
  /** `zone-plate`: cycles the rings move inwards per frame, -0.5 to 0.5. Default 1/64. */
  readonly phasePerFrame?: number | undefined;
}

/** The options that each pattern reads. */
export const patternOptionNames: Readonly<Record<PatternName, readonly (keyof PatternOptions)[]>> = {
  "smpte-bars": ["chromaSet", "subBlack", "superWhite", "edges"],
  "gradient": ["direction", "from", "to"],
  "moving-bar": ["color", "background", "stepPixels", "barPixels"],
  "zone-plate": ["phasePerFrame"],
  "solid": ["color"],
  "black": [],
  "white": [],
};

/**
 * Makes a test pattern. Costs up to some tens of milliseconds for 1920×1080; rendering afterwards is cheap.
 *
 * @throws {RangeError} naming the option, its value and what would be right; for an unknown pattern, all names.
 */
export function createPattern(name: string, size: PictureSize, options: PatternOptions = {}): Pattern {
  checkPictureSize(size);
  if (!isPatternName(name)) {
    throw new RangeError(`Test pattern "${name}" is unknown: it must be one of ${patternNames.join(", ")}`);
  }
  checkPatternOptionNames(name, options);
  switch (name) {
    case "smpte-bars":
      return smpteBarsPattern(size, {
        chromaSet: oneOf("chromaSet", options.chromaSet ?? "white-75", chromaSets),
        subBlack: options.subBlack ?? false,
        superWhite: options.superWhite ?? false,
        edges: oneOf("edges", options.edges ?? "hard", ["hard", "shaped"]),
      });
    case "gradient":
      return gradientPattern(
        size,
        oneOf("direction", options.direction ?? "horizontal", ["horizontal", "vertical"]),
        { from: readColor("from", options.from ?? black), to: readColor("to", options.to ?? white) },
      );
    case "moving-bar":
      return new MovingBarPattern(size, {
        color: readColor("color", options.color ?? white),
        background: readColor("background", options.background ?? black),
        stepPixels: options.stepPixels ?? 8,
        barPixels: options.barPixels ?? Math.max(1, Math.round(size.width / 16)),
      });
    case "zone-plate":
      return new ZonePlatePattern(size, options.phasePerFrame ?? 1 / 64);
    case "solid":
      return solidPattern(size, readColor("color", options.color ?? white));
    case "black":
      return solidPattern(size, black);
    case "white":
      return solidPattern(size, white);
  }
}

function isPatternName(name: string): name is PatternName {
  return (patternNames as readonly string[]).includes(name);
}

/**
 * Refuses options that a pattern does not read.
 *
 * @throws {RangeError} naming the pattern, the option and what the pattern reads.
 */
export function checkPatternOptionNames(name: PatternName, options: PatternOptions): void {
  const known: readonly string[] = patternOptionNames[name];
  for (const [option, value] of Object.entries(options)) {
    if (value === undefined || known.includes(option)) continue;
    const choice = known.length === 0 ? "it reads none" : `it reads ${known.join(", ")}`;
    throw new RangeError(`Test pattern "${name}" does not read the option "${option}": ${choice}`);
  }
}

function oneOf<T extends string>(option: string, value: T, allowed: readonly T[]): T {
  if (allowed.includes(value)) return value;
  throw new RangeError(`Test pattern option "${option}" is "${value}": it must be one of ${allowed.join(", ")}`);
}
