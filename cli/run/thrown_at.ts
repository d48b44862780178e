/**
 * Where in the source of an actor a failure was thrown.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

/** `at f (file:///a.ts:1:2)`, `at file:///a.ts:1:2`, `at f (/a.ts:1:2)`; not what is the runtime's own. */
const FRAME = /^\s*at (?:.*\()?((?:file:\/\/)?\/[^()]+):(\d+):(\d+)\)?$/m;

/** Errors of the language; who has made a class for an error has found words for it. */
const FAULTS = /^(?:Type|Range|Reference|Syntax|URI|Eval|Aggregate)?Error$/;

/**
 * The first line of the stack that is in a file, of what was thrown in the end.
 *
 * @param failure What an actor failed by, with its causes.
 * @returns `/home/me/glow.ts:12:5`; `undefined` of errors with a code or a class of their own, as what streamlib or the
 * system refuses, whose words say what is to be done, and of what has no stack.
 */
export function thrownAt(failure: unknown): string | undefined {
  let thrown = failure;
  while (thrown instanceof Error && thrown.cause !== undefined) thrown = thrown.cause;
  if (!(thrown instanceof Error) || "code" in thrown || !FAULTS.test(thrown.name)) return undefined;
  const frame = FRAME.exec(thrown.stack ?? "");
  if (!frame) return undefined;
  const [, file, line, column] = frame;
  return `${file.startsWith("file:") ? fileURLToPath(file) : file}:${line}:${column}`;
}
