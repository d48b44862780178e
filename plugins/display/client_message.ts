/**
 * What a page may say, checked: a page is a stranger.
 *
 * @module
 */
import type { KeyEventValue, MouseEventValue } from "@streamlib/core";

/** Most bytes of one message of a page. A longer one ends the connection. */
export const CLIENT_MESSAGE_BYTES_MAX = 4096;

const NAME_LENGTH_MAX = 32;
const EDGE_MAX = 16384;
const WHEEL_MAX = 100_000;

/** A message of a page. */
export type ClientMessage =
  /** The page is ready for one more frame. `resumed`: it did not want any for a while, so count no drops. */
  | { readonly type: "next"; readonly resumed: boolean }
  | { readonly type: "key"; readonly event: KeyEventValue }
  | { readonly type: "mouse"; readonly event: MouseEventValue }
  /** The page has lost the focus: all keys and buttons are up. */
  | { readonly type: "release" };

/** The message in `text`, or `undefined` if it is none. Never throws. */
export function parseClientMessage(text: string): ClientMessage | undefined {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(given)) return undefined;
  switch (given.type) {
    case "next":
      return { type: "next", resumed: given.resumed === true };
    case "release":
      return { type: "release" };
    case "key": {
      const event = keyEventOf(given.event);
      return event && { type: "key", event };
    }
    case "mouse": {
      const event = mouseEventOf(given.event);
      return event && { type: "mouse", event };
    }
    default:
      return undefined;
  }
}

function keyEventOf(given: unknown): KeyEventValue | undefined {
  if (!isRecord(given)) return undefined;
  const { type, key, code, repeat, shift, control, alt, meta } = given;
  if (type !== "down" && type !== "up") return undefined;
  if (!isName(key) || key === "" || !isName(code)) return undefined;
  if (typeof repeat !== "boolean" || typeof shift !== "boolean" || typeof control !== "boolean") return undefined;
  if (typeof alt !== "boolean" || typeof meta !== "boolean") return undefined;
  return { type, key, code, repeat, shift, control, alt, meta };
}

function mouseEventOf(given: unknown): MouseEventValue | undefined {
  if (!isRecord(given)) return undefined;
  const { type, x, y, button, deltaX, deltaY } = given;
  if (type !== "move" && type !== "down" && type !== "up" && type !== "wheel") return undefined;
  if (!isWithin(x, 0, EDGE_MAX) || !isWithin(y, 0, EDGE_MAX)) return undefined;
  if (!isWithin(button, -1, 4) || !Number.isInteger(button)) return undefined;
  if ((type === "down" || type === "up") && button < 0) return undefined;
  if (!isWithin(deltaX, -WHEEL_MAX, WHEEL_MAX) || !isWithin(deltaY, -WHEEL_MAX, WHEEL_MAX)) return undefined;
  return { type, x, y, button, deltaX, deltaY };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value.length <= NAME_LENGTH_MAX;
}

function isWithin(value: unknown, min: number, max: number): value is number {
  return typeof value === "number" && value >= min && value <= max;
}
