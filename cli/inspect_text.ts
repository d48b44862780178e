/**
 * Actors explained for people.
 *
 * @module
 */
import type { ActorDescription, JsonSchema, PortDescription } from "@streamlib/core";
import type { InspectedActor } from "./inspect_command.ts";
import { kebab } from "./pipeline/actor_names.ts";

/** A line for each actor. */
export function catalogueLines(actors: readonly InspectedActor[]): string[] {
  if (actors.length === 0) return ["No actor is registered: install a plugin, or name one with --plugin SPEC."];
  const flows = actors.map(({ inputs, outputs }) => `${typesOf(inputs)} -> ${typesOf(outputs)}`);
  const rows = actors.map(({ name, description }, index) => [name, flows[index], description]);
  return table(rows);
}

/** Everything about one actor. */
export function actorLines(actor: InspectedActor): string[] {
  const { name, description, module, inputs, outputs, controls, options } = actor;
  return [
    `${name}: ${description}`,
    "",
    ...section("Inputs", inputs.map(portRow)),
    ...section("Outputs", outputs.map(portRow)),
    ...listed("Options", optionLines(options)),
    ...section("Controls", controls.map((control) => [`${control}()`])),
    "Example",
    `  ${actor.example}`,
    `  streamlib run '${pipelineOf(actor)}'`,
    "",
    `Module ${module}`,
  ];
}

/** A line of code that makes the actor, with the options that it cannot do without. */
export function exampleOf(className: string, { options }: ActorDescription): string {
  const properties = propertiesOf(options);
  const required = requiredOf(options).map((name) => `${name}: ${sampleOf(properties[name] ?? {})}`);
  const variable = className.replace(/Actor$/, "").replace(/^[A-Z]+(?![a-z])|^[A-Z]/, (head) => head.toLowerCase());
  return `const ${variable} = new ${className}(${required.length === 0 ? "" : `{ ${required.join(", ")} }`});`;
}

/** The actor in a pipeline, with the options that it cannot do without; the one that needs no name comes without it. */
function pipelineOf({ name, options, positional, inputs, outputs }: ActorDescription): string {
  const required = requiredOf(options).map((option) => option === positional ? "…" : `${option}=…`);
  const before = inputs.length > 0 ? ["… |"] : [];
  const behind = outputs.length > 0 ? ["| …"] : [];
  return [...before, kebab(name), ...required, ...behind].join(" ");
}

function typesOf(ports: readonly PortDescription[]): string {
  return ports.length === 0 ? "-" : ports.map(({ name, type }) => `${name}: ${type}`).join(", ");
}

function portRow({ name, type, delivery, depth, max, description }: PortDescription): string[] {
  const details = [
    type,
    delivery,
    depth === undefined ? undefined : `depth ${depth}`,
    max === undefined ? undefined : `at most ${max}`,
  ];
  return [name, details.filter((part) => part !== undefined).join(", "), description];
}

/** Two lines for each option: its type, then its default and what it is. */
function optionLines(schema: JsonSchema): string[] {
  const required = requiredOf(schema);
  const properties = Object.entries(propertiesOf(schema));
  const width = Math.max(0, ...properties.map(([name]) => name.length));
  return properties.flatMap(([name, property]) => {
    const { default: preset, description } = property;
    const optional = required.includes(name) ? "required" : "optional";
    const given = preset !== undefined ? `default ${JSON.stringify(preset)}` : optional;
    const explained = typeof description === "string" ? `${given}; ${description}` : given;
    return [`${name.padEnd(width)}  ${typeOf(property)}`, `${" ".repeat(width)}  ${explained}`];
  });
}

/** A JSON Schema in a few words: `integer 2 to 16384, multiple of 2`. */
export function typeOf(schema: JsonSchema): string {
  const choices = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(choices)) return choices.map((one) => typeOf(one as JsonSchema)).join(" | ");
  if (Array.isArray(schema.enum)) return schema.enum.map((one) => JSON.stringify(one)).join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.type === "array") return `list of ${typeOf((schema.items ?? {}) as JsonSchema)}`;
  const properties = Object.entries(propertiesOf(schema));
  if (schema.type === "object" && properties.length > 0) {
    return `{ ${properties.map(([name, property]) => `${name}: ${typeOf(property)}`).join(", ")} }`;
  }
  const type = typeof schema.type === "string" ? schema.type : "any";
  const range = rangeOf(schema);
  const parts = [
    range === undefined ? type : `${type} ${range}`,
    schema.multipleOf === undefined ? undefined : `multiple of ${schema.multipleOf}`,
    typeof schema.pattern === "string" ? `like ${schema.pattern}` : undefined,
  ];
  return parts.filter((part) => part !== undefined).join(", ");
}

function rangeOf(schema: JsonSchema): string | undefined {
  const bound = (value: unknown): number | undefined =>
    typeof value === "number" && Math.abs(value) < Number.MAX_SAFE_INTEGER ? value : undefined;
  const low = bound(schema.minimum);
  const high = bound(schema.maximum);
  const above = bound(schema.exclusiveMinimum);
  const below = bound(schema.exclusiveMaximum);
  if (low !== undefined && high !== undefined) return `${low} to ${high}`;
  const parts = [
    low === undefined ? undefined : `from ${low}`,
    above === undefined ? undefined : `above ${above}`,
    high === undefined ? undefined : `up to ${high}`,
    below === undefined ? undefined : `below ${below}`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join(" ");
}

function sampleOf(schema: JsonSchema): string {
  if (Array.isArray(schema.enum)) return JSON.stringify(schema.enum[0]);
  if (schema.type === "number" || schema.type === "integer") return String(schema.minimum ?? 1);
  if (schema.type === "boolean") return "true";
  return schema.type === "object" ? "{}" : '"…"';
}

function propertiesOf(schema: JsonSchema): Readonly<Record<string, JsonSchema>> {
  return (schema.properties ?? {}) as Readonly<Record<string, JsonSchema>>;
}

function requiredOf(schema: JsonSchema): readonly string[] {
  return (schema.required ?? []) as readonly string[];
}

function section(title: string, rows: string[][]): string[] {
  return rows.length === 0 ? [] : listed(title, table(rows));
}

function listed(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`), ""];
}

/** Columns of equal width, none wider than 40: a longer cell pushes its row. */
function table(rows: readonly string[][]): string[] {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) => {
    const lengths = rows.map((row) => row[column]?.length ?? 0).filter((length) => length <= 40);
    return Math.max(0, ...lengths);
  });
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column])).join("  ").trimEnd());
}
