/**
 * Reads `@thread`, `@clock=60` and their like.
 *
 * @module
 */
import { type Rate, toRate } from "@streamlib/core";
import { nearest } from "../nearest.ts";
import type { PlaceKind, PlannedClock, PlannedPlace } from "./plan.ts";
import type { Problems } from "./problem.ts";
import { type PlacementTree, STAGE_NAME, type Word } from "./tree.ts";

/** What placements may be called. */
export const PLACEMENTS: readonly string[] = [
  "loop",
  "thread",
  "process",
  "gpu",
  "clock",
  "lockstep",
  "bridge",
  "restart",
];
const PLACES: readonly string[] = ["loop", "thread", "process", "gpu"];
const RATE = /^(\d+(?:\.\d+)?)(?:\/(\d+))?$/;

/** What `@restart` alone means, and the most. */
const RESTARTS = { default: 3, max: 1000 } as const;

/** Where a stage lives, what beats for it and how it is linked, as far as it says so. */
export interface Placement {
  readonly place: PlannedPlace | undefined;
  readonly clock: PlannedClock | undefined;
  /** Whether actors may come between it and what flows into it. */
  readonly isBridged: boolean;
  /** How often it may be made anew. */
  readonly restarts: number | undefined;
}

/** Reads the placements of a stage, or those that hold for all. */
export function planPlacement(given: readonly PlacementTree[], problems: Problems): Placement {
  let place: PlannedPlace | undefined;
  let clock: PlannedClock | undefined;
  let isBridged = false;
  let restarts: number | undefined;
  for (const { name, value } of given) {
    const word = name.text.toLowerCase();
    if (PLACES.includes(word)) {
      if (place) problems.add("placement-unknown", name.span, `@${place.kind} stands here already: one place is right`);
      place = planPlace(word as PlaceKind, value, problems);
    } else if (word === "clock" || word === "lockstep") {
      if (clock) problems.add("placement-unknown", name.span, "It has a clock already: one is right");
      if (word === "lockstep") clock = lockstep(value, problems);
      else if (value) clock = clockOf(value, problems);
      else problems.add("placement-unknown", name.span, "A rate is missing: @clock=60 or @clock=30000/1001 is right");
    } else if (word === "bridge") {
      if (value) problems.add("placement-unknown", value.span, "@bridge has no value: what fits comes between");
      isBridged = true;
    } else if (word === "restart") {
      restarts = restartsOf(value, problems);
    } else if (word === "plugin") {
      problems.add(
        "placement-unknown",
        name.span,
        "@plugin=SPEC stands alone: before the first stage, or between two ;",
      );
    } else if (word !== "") {
      const near = nearest(word, [...PLACEMENTS, "plugin"]);
      const right = near.length > 0 ? `did you mean @${near.join(" or @")}?` : `@${PLACEMENTS.join(", @")} are right`;
      problems.add("placement-unknown", name.span, `There is no @${name.text}: ${right}`);
    }
  }
  return { place, clock, isBridged, restarts };
}

function restartsOf(value: Word | undefined, problems: Problems): number {
  if (!value) return RESTARTS.default;
  const restarts = /^\d{1,4}$/.test(value.text) ? Number(value.text) : 0;
  if (restarts >= 1 && restarts <= RESTARTS.max) return restarts;
  const right = `1 to ${RESTARTS.max} restarts within 5 s are right: @restart=${RESTARTS.default}`;
  problems.add("placement-unknown", value.span, `Cannot restart "${value.text}" times: ${right}`);
  return RESTARTS.default;
}

function planPlace(kind: PlaceKind, value: Word | undefined, problems: Problems): PlannedPlace {
  const what = `Cannot place on @${kind}=${value?.text}`;
  if (value && kind === "loop") {
    problems.add("placement-unknown", value.span, `${what}: there is one event loop; @loop is right`);
  } else if (value && (kind === "gpu" ? value.text === "" : !STAGE_NAME.test(value.text))) {
    const right = kind === "gpu"
      ? 'a part of the device\'s name is right: @gpu="H200"'
      : `the name of a ${kind} is right, which stages may share: @${kind}=codecs`;
    problems.add("placement-unknown", value.span, `${what}: ${right}`);
  } else if (value) return { kind, pool: value.text };
  return { kind, pool: undefined };
}

function lockstep(value: Word | undefined, problems: Problems): PlannedClock {
  return { kind: "lockstep", rate: value && rateOf(value, problems) };
}

/** The clock that is written behind `@clock=`. */
function clockOf(value: Word, problems: Problems): PlannedClock | undefined {
  const virtual = /^lockstep(?:=(.*))?$/.exec(value.text);
  if (virtual) {
    const { from, to } = value.span;
    return lockstep(virtual[1] === undefined ? undefined : { text: virtual[1], span: { from, to } }, problems);
  }
  const rate = rateOf(value, problems);
  return rate === undefined ? undefined : { kind: "software", rate };
}

function rateOf({ text, span }: Word, problems: Problems): number | Rate | undefined {
  const [, number, divisor] = RATE.exec(text) ?? [];
  try {
    if (number === undefined) throw new RangeError("a number or a fraction of frames per second is right");
    const rate = divisor === undefined ? Number(number) : { num: Number(number), den: Number(divisor) };
    toRate(rate);
    return rate;
  } catch (thrown) {
    const why = (thrown as RangeError).message.replace(/^Cannot use rate [^:]*: /, "");
    problems.add("placement-unknown", span, `Cannot beat at "${text}": ${why}, as in @clock=60 or @clock=30000/1001`);
    return undefined;
  }
}
