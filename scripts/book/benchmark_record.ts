/**
 * Files of recorded benchmarks, as `docs/public/benchmarks/` holds them: JSON lines, the first of them says where and
 * how, the others are the figures as `deno task bench NAME --json` prints them.
 *
 * @module
 */
import type { Figure } from "../../tests/bench/figure.ts";

/** The first line: where and how the figures were measured. */
export interface BenchmarkMachine {
  /** Instant of the recording, ISO 8601, UTC. */
  readonly recorded: string;
  /** What prints these figures. */
  readonly command: string;
  /** Model of the processor, as the system tells it. */
  readonly cpu: string;
  /** Logical processors that the system shows. */
  readonly cores: number;
  readonly memoryBytes: number;
  readonly system: string;
  readonly deno: string;
  readonly bun: string;
  /** Versions of the programs that are measured beside, by name; only those that are there. */
  readonly peers: Readonly<Record<string, string>>;
  /** Processes that wanted a processor, mean of the minute before: what else the machine did. */
  readonly loadBefore: number;
  /** The checkout that was measured. */
  readonly commit: string;
}

/** A figure with the runtime that it was measured on. */
export type RecordedFigure = Figure & { readonly runtime: string };

/** A recorded benchmark. */
export interface BenchmarkRecord {
  readonly machine: BenchmarkMachine;
  readonly figures: readonly RecordedFigure[];
}

/**
 * Reads a file of JSON lines.
 *
 * @param text The file.
 * @param name Its name, for messages.
 * @throws {Error} If a line cannot be read, or lacks what it must have; the message names file and line.
 */
export function parseRecord(text: string, name: string): BenchmarkRecord {
  const lines = text.split("\n").filter((line) => line !== "").map((line, index) => parseLine(line, name, index + 1));
  const [machine, ...figures] = lines;
  if (typeof machine?.cpu !== "string") throw new Error(`Cannot read ${name}:1: the first line must say the machine`);
  figures.forEach((figure, index) => {
    const isFigure = typeof figure.case === "string" && typeof figure.value === "number" &&
      typeof figure.runtime === "string";
    if (!isFigure) throw new Error(`Cannot read ${name}:${index + 2}: a figure has case, value and runtime`);
  });
  return { machine, figures } as unknown as BenchmarkRecord;
}

function parseLine(line: string, name: string, number: number): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch (thrown) {
    throw new Error(`Cannot read ${name}:${number}: ${(thrown as Error).message}`);
  }
}

/** A figure of both runtimes: a row of a table. */
export interface BenchmarkRow {
  readonly case: string;
  readonly unit: string;
  readonly deno: RecordedFigure | undefined;
  readonly bun: RecordedFigure | undefined;
}

/** One row for each case, in the order in which they were measured; a case that comes twice has two. */
export function rowsOf(figures: readonly RecordedFigure[]): BenchmarkRow[] {
  const cases = [...new Set(figures.map((figure) => figure.case))];
  return cases.flatMap((name) => {
    const of = (runtime: string): RecordedFigure[] =>
      figures.filter((one) => one.case === name && one.runtime.startsWith(runtime));
    const [deno, bun] = [of("deno"), of("bun")];
    return Array.from({ length: Math.max(deno.length, bun.length) }, (_, index) => (
      { case: name, unit: (deno[index] ?? bun[index]).unit, deno: deno[index], bun: bun[index] }
    ));
  });
}
