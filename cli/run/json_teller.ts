/**
 * Tells programs what happens in a run: an object on each line.
 *
 * @module
 */
import { isStreamError } from "@streamlib/core";
import process from "node:process";
import type { Screen } from "../command.ts";
import { placeText, type Plan } from "../pipeline/plan.ts";
import { reportOf } from "../pipeline/problem.ts";
import { lossesOf } from "../pipeline/run_stats.ts";
import { divertOutput } from "./divert_output.ts";
import type { RunTeller } from "./run_teller.ts";
import { thrownAt } from "./thrown_at.ts";

/** A teller of objects on standard output; what actors print goes to standard error meanwhile. */
export function jsonTeller(screen: Screen): RunTeller {
  const giveBack = divertOutput();
  const say = (event: string, more: object): void =>
    screen.out(JSON.stringify({ event, atMs: Math.round(performance.now() * 10) / 10, ...more }));
  return {
    wantsFirst: true,
    problems({ source, problems }) {
      for (const problem of problems) {
        const { severity, ...report } = reportOf(source.text, problem);
        say(severity, report);
      }
    },
    started: (plan) => say("started", startOf(plan)),
    address: (stage, url) => say("address", { stage, url }),
    restarting: (stage, { error, attempt, delayMs }) =>
      say("restarting", { stage, ...reasonOf(error), attempt, delayMs: Math.round(delayMs) }),
    failed: ({ stage, error }) => say("failed", { stage, ...reasonOf(error) }),
    ended(plan, { actors }, { reason, exitCode, firstMs }) {
      say("ended", {
        reason,
        exitCode,
        ...(firstMs === undefined ? {} : { firstItemMs: Math.round(firstMs) }),
        lost: lossesOf(plan, actors),
        actors: actors.map(({ stats }, index) => {
          const { ticks, missedTicks, restarts, state, counters, inputs, outputs } = stats;
          return {
            stage: plan.stages[index].name,
            actor: plan.stages[index].actor,
            state,
            ticks,
            missed: missedTicks,
            restarts,
            counters,
            inputs: mapped(inputs, ({ read, missed }) => ({ read, missed })),
            outputs: mapped(outputs, ({ committed, dropped, memoryBytes }) => ({ committed, dropped, memoryBytes })),
          };
        }),
      });
    },
    close: giveBack,
  };
}

function startOf({ stages, links }: Plan): object {
  return {
    pid: process.pid,
    actors: stages.map(({ name, actor, place }) => ({ stage: name, actor, place: place ? placeText(place) : "loop" })),
    links: links.map(({ from, output, to, input, type }) => ({
      from: `${stages[from].name}.${output}`,
      to: `${stages[to].name}.${input}`,
      type,
    })),
  };
}

function reasonOf(error: Error): object {
  const at = thrownAt(error);
  return {
    ...(isStreamError(error) ? { code: error.code } : {}),
    message: error.message,
    ...(at === undefined ? {} : { at }),
  };
}

function mapped<T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}
