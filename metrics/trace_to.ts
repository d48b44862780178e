/**
 * Frames on their way through the actors, as a file for Perfetto and Chrome's `about:tracing`.
 *
 * @module
 */
import process from "node:process";
import { messageOf, StreamError, traceCalls, type TracedCall } from "@streamlib/core";
import { wrong } from "./metrics_options.ts";
import { eventCountOf, writeTrace } from "./trace_file.ts";
import { checkOneOf, type TraceOptions } from "./trace_frames.ts";

const WHAT = "Cannot write a trace";
/** Calls with many spans take the room of more calls. */
const EVENTS_PER_CALL = 10;

/** Which frames a file has. */
export interface TraceToOptions extends TraceOptions {
  /** Of how many frames one is followed, an integer from 1 to 1 000 000. Default 1: all of them. */
  readonly oneOf?: number;
  /**
   * Calls at most, an integer from 1 to 10 000 000; later ones are left out and counted. So are those by which there
   * would be more than 10 events for each of these: a call, each of its spans and each of its frames is one. Default
   * 200 000.
   */
  readonly callsMax?: number;
}

/** A trace that is being gathered. */
export interface TraceFile extends Disposable {
  /** The file. */
  readonly path: string;
  /** Calls gathered so far. */
  readonly calls: number;
  /** Calls left out so far. */
  readonly omitted: number;
  /**
   * Writes the file; a second call does nothing. The end of the process does it too, but no signal that ends it.
   *
   * @throws {StreamError} `resource` if the file cannot be completed; what was gathered is gone then.
   */
  close(): void;
}

/**
 * Gathers in memory what {@linkcode traceFrames} would tell, about 200 bytes for each call, span and frame, and writes
 * it to a file in the end, half as much. Open it at https://ui.perfetto.dev or in Chrome's `about:tracing`.
 *
 * @param path The file; one that is there is overwritten, at once.
 * @throws {StreamError} `option-invalid` for an option that cannot be, `resource` if the file cannot be written.
 */
export function traceTo(path: string, options: TraceToOptions = {}): TraceFile {
  if (typeof path !== "string" || path === "") throw wrong(WHAT, "path", path, "the name of a file is right");
  const oneOf = checkOneOf(WHAT, options, 1, ["callsMax"]);
  const { callsMax = 200_000 } = options;
  if (!Number.isInteger(callsMax) || callsMax < 1 || callsMax > 1e7) {
    throw wrong(WHAT, "callsMax", callsMax, "an integer from 1 to 10000000 is right");
  }
  written(path, () => writeTrace(path, [], 0));
  const calls: TracedCall[] = [];
  let [count, events, omitted] = [0, 0, 0];
  let isOpen = true;
  const end = traceCalls(oneOf, (told) => {
    for (const call of told) {
      const more = eventCountOf(call);
      if (count === callsMax || events + more > callsMax * EVENTS_PER_CALL) {
        omitted++;
        continue;
      }
      calls.push(call);
      count++;
      events += more;
    }
  });
  const close = (): void => {
    if (!isOpen) return;
    isOpen = false;
    process.removeListener("exit", close);
    end();
    // Whoever keeps the closed trace shall not keep its calls.
    const gathered = calls.splice(0);
    written(path, () => writeTrace(path, gathered, omitted));
  };
  process.on("exit", close);
  return {
    path,
    get calls(): number {
      return count;
    },
    get omitted(): number {
      return omitted;
    },
    close,
    [Symbol.dispose]: close,
  };
}

/** Does what writes the file. */
function written(path: string, write: () => void): void {
  try {
    write();
  } catch (thrown) {
    throw new StreamError("resource", `${WHAT} to ${path}: ${messageOf(thrown)}`, { cause: thrown });
  }
}
