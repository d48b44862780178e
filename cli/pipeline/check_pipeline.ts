/**
 * From a pipeline's text to its plan: everything but running it.
 *
 * @module
 */
import type { Registration } from "@streamlib/core";
import { loadActors } from "./load_actors.ts";
import { parseJson } from "./parse_json.ts";
import { parseText } from "./parse_text.ts";
import { type Plan, type PlannedLink, type PlannedStage, sourcesOf } from "./plan.ts";
import { planLinks } from "./plan_links.ts";
import { planOptions } from "./plan_options.ts";
import { type Placement, planPlacement } from "./plan_placement.ts";
import { type Problem, Problems } from "./problem.ts";
import type { PipelineTree, StageTree } from "./tree.ts";

/** A pipeline as it was given. */
export interface PipelineSource {
  /** The text or JSON. */
  readonly text: string;
  /** The file that it stood in; `undefined` if it was typed. */
  readonly name: string | undefined;
  /** Whether it is JSON. */
  readonly isJson: boolean;
}

/** What a check may know. */
export interface CheckOptions {
  /** Further plugins to import. */
  readonly plugins?: readonly string[];
  /** Variables that were given by name. */
  readonly set?: Readonly<Record<string, string>>;
  /** Variables of the environment, for those that were not given. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** What a check found. */
export interface CheckedPipeline {
  /** What can be run; `undefined` if there is an error. */
  readonly plan: Plan | undefined;
  /** What is wrong, in the order of the text, warnings included. */
  readonly problems: readonly Problem[];
}

/** Checks a pipeline, importing the plugins it needs. Never throws for what was typed. */
export async function checkPipeline(source: PipelineSource, options: CheckOptions = {}): Promise<CheckedPipeline> {
  const { plugins = [], set = {}, environment = {} } = options;
  const problems = new Problems();
  const used = new Set<string>();
  const variables = (name: string): string | undefined => {
    used.add(name);
    return Object.hasOwn(set, name) ? set[name] : environment[name];
  };
  const tree = source.isJson ? parseJson(source.text, problems) : parseText(source.text, variables, problems);
  for (const name of Object.keys(set).filter((one) => !used.has(one))) {
    problems.warn("variable-unset", undefined, `Nothing uses the variable ${name} that --set gives`);
  }
  const actors = await loadActors(tree.stages, plugins, problems);
  const stages = planStages(tree, actors, problems);
  const links = planLinks(tree, actors, problems);
  if (problems.errors > 0) return { plan: undefined, problems: problems.all };
  const plan = { stages: withDefaults(stages, links, planPlacement(tree.defaults, problems)), links };
  warnOfUnlinked(plan, problems);
  return { plan: problems.errors > 0 ? undefined : plan, problems: problems.all };
}

function planStages(
  { stages, defaults }: PipelineTree,
  actors: readonly (Registration | undefined)[],
  problems: Problems,
): PlannedStage[] {
  planPlacement(defaults, problems);
  return stages.flatMap((stage: StageTree, index) => {
    const { place, clock } = planPlacement(stage.placements, problems);
    const found = actors[index];
    if (!found) return [];
    const { name: actor, actorClass } = found;
    const options = planOptions(stage, actor, actorClass, problems);
    return [{ name: stage.name, actor, actorClass, options, place, clock, span: stage.actor.span }];
  });
}

/** What holds for all stages holds for those that say nothing else; a clock only where nothing flows in. */
function withDefaults(
  stages: readonly PlannedStage[],
  links: readonly PlannedLink[],
  given: Placement,
): PlannedStage[] {
  const sources = sourcesOf({ stages, links });
  return stages.map((stage) => ({
    ...stage,
    place: stage.place ?? given.place,
    clock: stage.clock ?? (sources.includes(stage) ? given.clock : undefined),
  }));
}

/** Stages that wait for ever: a pipeline of them runs, and nothing happens. */
function warnOfUnlinked(plan: Plan, problems: Problems): void {
  const { stages, links } = plan;
  for (const stage of sourcesOf(plan)) {
    const { spec } = stage.actorClass;
    const isLinked = links.some(({ from }) => stages[from] === stage);
    const inputs = Object.entries(spec.inputs ?? {});
    if (spec.finite && !isLinked && stage.options.freeRun !== true) {
      problems.warn(
        "stage-unlinked",
        stage.span,
        `${stage.name} begins when it is linked: add | and a stage behind it`,
      );
    } else if (inputs.length > 0) {
      const [name] = inputs[0];
      problems.warn(
        "stage-unlinked",
        stage.span,
        `Nothing flows into ${stage.name}: link a stage to its input ${name}`,
      );
    }
  }
}
