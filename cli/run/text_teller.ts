/**
 * Tells people what happens in a run.
 *
 * @module
 */
import type { Screen } from "../command.ts";
import { tellProblems } from "../pipeline/read_source.ts";
import { lossesOf, lossLine, lossRemedy, statsLines } from "../pipeline/run_stats.ts";
import { ProgressLine } from "./progress_line.ts";
import type { RunTeller } from "./run_teller.ts";
import { thrownAt } from "./thrown_at.ts";

const PROGRESS_MS = 500;

/**
 * A teller of lines: what goes wrong on standard error, what was asked for on standard output, and a line of progress
 * where somebody sees it.
 *
 * @param hasStats Whether the end says what every stage and port did.
 */
export function textTeller(screen: Screen, hasStats: boolean): RunTeller {
  let timer: ReturnType<typeof setInterval> | undefined;
  return {
    wantsFirst: hasStats,
    problems: (pipeline) => tellProblems(pipeline, screen),
    started(plan, { actors }) {
      if (!screen.status) return;
      const progress = new ProgressLine(plan, actors, performance.now());
      timer = setInterval(() => screen.status!(progress.line(performance.now())), PROGRESS_MS);
    },
    address: (stage, url) => screen.err(`${stage}: ${url}`),
    restarting: (stage, { error, delayMs, attempt }) =>
      screen.err(`Stage ${stage}: ${error.message}; restart ${attempt} in ${delayMs.toFixed()} ms`),
    failed({ stage, error }) {
      const at = thrownAt(error);
      screen.err(`Stage ${stage}: ${error.message}${at === undefined ? "" : ` (${at})`}`);
    },
    ended(plan, { actors }, { firstMs }) {
      if (hasStats) {
        if (firstMs !== undefined) {
          screen.out(`first item at the end of the pipeline after ${(firstMs / 1000).toFixed(3)} s`);
        }
        for (const line of statsLines(plan, actors)) screen.out(line);
      }
      const loss = lossLine(lossesOf(plan, actors));
      if (loss === undefined) return;
      const more = [loss, lossRemedy(plan), hasStats ? undefined : "--stats says more"];
      screen.err(more.filter((text) => text !== undefined).join("; "));
    },
    close() {
      clearInterval(timer);
      screen.status?.("");
    },
  };
}
