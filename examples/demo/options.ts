/**
 * The demo's command line.
 *
 * @module
 */
import { parseArgs } from "node:util";

/** What the demo is asked to do. */
export interface DemoOptions {
  /** The file to show; SMPTE bars and a tone without one. */
  readonly file: string | undefined;
  /** How long to run; without it until the file ends, or until it is stopped. */
  readonly seconds: number | undefined;
  /** The file to write. */
  readonly out: string;
  /** Port of the page on 127.0.0.1; 0 for any. */
  readonly port: number;
  /** Whether to print the summary as one JSON line instead of words. */
  readonly json: boolean;
}

/** What `--help` prints. */
export const USAGE = `deno task demo [FILE] [--seconds N] [--out FILE] [--port N] [--json]

Shows FILE (or SMPTE bars and a tone) with a drawn clock and a lower third in a browser page,
and writes it to an MP4 file with sound. Ctrl-C ends it; the file is complete then.

  FILE          a video file: mp4, mov, mkv, webm
  --seconds N   end after N seconds (default: at the end of FILE, or at Ctrl-C)
  --out FILE    file to write: .mp4, .mov, .mkv, .webm (default: out/demo.mp4)
  --port N      port of the page on 127.0.0.1 (default: any free one)
  --json        print the summary as one JSON line`;

/**
 * Reads the command line.
 *
 * @returns The options, or `"help"`.
 * @throws {Error} In words for the user, naming the option, its value and what would be right.
 */
export function readOptions(given: readonly string[]): DemoOptions | "help" {
  const { values, positionals } = parseArgs({
    args: [...given],
    allowPositionals: true,
    options: {
      seconds: { type: "string" },
      out: { type: "string", default: "out/demo.mp4" },
      port: { type: "string", default: "0" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return "help";
  if (positionals.length > 1) {
    throw new Error(`Cannot show ${positionals.length} files (${positionals.join(", ")}): give one`);
  }
  const seconds = values.seconds === undefined ? undefined : readNumber("--seconds", values.seconds, 0.1, 1e6);
  const port = readNumber("--port", values.port, 0, 65535);
  if (!Number.isInteger(port)) throw new Error(`Cannot use --port ${values.port}: an integer is right`);
  return { file: positionals[0], seconds, out: values.out, port, json: values.json };
}

function readNumber(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= min && value <= max) return value;
  throw new Error(`Cannot use ${name} ${text}: a number from ${min} to ${max} is right`);
}
