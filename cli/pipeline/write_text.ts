/**
 * Writes a plan down: as text that can be run again, and as JSON.
 *
 * @module
 */
import type { ActorClass } from "@streamlib/core";
import { kebab } from "./actor_names.ts";
import { alternativesOf, memberSchema, propertiesOf } from "./json_schema.ts";
import { clockText, placeText, type Plan, type PlannedStage } from "./plan.ts";

/** Text that needs no quotes: no sign of the grammar, and nothing that reads as a number or a word for yes or no. */
const PLAIN = /^(?!(?:true|false|yes|no|on|off)$)[A-Za-z_/.][A-Za-z0-9_/.:-]*$/i;

/** The plan as text: a line for each plugin, each stage and each link. Parsed again it is the same plan. */
export function planText(plan: Plan): string {
  const { stages, links, plugins = [] } = plan;
  const width = Math.max(...stages.map(({ name }) => name.length));
  const lines = [
    ...plugins.map((specifier) => `@plugin=${valueText(specifier)}`),
    ...stages.map((stage) => stageText(stage, width)),
    ...links.map(({ from, output, to, input }) => `${stages[from].name}.${output} | ${stages[to].name}.${input}`),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

function stageText({ name, actor, actorClass, options, place, clock, restarts }: PlannedStage, width: number): string {
  return [
    `${name}:`.padEnd(width + 1),
    kebab(actor),
    ...Object.entries(options).map(([key, value]) =>
      `${key}=${fractionText(key, value, actorClass) ?? valueText(value)}`
    ),
    ...(place ? [`@${pooled(placeText(place))}`] : []),
    ...(clock ? [`@clock=${clockText(clock)}`] : []),
    ...(restarts === undefined ? [] : [`@restart=${restarts}`]),
  ].join(" ");
}

/** `gpu=NVIDIA H200` with quotes around the name. */
function pooled(text: string): string {
  const [kind, ...pool] = text.split("=");
  return pool.length === 0 ? kind : `${kind}=${valueText(pool.join("="))}`;
}

/** `30000/1001` for a rate, where it is read as one. */
function fractionText(key: string, value: unknown, { spec }: ActorClass): string | undefined {
  const { num, den, ...rest } = (value ?? {}) as { num?: unknown; den?: unknown };
  const schema = spec.options?.toJSONSchema() ?? {};
  const types = alternativesOf(memberSchema(schema, key, schema) ?? {}, schema);
  const isRate = Number.isInteger(num) && Number.isInteger(den) && Object.keys(rest).length === 0;
  return isRate && types.some((type) => "num" in propertiesOf(type)) ? `${num}/${den}` : undefined;
}

/** A value as it is typed. */
function valueText(value: unknown): string {
  if (typeof value === "string") return PLAIN.test(value) ? value : quoted(value);
  return JSON.stringify(value);
}

function quoted(value: string): string {
  if (!/['\n]/.test(value)) return `'${value}'`;
  const escaped = value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("$", "$$$$")
    .replaceAll("\n", "\\n").replaceAll("\r", "\\r").replaceAll("\t", "\\t");
  return `"${escaped}"`;
}

/** The plan as the JSON form. */
export interface PipelineJson {
  /** Plugins that it names itself; absent if none. */
  readonly plugins?: readonly string[];
  /** Stages by name. */
  readonly stages: Readonly<Record<string, StageJson>>;
  /** Links from outputs to inputs. */
  readonly links: readonly { readonly from: string; readonly to: string }[];
}

/** A stage in the JSON form. */
export interface StageJson {
  /** Registered name. */
  readonly actor: string;
  /** Its own options; absent if none is given. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** `loop`, `thread`, `process` or `gpu`, perhaps with `=` and a pool; absent for the event loop. */
  readonly dispatcher?: string;
  /** Beats per second, a fraction of them as text, or `lockstep`; absent for what the actor has by itself. */
  readonly clock?: number | string;
  /** How often it may be made anew within 5 s when it fails; absent: never. */
  readonly restart?: number;
}

/** The plan as the JSON form. */
export function planJson({ stages, links, plugins = [] }: Plan): PipelineJson {
  return {
    ...(plugins.length > 0 ? { plugins } : {}),
    stages: Object.fromEntries(stages.map((stage) => [stage.name, stageJson(stage)])),
    links: links.map(({ from, output, to, input }) => ({
      from: `${stages[from].name}.${output}`,
      to: `${stages[to].name}.${input}`,
    })),
  };
}

function stageJson({ actor, options, place, clock, restarts }: PlannedStage): StageJson {
  const beat = clock && clockText(clock);
  return {
    actor,
    ...(Object.keys(options).length > 0 ? { options } : {}),
    ...(place ? { dispatcher: placeText(place) } : {}),
    ...(beat === undefined ? {} : { clock: Number.isFinite(Number(beat)) ? Number(beat) : beat }),
    ...(restarts === undefined ? {} : { restart: restarts }),
  };
}
