/**
 * Shows a session until it is over: as a picture that stays in place, as lines, or as JSON.
 *
 * @module
 */
import type { Screen } from "../command.ts";
import { jsonOf } from "./ptp_json.ts";
import { lineOf } from "./ptp_line.ts";
import type { PtpSession } from "./ptp_session.ts";
import { viewLines } from "./ptp_view.ts";
import { warningsOf } from "./ptp_warnings.ts";

/** How to show it. */
export interface PtpShowOptions {
  /** A JSON object a second. */
  readonly json: boolean;
  /** How long; `undefined` until `stop`. */
  readonly durationS: number | undefined;
  /** Ends it at once. */
  readonly stop: AbortSignal;
}

const PICTURE_MS = 500;
const LINE_MS = 1000;

/** Resolves when the time is over or `stop` was given. The session is not closed. */
export async function showSession(session: PtpSession, screen: Screen, options: PtpShowOptions): Promise<void> {
  const { json, durationS, stop } = options;
  const draw = json ? () => screen.out(jsonOf(session.look())) : drawing(session, screen);
  const isPicture = !json && screen.redraw !== undefined;
  const stepMs = isPicture ? PICTURE_MS : LINE_MS;
  let nextMs = performance.now();
  const endMs = durationS === undefined ? Infinity : nextMs + durationS * 1000;
  if (isPicture) draw();
  while (!stop.aborted && nextMs < endMs) {
    // What was missed, as while the machine slept, is not made up for.
    nextMs = Math.min(Math.max(nextMs + stepMs, performance.now()), endMs);
    await pause(nextMs - performance.now(), stop);
    if (!stop.aborted) draw();
  }
}

function drawing(session: PtpSession, screen: Screen): () => void {
  const { redraw } = screen;
  if (redraw) return () => redraw(viewLines(session.look()));
  let told = new Set<string>();
  let hasTitle = false;
  return () => {
    const look = session.look();
    if (!hasTitle) screen.out(viewLines(look)[0]);
    hasTitle = true;
    const warnings = warningsOf(look);
    // Each is told when it comes up, not every second.
    for (const { about, text } of warnings) if (!told.has(about)) screen.out(`! ${text}`);
    told = new Set(warnings.map(({ about }) => about));
    screen.out(lineOf(look));
  };
}

function pause(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      stop.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, Math.max(0, ms));
    stop.addEventListener("abort", end);
    if (stop.aborted) end();
  });
}
