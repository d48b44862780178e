/**
 * The page of an actor, from what the actor says of itself.
 *
 * @module
 */

/** What `streamlib inspect --json` tells of an actor, as far as its page shows it. */
export interface InspectedActor {
  readonly name: string;
  readonly module: string;
  readonly description: string;
  readonly className: string;
  readonly example: string;
  readonly inputs: readonly InspectedPort[];
  readonly outputs: readonly InspectedPort[];
  readonly controls: readonly string[];
  readonly options: Schema;
}

/** A port of it. */
export interface InspectedPort {
  readonly name: string;
  readonly type: string;
  readonly description: string;
  readonly delivery?: string;
  readonly depth?: number;
  readonly max?: number;
}

/** The parts of JSON Schema that options use. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly default?: unknown;
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
}

/** What the page of an actor shows beside what the actor says. */
export interface ActorSurroundings {
  /** A picture of it, if there is one. */
  readonly picture?: ActorPicture | undefined;
  /** Where its class is explained, if that is somewhere. */
  readonly api?: string | undefined;
  /** Where the type of a port is explained, if that is somewhere. */
  readonly typeAddress?: (type: string) => string | undefined;
}

/** A picture in the docs. */
export interface ActorPicture {
  readonly address: string;
  /** What it shows. */
  readonly shows: string;
}

/** A page under /actors/. */
export interface ActorPage {
  /** Last part of its address: the name in lower case with hyphens. */
  readonly slug: string;
  readonly name: string;
  /** `@streamlib/gpu`. */
  readonly packageName: string;
  readonly summary: string;
  readonly picture?: ActorPicture | undefined;
  /** Markdown. */
  readonly content: string;
}

/**
 * Writes the page of an actor.
 *
 * @param actor What it says of itself.
 * @param surroundings What it is shown with.
 */
export function actorPage(actor: InspectedActor, surroundings: ActorSurroundings): ActorPage {
  const { name, className, description, example, inputs, outputs, controls, options } = actor;
  const { picture, api, typeAddress = () => undefined } = surroundings;
  const packageName = packageOf(actor.module);
  const typeOf = ({ type }: InspectedPort): string => link(code(type), typeAddress(type));
  const classLink = link(code(className), api);
  const sections = [
    `# ${name}`,
    `${text(description)}. ${classLink} of [\`${packageName}\`](${packageAddress(packageName)}).`,
    ...(picture ? [figure(picture)] : []),
    ...table(
      "Inputs",
      ["name", "type", "read", "what"],
      inputs.map((port) => [code(port.name), typeOf(port), readOf(port), text(port.description)]),
    ),
    ...table(
      "Outputs",
      ["name", "type", "what"],
      outputs.map((port) => [code(port.name), typeOf(port), text(port.description)]),
    ),
    ...table("Options", ["name", "value", "default", "what"], optionRows(options)),
    ...(controls.length > 0 ? ["## Controls", controls.map((control) => `\`${control}()\``).join(", ")] : []),
    "## Example",
    ["```ts", `import { ${className} } from "${packageName}";`, "", example, "```"].join("\n"),
  ];
  return { slug: slugOf(name), name, packageName, summary: description, picture, content: sections.join("\n\n") };
}

/** `TestPattern` as `test-pattern`. */
export function slugOf(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, "$1-$2").toLowerCase();
}

/** The package whose folder a module lies in. */
export function packageOf(module: string): string {
  const [, plugin] = /\/plugins\/([^/]+)\//.exec(module) ?? [];
  return `@streamlib/${plugin ?? "core"}`;
}

function packageAddress(packageName: string): string {
  return `/packages/${packageName.slice("@streamlib/".length)}`;
}

/** How an input is read. */
function readOf({ delivery, depth = 1, max }: InspectedPort): string {
  const read = delivery === "ordered" ? `ordered, ${depth} behind` : delivery ?? "";
  return max === undefined ? read : `${read}; at most ${max}`;
}

function optionRows(schema: Schema): string[][] {
  return Object.entries(schema.properties ?? {}).map(([name, option]) => [
    code(name) + (schema.required?.includes(name) ? " (must be given)" : ""),
    valueOf(option),
    option.default === undefined ? "" : code(JSON.stringify(option.default)),
    text(option.description ?? ""),
  ]);
}

/** What values an option takes, in words. */
function valueOf(schema: Schema): string {
  if (schema.enum) return schema.enum.map((value) => code(JSON.stringify(value))).join(", ");
  if (schema.const !== undefined) return code(JSON.stringify(schema.const));
  if (schema.anyOf) return schema.anyOf.map(valueOf).join(" or ");
  const type = typeof schema.type === "string" ? schema.type : schema.type?.join(" or ") ?? "any";
  if (type === "array") return `list of ${schema.items ? valueOf(schema.items) : "any"}`;
  return type + rangeOf(schema);
}

function rangeOf({ minimum, maximum, exclusiveMinimum }: Schema): string {
  const isBounded = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER;
  if (exclusiveMinimum !== undefined && exclusiveMinimum > Number.MIN_SAFE_INTEGER) {
    return ` above ${exclusiveMinimum}${isBounded ? ` to ${maximum}` : ""}`;
  }
  if (minimum === undefined || minimum === Number.MIN_SAFE_INTEGER) return isBounded ? ` up to ${maximum}` : "";
  return isBounded ? ` ${minimum} to ${maximum}` : ` from ${minimum}`;
}

function figure({ address, shows }: ActorPicture): string {
  const shown = text(shows);
  return `<figure class="actor-picture">\n\n![${shown.replace(/[[\]]/g, "")}](${address})\n\n` +
    `<figcaption>\n\n${shown}\n\n</figcaption>\n</figure>`;
}

/** A table without the columns in which nothing stands. */
function table(title: string, heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly string[]): string =>
    `| ${cells.filter((_, column) => rows.some((row) => row[column] !== "")).join(" | ")} |`;
  return [`## ${title}`, [line(heads), line(heads.map(() => "---")), ...rows.map(line)].join("\n")];
}

function link(shown: string, address: string | undefined): string {
  return address ? `[${shown}](${address})` : shown;
}

function code(value: string): string {
  return `\`${value.replaceAll("|", "\\|").replaceAll("`", "'")}\``;
}

/** Plain words in a table of Markdown, which is shown by Vue. */
function text(value: string): string {
  return value.replaceAll("|", "\\|").replaceAll("<", "&lt;").replaceAll("{", "&#123;").replaceAll("\n", " ");
}
