/**
 * Reads a pipeline's JSON form, which `docs/public/pipeline.schema.json` describes.
 *
 * @module
 */
import { nearest } from "../nearest.ts";
import { type JsonMember, type JsonNode, readJson, skip } from "./json_text.ts";
import type { Problems, Span } from "./problem.ts";
import {
  type EndTree,
  type LinkTree,
  type PipelineTree,
  type PlacementTree,
  STAGE_NAME,
  STAGES_MAX,
  type StageTree,
  type Word,
} from "./tree.ts";

const EMPTY: PipelineTree = { stages: [], links: [], defaults: [], plugins: [] };
const ACTOR = /^[A-Za-z][A-Za-z0-9_-]*$/;
const END = /^[A-Za-z][A-Za-z0-9_-]{0,63}(?:\.[A-Za-z][A-Za-z0-9_-]*){0,2}$/;

/** Reads a pipeline's JSON; never throws. */
export function parseJson(source: string, problems: Problems): PipelineTree {
  const read = readJson(source);
  if (!("node" in read)) {
    problems.add("pipeline-syntax", { from: read.at, to: read.at }, read.message);
    return EMPTY;
  }
  const rest = skip(source, read.end);
  if (rest < source.length) {
    problems.add("pipeline-syntax", { from: rest, to: source.length }, "The JSON has ended before this");
  }
  const root = membersOf(read.node, ["$schema", "plugins", "stages", "links"], "the pipeline", problems);
  const stagesNode = root.get("stages");
  const given = stagesNode?.members ?? [];
  const stages = given.slice(0, STAGES_MAX).flatMap((member) => stageOf(member, problems));
  if (given.length > STAGES_MAX) {
    problems.add("pipeline-syntax", given[STAGES_MAX].keySpan, `A pipeline has at most ${STAGES_MAX} stages`);
  }
  if (!stagesNode?.members || stagesNode.members.length === 0) {
    const message = 'A pipeline has "stages": { "NAME": { "actor": "…" } }';
    problems.add("pipeline-syntax", stagesNode?.span ?? point(read.node.span), message);
  }
  const linksNode = root.get("links");
  if (linksNode && !linksNode.items) {
    problems.add(
      "pipeline-syntax",
      linksNode.span,
      '"links" is a list of { "from": "STAGE.OUTPUT", "to": "STAGE.INPUT" }',
    );
  }
  const links = (linksNode?.items ?? []).flatMap((node) => linkOf(node, stages, problems));
  const fed = new Set(links.map(({ to }) => stages[to.stage]));
  return {
    stages: stages.map((stage) => ({ ...stage, isFirst: !fed.has(stage) })),
    links,
    defaults: [],
    plugins: pluginsOf(root.get("plugins"), problems),
  };
}

function pluginsOf(node: JsonNode | undefined, problems: Problems): Word[] {
  const right = '"plugins" is a list of names: ["npm:@me/glow@^1", "./mine.ts"]';
  if (node && !node.items) problems.add("pipeline-syntax", node.span, right);
  return (node?.items ?? []).flatMap(({ value, span }) => {
    if (typeof value === "string" && value !== "") return [{ text: value, span }];
    problems.add("pipeline-syntax", span, right);
    return [];
  });
}

/** Members by key; a key that means nothing is a problem. */
function membersOf(
  node: JsonNode,
  known: readonly string[],
  what: string,
  problems: Problems,
): Map<string, JsonNode> {
  if (!node.members) {
    problems.add("pipeline-syntax", node.span, `An object is wanted for ${what}: { "${known.at(-2)}": … }`);
    return new Map();
  }
  for (const { key, keySpan } of node.members) {
    if (known.includes(key)) continue;
    const near = nearest(key, known);
    const right = near.length > 0 ? `did you mean ${near.join(" or ")}?` : `${known.join(", ")} are right`;
    problems.add("pipeline-syntax", keySpan, `"${key}" means nothing in ${what}: ${right}`);
  }
  return new Map(node.members.map((member) => [member.key, member.node]));
}

function stageOf({ key, keySpan, node }: JsonMember, problems: Problems): StageTree[] {
  if (!STAGE_NAME.test(key)) {
    const message = `"${key}" cannot be a stage's name: a letter, then letters, digits, - and _ are right`;
    problems.add("pipeline-syntax", keySpan, message);
    return [];
  }
  const members = membersOf(node, ["actor", "options", "dispatcher", "clock", "restart"], `stage ${key}`, problems);
  const actor = members.get("actor");
  const options = members.get("options");
  if (typeof actor?.value !== "string" || !ACTOR.test(actor.value)) {
    const message = `Stage ${key} needs an actor: "actor": "TestPattern"`;
    problems.add("pipeline-syntax", actor?.span ?? keySpan, message);
    return [];
  }
  if (options && !options.members) {
    problems.add("pipeline-syntax", options.span, `The options of stage ${key} are an object: { "NAME": value }`);
  }
  return [{
    name: key,
    actor: { text: actor.value, span: actor.span },
    isFirst: true,
    options: (options?.members ?? []).map((option) => ({
      key: { text: option.key, span: option.keySpan },
      value: { kind: "json", value: option.node.value, span: option.node.span },
    })),
    placements: [
      ...placementOf(members.get("dispatcher"), "dispatcher", problems),
      ...placementOf(members.get("clock"), "clock", problems),
      ...restartOf(members.get("restart"), problems),
    ],
  }];
}

function placementOf(node: JsonNode | undefined, key: string, problems: Problems): PlacementTree[] {
  if (!node) return [];
  const { span, value } = node;
  if (typeof value !== "string" && !(key === "clock" && typeof value === "number")) {
    const right = key === "clock" ? '60, "30000/1001" or "lockstep"' : '"thread" or "process"';
    problems.add("pipeline-syntax", span, `"${key}" is ${right}`);
    return [];
  }
  if (key === "clock") return [{ name: { text: "clock", span }, value: { text: String(value), span } }];
  const [name, ...pool] = String(value).split("=");
  return [{ name: { text: name, span }, value: pool.length === 0 ? undefined : { text: pool.join("="), span } }];
}

function restartOf(node: JsonNode | undefined, problems: Problems): PlacementTree[] {
  if (!node) return [];
  const { span, value } = node;
  if (value !== true && typeof value !== "number") {
    problems.add("pipeline-syntax", span, '"restart" is true, or how often: 3');
    return [];
  }
  return [{ name: { text: "restart", span }, value: value === true ? undefined : { text: String(value), span } }];
}

function linkOf(node: JsonNode, stages: readonly StageTree[], problems: Problems): LinkTree[] {
  const members = membersOf(node, ["bridge", "from", "to"], "a link", problems);
  if (!node.members) return [];
  const from = endOf(members.get("from"), "from", node.span, stages, problems);
  const to = endOf(members.get("to"), "to", node.span, stages, problems);
  const bridge = members.get("bridge");
  if (bridge && typeof bridge.value !== "boolean") {
    problems.add("pipeline-syntax", bridge.span, '"bridge" is true or false');
  }
  return from && to ? [{ from, to, isBridged: bridge?.value === true }] : [];
}

function endOf(
  node: JsonNode | undefined,
  key: string,
  span: Span,
  stages: readonly StageTree[],
  problems: Problems,
): EndTree | undefined {
  if (typeof node?.value !== "string" || !END.test(node.value)) {
    problems.add("pipeline-syntax", node?.span ?? point(span), `A link needs "${key}": "STAGE" or "STAGE.PORT"`);
    return undefined;
  }
  const [name, ...port] = node.value.split(".");
  const stage = stages.findIndex((one) => one.name === name);
  if (stage >= 0) return { stage, port, isMiddle: false, span: node.span };
  const near = nearest(name, stages.map((one) => one.name));
  const right = near.length > 0
    ? `did you mean ${near.join(" or ")}?`
    : `there are ${stages.map((one) => one.name).join(", ")}`;
  problems.add("pipeline-syntax", node.span, `There is no stage ${name}: ${right}`);
  return undefined;
}

function point({ from }: Span): Span {
  return { from, to: from + 1 };
}
