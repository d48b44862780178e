/**
 * Reads a pipeline's text. Pure: it knows no actor, and goes on after what is wrong.
 *
 * @module
 */
import { kebab, longName, plainName } from "./actor_names.ts";
import type { Problems, Span } from "./problem.ts";
import { Scanner } from "./scan.ts";
import type { LinkTree, OptionTree, PipelineTree, PlacementTree, StageTree, Word } from "./tree.ts";
import { STAGE_NAME, STAGES_MAX } from "./tree.ts";
import type { Variables } from "./variables.ts";

/** A stage or a reference to one: which of the two is known once all is read. */
interface Item {
  readonly label: Word | undefined;
  readonly actor: Word;
  readonly port: readonly string[];
  readonly options: OptionTree[];
  readonly placements: PlacementTree[];
  readonly isFirst: boolean;
  readonly span: Span;
}

/** Endings of files that people give in place of an actor. */
const FILE = /\.(?:json|txt|mp4|mov|mkv|webm|wav|ogg|mp3|flac|aac)$/i;
const HEAD = /^[A-Za-z][A-Za-z0-9_-]*(?:\.[A-Za-z][A-Za-z0-9_-]*)*$/;

/**
 * Reads a pipeline's text; never throws.
 *
 * @param source The text.
 * @param variables Values of variables.
 * @param problems Takes what is wrong.
 */
export function parseText(source: string, variables: Variables, problems: Problems): PipelineTree {
  const alone: PlacementTree[] = [];
  const chains = readChains(new Scanner(source, variables, problems), problems, alone);
  if (chains.length === 0 && problems.errors === 0) {
    const end = { from: source.length, to: source.length };
    problems.add("pipeline-syntax", end, 'There is nothing to run: for example "test-pattern | display" is right');
  }
  const defaults = alone.filter((one) => !isPlugin(one));
  return { ...resolve(chains, problems), defaults, plugins: pluginsOf(alone.filter(isPlugin), problems) };
}

function isPlugin({ name }: PlacementTree): boolean {
  return name.text.toLowerCase() === "plugin";
}

/** What stands behind each `@plugin=`. */
function pluginsOf(named: readonly PlacementTree[], problems: Problems): Word[] {
  return named.flatMap(({ name, value }) => {
    if (value !== undefined && value.text !== "") return [value];
    problems.add("pipeline-syntax", name.span, "A plugin is missing here: @plugin=npm:@me/glow@^1 is right");
    return [];
  });
}

function readChains(scanner: Scanner, problems: Problems, defaults: PlacementTree[]): Item[][] {
  const chains: Item[][] = [];
  let chain: Item[] = [];
  /** The `|` that a stage must follow. */
  let pipe: Span | undefined;
  let stages = 0;
  const endChain = (): void => {
    if (pipe) problems.add("pipeline-syntax", pipe, "A stage is missing after this |");
    if (chain.length > 0) chains.push(chain);
    chain = [];
    pipe = undefined;
  };
  for (;;) {
    const label = scanner.label();
    if (label) checkLabel(label, problems);
    const token = scanner.next(true);
    if (token === undefined) break;
    if (token.kind === "placement" && chain.length === 0 && !pipe && !label) {
      defaults.push(token.placement);
      continue;
    }
    if (token.kind === ";") endChain();
    else if (token.kind === "|") {
      problems.add("pipeline-syntax", token.span, "A stage is missing before this |");
      pipe = token.span;
    } else if (token.kind === "head") {
      const { item, end } = readStage(scanner, token.word, label, chain.length === 0 && !pipe, problems);
      if (++stages > STAGES_MAX) {
        problems.add("pipeline-syntax", token.word.span, `A pipeline has at most ${STAGES_MAX} stages`);
        pipe = undefined;
        break;
      }
      if (item) chain.push(item);
      pipe = end;
      if (!end) endChain();
      continue;
    }
    if (label) problems.add("pipeline-syntax", label.span, `An actor is missing after "${label.text}:"`);
    if (token.kind === "placement") {
      problems.add("pipeline-syntax", token.placement.name.span, "An actor is missing before this");
    }
  }
  endChain();
  return chains;
}

/** Reads a stage to its end. `end`: the `|` behind it, if there is one. */
function readStage(
  scanner: Scanner,
  head: Word,
  label: Word | undefined,
  isFirst: boolean,
  problems: Problems,
): { item: Item | undefined; end: Span | undefined } {
  const options: OptionTree[] = [];
  const placements: PlacementTree[] = [];
  let to = head.span.to;
  let end: Span | undefined;
  for (;;) {
    const token = scanner.next(false);
    if (token === undefined || token.kind === ";") break;
    if (token.kind === "|") {
      end = token.span;
      break;
    }
    if (token.kind === "placement") placements.push(token.placement);
    else if (token.kind === "option") options.push(token.option);
    to = scanner.at;
  }
  const [name, ...port] = head.text.split(".");
  if (!HEAD.test(head.text) || FILE.test(head.text)) {
    problems.add("pipeline-syntax", head.span, `"${head.text}" ${noActor(head.text)}`);
    return { item: undefined, end };
  }
  const actor = { text: name, span: { from: head.span.from, to: head.span.from + name.length } };
  const item = { label, actor, port, options, placements, isFirst, span: { from: head.span.from, to } };
  return { item, end };
}

/** Why a word cannot begin a stage. */
function noActor(text: string): string {
  if (/\.(?:json|txt)$/i.test(text)) return `is a file: streamlib run -f ${text} runs a pipeline from a file`;
  if (FILE.test(text)) return `is a file, and no actor: "file ${text}" reads or writes it`;
  if (text.includes("=") || /^["'{[]/.test(text)) return "cannot begin a stage: the actor's name comes first";
  return "cannot be an actor: a name has letters, digits, - and _, then perhaps a port, as in file.audio";
}

function checkLabel({ text, span }: Word, problems: Problems): void {
  if (STAGE_NAME.test(text)) return;
  const shown = text === "" ? "The name before this colon is missing" : `"${text}" cannot be a stage's name`;
  problems.add("pipeline-syntax", span, `${shown}: a letter, then letters, digits, - and _ are right`);
}

/** Tells stages from references to them, and gives every stage a name. */
function resolve(
  chains: readonly (readonly Item[])[],
  problems: Problems,
): Pick<PipelineTree, "stages" | "links"> {
  const items = chains.flat();
  const named = namedItems(items, problems);
  const targets = new Map<Item, Item>();
  for (const item of items) {
    const target = targetOf(item, items, named, problems);
    if (target) targets.set(item, target);
  }
  /** The item that makes the stage. A reference may be spelt like another reference. */
  const makerOf = (item: Item): Item => targets.has(item) ? makerOf(targets.get(item)!) : item;
  const made = items.filter((item) => !targets.has(item));
  const names = stageNames(made, named);
  const stages = made.map((item): StageTree => ({
    name: names.get(item)!,
    actor: item.actor,
    isFirst: !chains.some((chain) => chain.slice(1).some((one) => makerOf(one) === item)),
    options: item.options.filter((option) => option.key?.text !== "id"),
    placements: item.placements,
  }));
  const indexOf = new Map(made.map((item, index) => [item, index]));
  const links: LinkTree[] = [];
  for (const chain of chains) {
    const [only] = chain;
    if (chain.length === 1 && targets.has(only) && only.options.length + only.placements.length === 0) {
      const message = `This only names the stage ${only.actor.text}: link it by | to another one`;
      problems.add("pipeline-syntax", only.span, message);
    }
    const ends = chain.map((item, index) => ({
      stage: indexOf.get(makerOf(item))!,
      port: item.port,
      isMiddle: index > 0 && index < chain.length - 1,
      span: headSpan(item),
    }));
    ends.slice(1).forEach((to, index) => links.push({ from: ends[index], to }));
  }
  return { stages, links };
}

function headSpan({ actor, port }: Item): Span {
  const { from, to } = actor.span;
  return { from, to: to + port.reduce((length, part) => length + part.length + 1, 0) };
}

/** Items with a name of their own, by `name:` or `id=name`. */
function namedItems(items: readonly Item[], problems: Problems): Map<string, Item> {
  const named = new Map<string, Item>();
  for (const item of items) {
    const id = item.options.find((option) => option.key?.text === "id")?.value;
    const given = item.label ?? (id?.kind === "text" ? { text: id.text, span: id.span } : undefined);
    if (id && !item.label && (id.kind !== "text" || !STAGE_NAME.test(id.text))) {
      const text = id.kind === "text" ? id.text : JSON.stringify(id.value);
      checkLabel({ text, span: id.span }, problems);
    }
    if (id && item.label) {
      problems.add("pipeline-syntax", id.span, `This stage is called ${item.label.text} already: leave id out`);
    }
    if (!given) continue;
    const other = named.get(given.text);
    if (other) problems.add("id-taken", given.span, `Two stages are called ${given.text}: rename one`);
    else named.set(given.text, item);
  }
  return named;
}

/** The stage that an item means if it makes none of its own. */
function targetOf(
  item: Item,
  items: readonly Item[],
  named: ReadonlyMap<string, Item>,
  problems: Problems,
): Item | undefined {
  const isBare = !item.label && item.options.length === 0 && item.placements.length === 0;
  const word = item.actor.text;
  const namesake = named.get(word);
  if (namesake === item) return undefined;
  if (namesake && isBare) return namesake;
  if (namesake && !item.label) {
    const message =
      `${word} is the name of a stage: its options stand where it is made; rename it if a new one is meant`;
    problems.add("id-taken", item.span, message);
    return [...named.values()].includes(item) ? undefined : namesake;
  }
  if (!isBare || item.port.length === 0) return undefined;
  const same = items.filter((other) => !other.label && keyOf(other) === keyOf(item));
  const made = same.filter((other) => other.port.length === 0 || other.options.length + other.placements.length > 0);
  const [first, second] = made.length > 0 ? made : same;
  if (second && made.length > 0) {
    const message = `${word} could be any of ${made.length} stages: name the one that is meant, as in name: ${word} …`;
    problems.add("link-ambiguous", item.actor.span, message);
  }
  return first === item ? undefined : first;
}

function keyOf({ actor, isFirst }: Item): string {
  return plainName(longName(actor.text, isFirst));
}

function stageNames(made: readonly Item[], named: ReadonlyMap<string, Item>): Map<Item, string> {
  const names = new Map<Item, string>();
  for (const [name, item] of named) names.set(item, name);
  const taken = new Set(named.keys());
  for (const item of made) {
    if (names.has(item)) continue;
    const base = kebab(item.actor.text).slice(0, 56);
    let name = base;
    for (let count = 2; taken.has(name); count++) name = `${base}-${count}`;
    taken.add(name);
    names.set(item, name);
  }
  return names;
}
