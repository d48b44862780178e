/**
 * From a pipeline's text to its plan: everything but running it.
 *
 * @module
 */
import process from "node:process";
import type { Registration } from "@streamlib/core";
import { loadBridges } from "./bridges.ts";
import { checkFiles } from "./check_files.ts";
import { loadActors } from "./load_actors.ts";
import { parseJson } from "./parse_json.ts";
import { parseText } from "./parse_text.ts";
import { type Plan, type PlannedLink, type PlannedStage, sourcesOf } from "./plan.ts";
import { planLinks, type PlannedBridge } from "./plan_links.ts";
import { planOptions } from "./plan_options.ts";
import { type Placement, planPlacement } from "./plan_placement.ts";
import { type Problem, Problems } from "./problem.ts";
import type { LinkTree, PipelineTree, StageTree } from "./tree.ts";

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
  /** Further plugins to import: specifiers as `importPlugins` takes them, paths from the working folder. */
  readonly plugins?: readonly string[];
  /** Where the pipeline stands: paths of the plugins that it names itself begin there. Default: the working folder. */
  readonly folder?: string;
  /** Refuse plugins of a registry that `streamlib.lock.json` of the folder does not have. Default false. */
  readonly isFrozen?: boolean;
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
  const { plugins = [], set = {}, environment = {}, folder = process.cwd(), isFrozen = false } = options;
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
  const actors = await loadActors(tree.stages, plugins, problems, { words: tree.plugins, folder, isFrozen });
  const stages = planStages(tree, actors, problems);
  // Of fewer stages than the text has, something is wrong already.
  if (stages.length === tree.stages.length) checkFiles(stages, tree.stages, problems);
  const defaults = planPlacement(tree.defaults, problems);
  const linkTrees = tree.links.map((link) => ({ ...link, ...bridging(link, tree.stages[link.to.stage], defaults) }));
  const states = await loadBridges(linkTrees, actors, { folder, lockFolder: folder, isFrozen });
  const { links, bridges } = planLinks({ ...tree, links: linkTrees }, actors, problems, states);
  if (problems.errors > 0) return { plan: undefined, problems: problems.all };
  const named = tree.plugins.map(({ text }) => text);
  const plan = {
    stages: withBridges(withDefaults(stages, links, defaults), bridges),
    links,
    ...(named.length > 0 ? { plugins: named } : {}),
  };
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
    const { place, clock, restarts } = planPlacement(stage.placements, problems);
    const found = actors[index];
    if (!found) return [];
    const { name: actor, actorClass } = found;
    const options = planOptions(stage, actor, actorClass, problems);
    const planned = { name: stage.name, actor, actorClass, options, place, clock, span: stage.actor.span };
    return [restarts === undefined ? planned : { ...planned, restarts }];
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
    ...(stage.restarts === undefined && given.restarts !== undefined ? { restarts: given.restarts } : {}),
  }));
}

/** Whether a link of a text may be bridged: the stage behind it says so, or all do. */
function bridging({ isBridged }: LinkTree, to: StageTree, given: Placement): Pick<LinkTree, "isBridged"> {
  if (isBridged !== undefined) return { isBridged };
  const isAllowed = given.isBridged || to.placements.some(({ name }) => name.text.toLowerCase() === "bridge");
  return isAllowed ? { isBridged: true } : {};
}

/** The stages, and behind them those that come between: each lives where the stage does whose type asks for it. */
function withBridges(stages: readonly PlannedStage[], bridges: readonly PlannedBridge[]): PlannedStage[] {
  return [
    ...stages,
    ...bridges.map(({ name, registration, beside, span }) => ({
      name,
      actor: registration.name,
      actorClass: registration.actorClass,
      options: {},
      place: stages[beside].place,
      clock: undefined,
      span,
    })),
  ];
}

/** Stages that wait for ever, for a link or for something to flow in, and sources that nobody reads. */
function warnOfUnlinked(plan: Plan, problems: Problems): void {
  const { stages, links } = plan;
  for (const stage of sourcesOf(plan)) {
    const { spec } = stage.actorClass;
    const isLinked = links.some(({ from }) => stages[from] === stage);
    const inputs = Object.entries(spec.inputs ?? {});
    const outputs = Object.keys(spec.outputs ?? {});
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
    } else if (outputs.length > 0 && !isLinked) {
      problems.warn(
        "stage-unlinked",
        stage.span,
        `Nobody reads what ${stage.name} gives: add | and a stage behind it`,
      );
    }
  }
}
