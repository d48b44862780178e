/**
 * What somebody who looks at this program has asked.
 *
 * @module
 */
import { type AttachErrorCode, EVERY_MS, type ProgramAsk, TAP_HZ } from "./protocol.ts";

/** What was asked, checked. */
export type Ask = ProgramAsk;

/** What is wrong with a line. */
export interface AskProblem {
  readonly code: AttachErrorCode;
  readonly message: string;
}

/** Reads a line; what it has beside its fields is not looked at. */
export function readAsk(line: string): Ask | AskProblem {
  let given: unknown;
  try {
    given = JSON.parse(line);
  } catch {
    return invalid("A line has to be JSON");
  }
  if (typeof given !== "object" || given === null) return invalid("A line has to be a JSON object");
  const { ask, everyMs, actor, output, hz } = given as Record<string, unknown>;
  if (typeof ask !== "string") return invalid("A line has to say what it asks, in ask");
  if (ask === "graph" || ask === "look") return { ask };
  if (ask === "watch") {
    if (isWithin(everyMs, EVERY_MS)) return { ask, everyMs };
    return invalid(`everyMs has to be ${EVERY_MS.min} to ${EVERY_MS.max}`);
  }
  if (ask !== "tap" && ask !== "frame") {
    return { code: "ask-unknown", message: "Known are graph, look, watch, tap and frame" };
  }
  if (typeof actor !== "string" || typeof output !== "string") return invalid("actor and output have to be texts");
  if (ask === "frame") return { ask, actor, output };
  if (hz === undefined) return { ask, actor, output };
  if (isWithin(hz, TAP_HZ)) return { ask, actor, output, hz };
  return invalid(`hz has to be ${TAP_HZ.min} to ${TAP_HZ.max}`);
}

function isWithin(value: unknown, { min, max }: { readonly min: number; readonly max: number }): value is number {
  return typeof value === "number" && value >= min && value <= max;
}

function invalid(message: string): AskProblem {
  return { code: "ask-invalid", message };
}
