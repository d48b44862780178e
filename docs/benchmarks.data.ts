/** The recorded benchmarks, for the page about them. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BenchmarkMachine, type BenchmarkRow, parseRecord, rowsOf } from "../scripts/book/benchmark_record.ts";

/** A recorded benchmark, as the page shows it. */
export interface ShownBenchmark {
  /** Name of the file, without its ending. */
  readonly name: string;
  readonly machine: BenchmarkMachine;
  readonly rows: readonly BenchmarkRow[];
  /** Promises that were made and kept, both runtimes together. */
  readonly kept: number;
  /** Promises that were not kept: case and runtime. */
  readonly missed: readonly string[];
}

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), "public", "benchmarks");

/** Every file of the folder, by name. */
export function shownBenchmarks(): ShownBenchmark[] {
  return readdirSync(FOLDER).filter((file) => file.endsWith(".jsonl")).sort().map((file) => {
    const { machine, figures } = parseRecord(readFileSync(join(FOLDER, file), "utf8"), file);
    const promises = figures.filter((figure) => figure.limit !== undefined);
    const missed = promises.filter(({ ok }) => ok !== true).map((one) => `${one.case} (${one.runtime})`);
    return {
      name: file.replace(/\.jsonl$/, ""),
      machine,
      rows: rowsOf(figures),
      kept: promises.length - missed.length,
      missed,
    };
  });
}

const loader: { watch: string[]; load: () => ShownBenchmark[] } = {
  watch: ["./public/benchmarks/*.jsonl"],
  load: shownBenchmarks,
};

export default loader;
