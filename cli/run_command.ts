/**
 * `streamlib run`: a pipeline from its text or JSON.
 *
 * @module
 */
import process from "node:process";
import type { Command, Screen } from "./command.ts";
import { BuildError, buildPipeline, type BuiltPipeline } from "./pipeline/build_pipeline.ts";
import type { PipelineSource } from "./pipeline/check_pipeline.ts";
import type { Plan } from "./pipeline/plan.ts";
import { givenPipeline, PIPELINE_OPTIONS } from "./pipeline/read_source.ts";
import { runPipeline } from "./pipeline/run_pipeline.ts";
import { tellAddresses } from "./pipeline/stage_addresses.ts";
import { durationMs } from "./pipeline/units.ts";
import { jsonTeller } from "./run/json_teller.ts";
import type { RunTeller } from "./run/run_teller.ts";
import { textTeller } from "./run/text_teller.ts";

/** Exit codes by signal: 128 and its number, as shells have it. */
const SIGNALS: Readonly<Record<string, number>> = { SIGINT: 130, SIGTERM: 143 };
/** Timers of the runtimes go no further. */
const DURATION_MS_MAX = 0x7fff_ffff;

/**
 * Exit code 0 when every source has ended or the duration is over, 1 if an actor failed, 2 if the pipeline cannot be
 * run, 130 or 143 if it was interrupted.
 */
export const run: Command = {
  name: "run",
  summary: "Run a pipeline: streamlib run 'file clip.mp4 | display'",
  positionals: "PIPELINE",
  positionalsMax: Infinity,
  options: {
    ...PIPELINE_OPTIONS,
    duration: {
      kind: "text",
      value: "TIME",
      description: "End after this time: 10s, 500ms, 2min; a number is seconds",
    },
    json: {
      kind: "flag",
      description: "Write JSON: an object on a line for whatever happens, the last one with stats",
    },
    stats: { kind: "flag", description: "At the end say what every stage and port did" },
    profile: { kind: "flag", description: "At the end say where the time went, as STREAMLIB_PROFILE=1 does" },
  },
  async run(given, positionals, screen: Screen) {
    const lasting = given.duration === undefined ? undefined : durationMs(given.duration as string);
    if (given.duration !== undefined && (lasting === undefined || lasting > DURATION_MS_MAX)) {
      screen.err(`Cannot run: --duration ${given.duration} is no time: 10s, 500ms or 2min is right, at most 24 days`);
      return 2;
    }
    const teller = given.json === true ? jsonTeller(screen) : textTeller(screen, given.stats === true);
    try {
      const pipeline = await givenPipeline(given, positionals);
      if (typeof pipeline === "string") {
        screen.err(`Cannot run: ${pipeline}`);
        return 2;
      }
      teller.problems(pipeline);
      return pipeline.plan ? await start(pipeline.plan, pipeline.source, lasting, teller) : 2;
    } finally {
      teller.close();
    }
  },
};

async function start(
  plan: Plan,
  source: PipelineSource,
  lasting: number | undefined,
  teller: RunTeller,
): Promise<number> {
  try {
    return await live(plan, await buildPipeline(plan), lasting, teller);
  } catch (thrown) {
    if (!(thrown instanceof BuildError)) throw thrown;
    const problem = { code: "place-refused", message: thrown.message, span: thrown.stage.span } as const;
    teller.problems({ source, problems: [problem] });
    return 2;
  }
}

async function live(
  plan: Plan,
  built: BuiltPipeline,
  lasting: number | undefined,
  teller: RunTeller,
): Promise<number> {
  const { actors } = built;
  const stop = new AbortController();
  let code = 0;
  const listeners = Object.entries(SIGNALS).map(([signal, its]) =>
    [signal, (): void => {
      // Whoever asks twice means it.
      if (stop.signal.aborted) process.exit(its);
      code = its;
      stop.abort();
    }] as const
  );
  for (const [signal, listener] of listeners) process.on(signal, listener);
  // A reader that has gone, such as head, wants no more.
  const leave = (): void => stop.abort();
  process.stdout.on("error", leave);
  const first = teller.wantsFirst ? watchFirst(plan, built) : undefined;
  teller.started(plan, built);
  for (const [index, supervisor] of built.supervisors) {
    supervisor.on("restarting", (event) => teller.restarting(plan.stages[index].name, event));
    // It is told as the stage's failure.
    supervisor.on("gave-up", () => {});
  }
  tellAddresses(plan, actors, teller.address);
  try {
    const outcome = await runPipeline(plan, built, {
      stop: stop.signal,
      durationMs: lasting,
      onFailure: teller.failed,
    });
    const exitCode = outcome.failures.length > 0 ? 1 : outcome.reason === "stopped" ? code : 0;
    teller.ended(plan, built, { ...outcome, exitCode, firstMs: first?.atMs() });
    return exitCode;
  } finally {
    first?.close();
    for (const [signal, listener] of listeners) process.off(signal, listener);
    process.stdout.off("error", leave);
  }
}

/** Notes when a stage that hands nothing on has read its first item, ms since the process began; to 5 ms. */
function watchFirst({ stages, links }: Plan, { actors }: BuiltPipeline): { atMs(): number | undefined; close(): void } {
  const last = actors.filter((_, index) =>
    links.some(({ to }) => to === index) && !links.some(({ from }) => from === index)
  );
  const watched = last.length > 0 ? last : actors.filter((_, index) => stages[index].actorClass.spec.outputs);
  let firstMs: number | undefined;
  const look = (): void => {
    const isThere = watched.some(({ stats }) => Object.values(stats.inputs).some(({ read }) => read > 0));
    if (isThere) firstMs ??= performance.now();
    if (isThere) clearInterval(timer);
  };
  const timer = setInterval(look, 5);
  const atMs = (): number | undefined => {
    look();
    return firstMs;
  };
  return { atMs, close: () => clearInterval(timer) };
}
