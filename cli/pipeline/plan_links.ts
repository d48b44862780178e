/**
 * Finds the ports that links mean, by the rules of `pipe`.
 *
 * @module
 */
import type { AnyActorSpec, InputFamilySpec, InputSpec, MessageType, Registration } from "@streamlib/core";
import { nearest } from "../nearest.ts";
import { type Bridge, bridgeActor, bridgeLack, bridgeOf, type BridgeStates, bridgeWord } from "./bridges.ts";
import { findCircle } from "./circle.ts";
import { pluginProblem } from "./load_actors.ts";
import type { PlannedLink } from "./plan.ts";
import type { Problems, Span } from "./problem.ts";
import type { EndTree, LinkTree, PipelineTree } from "./tree.ts";

/** A port that a link could use. */
interface Candidate {
  readonly name: string;
  readonly type: string;
  readonly isEvent: boolean;
  readonly messages: MessageType;
}

/** An output and an input to be linked. */
interface Pair {
  readonly output: Candidate;
  readonly input: Candidate;
}

/** Links, and the stages that come between others. */
export interface PlannedLinks {
  readonly links: readonly PlannedLink[];
  /** Stages that are made besides those of the text: their indices go on behind those. */
  readonly bridges: readonly PlannedBridge[];
}

/** A stage between two types. */
export interface PlannedBridge {
  /** Its name. */
  readonly name: string;
  /** Its actor. */
  readonly registration: Registration;
  /** Index of the stage that it lives with. */
  readonly beside: number;
  /** The stage behind it. */
  readonly span: Span;
}

/** Members of families are called so. */
const MEMBER = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

/**
 * Links a checked pipeline has; what is wrong goes to `problems`. `actors`: the class of each stage, if it is known.
 * `states`: what came of importing bridges.
 */
export function planLinks(
  { stages, links }: PipelineTree,
  actors: readonly (Registration | undefined)[],
  problems: Problems,
  states: BridgeStates = new Map(),
): PlannedLinks {
  return new LinkPlanner(stages.map(({ name }) => name), actors, problems, states).plan(links);
}

class LinkPlanner {
  readonly #names: string[];
  readonly #actors: (Registration | undefined)[];
  readonly #problems: Problems;
  readonly #planned: PlannedLink[] = [];
  readonly #bridges: PlannedBridge[] = [];
  readonly #states: BridgeStates;

  constructor(
    names: readonly string[],
    actors: readonly (Registration | undefined)[],
    problems: Problems,
    states: BridgeStates,
  ) {
    this.#states = states;
    this.#names = [...names];
    this.#actors = [...actors];
    this.#problems = problems;
  }

  plan(links: readonly LinkTree[]): PlannedLinks {
    for (const link of this.#ordered(links)) this.#link(link);
    const circle = findCircle(this.#planned, this.#actors.map((actor) => actor?.actorClass.spec.buffers ?? false));
    if (circle) {
      const path = [...circle, circle[0]].map(({ from }) => this.#names[from]).join(" | ");
      const message = `This closes a circle, ${path}: put a buffer into it`;
      this.#problems.add("cycle", circle.at(-1)!.span, message);
    }
    return { links: this.#planned, bridges: this.#bridges };
  }

  /** As they are, but what leaves a stage that hands its inputs on comes after what enters it. */
  #ordered(links: readonly LinkTree[]): LinkTree[] {
    const ordered: LinkTree[] = [];
    let left = [...links];
    while (left.length > 0) {
      const isReady = ({ from: { stage } }: LinkTree): boolean =>
        handedOn(this.#spec(stage)).length === 0 || !left.some(({ to }) => to.stage === stage);
      // In a circle of such stages one must be first.
      const next = left.find(isReady) ?? left[0];
      ordered.push(next);
      left = left.filter((link) => link !== next);
    }
    return ordered;
  }

  #spec(stage: number): AnyActorSpec | undefined {
    return this.#actors[stage]?.actorClass.spec;
  }

  #link({ from, to, isBridged }: LinkTree): void {
    const outputs = this.#outputs(from);
    const inputs = this.#inputs(to);
    if (!outputs || !inputs) return;
    const what = `Cannot link ${this.#label(from)} to ${this.#label(to)}`;
    const direct = this.#pairs(what, from, to, outputs, inputs, (given, wanted) => given.type === wanted.type);
    if (!direct) return;
    const left = (one: Candidate): boolean => !direct.some(({ output }) => output.type === one.type);
    const isAble = ({ messages: given }: Candidate, { messages: wanted }: Candidate): boolean =>
      bridgeOf(given, wanted) !== undefined;
    const bridged = isBridged ? this.#pairs(what, from, to, outputs.filter(left), inputs.filter(left), isAble) : [];
    if (!bridged) return;
    if (direct.length + bridged.length === 0) {
      return this.#nothingFits(what, from, to, outputs, inputs, isBridged);
    }
    for (const { output, input } of direct) this.#put(from.stage, output, to.stage, input, to.span);
    for (const pair of bridged) this.#lay(what, from, to, pair);
  }

  /** For each type that is given the one input for it; `undefined` if that is ambiguous, which is told then. */
  #pairs(
    what: string,
    from: EndTree,
    to: EndTree,
    outputs: readonly Candidate[],
    inputs: readonly Candidate[],
    fits: (given: Candidate, wanted: Candidate) => boolean,
  ): Pair[] | undefined {
    const pairs: Pair[] = [];
    for (const type of new Set(outputs.map((port) => port.type))) {
      const giving = outputs.filter((port) => port.type === type);
      const taking = inputs.filter((port) => fits(giving[0], port));
      if (taking.length === 0) continue;
      const rivals = pairs.filter(({ input }) => taking.includes(input)).map(({ output }) => output);
      const sources = [...rivals, ...giving];
      if (sources.length > 1 || taking.length > 1) {
        const several = sources.length > 1 ? from : to;
        const names = (sources.length > 1 ? sources : taking).map((port) =>
          `${this.#names[several.stage]}.${port.name}`
        );
        this.#problems.add(
          "link-ambiguous",
          several.span,
          `${what}: ${type} fits several ports; write ${names.join(" or ")}`,
        );
        return undefined;
      }
      pairs.push({ output: giving[0], input: taking[0] });
    }
    return pairs;
  }

  #put(from: number, output: Candidate, to: number, input: Candidate, span: Span): void {
    const { type, isEvent } = output;
    this.#planned.push({ from, output: output.name, to, input: input.name, type, isEvent, span });
  }

  /** Puts an actor between two ports. */
  #lay(what: string, from: EndTree, to: EndTree, { output, input }: Pair): void {
    const bridge = bridgeOf(output.messages, input.messages)!;
    const registration = bridgeActor(bridge);
    const { inputs = {}, outputs = {} } = registration?.actorClass.spec ?? {};
    const entry = Object.entries(inputs).find(([, one]) => !("each" in one) && one.type.typeName === output.type);
    const exit = Object.entries(outputs).find(([, one]) => one.type.typeName === input.type);
    if (!registration || !entry || !exit) {
      const { code, reason } = bridgeLack(bridge, this.#states);
      this.#problems.add(pluginProblem(code), to.span, `${what}: ${reason}`);
      return;
    }
    const word = bridgeWord(bridge);
    let name = word;
    for (let count = 2; this.#names.includes(name); count++) name = `${word}-${count}`;
    const stage = this.#names.push(name) - 1;
    this.#actors.push(registration);
    const beside = bridge.beside === "wanted" ? to.stage : from.stage;
    this.#bridges.push({ name, registration, beside, span: to.span });
    this.#put(from.stage, output, stage, candidate(entry[0], output.messages), to.span);
    this.#put(stage, candidate(exit[0], input.messages), to.stage, input, to.span);
  }

  #nothingFits(
    what: string,
    from: EndTree,
    to: EndTree,
    outputs: readonly Candidate[],
    inputs: readonly Candidate[],
    isBridged: boolean | undefined,
  ): void {
    const spec = this.#spec(to.stage)!;
    const gives = typesOf(outputs);
    const stage = this.#names[to.stage];
    const isGiven = (one: { type: { typeName: string } }): boolean =>
      outputs.some(({ type }) => type === one.type.typeName);
    const entries = Object.entries(spec.inputs ?? {});
    const family = entries.find(([, one]) => "each" in one && isGiven(one.each))?.[0];
    const taken = entries.find(([name, one]) => !("each" in one) && isGiven(one) && this.#linkTo(to.stage, name))?.[0];
    if (to.port.length === 0 && taken !== undefined) {
      const other = this.#names[this.#linkTo(to.stage, taken)!.from];
      const remedy = family === undefined ? "an input takes one link" : `write ${stage}.${family} for a further one`;
      this.#problems.add("link-taken", to.span, `${what}: its input ${taken} is linked to ${other}; ${remedy}`);
      return;
    }
    if (to.port.length === 0 && family !== undefined) {
      this.#problems.add("link-none", to.span, `${what}: write ${stage}.${family} for one of its ${family} inputs`);
      return;
    }
    const origin = this.#originOf(from.stage, inputs);
    if (origin !== undefined) {
      const message = `${what}: the one gives ${gives}; begin a chain of its own with what flows into it: ` +
        `"; ${origin} | …"`;
      this.#problems.add("link-none", to.span, message);
      return;
    }
    const free = inputs.length === 0 && entries.length === 0
      ? `${stage} has no inputs`
      : `${to.port.length > 0 ? "wanted is" : "it has free inputs for"} ${typesOf(inputs)}`;
    const bridge = bridgeBetween(outputs, inputs);
    if (bridge !== undefined) {
      // In JSON a link says whether it is one, in a text the stage behind it.
      const word = isBridged === undefined ? `@bridge behind ${stage}` : '"bridge": true in the link';
      const message = `${what}: the one gives ${gives}, wanted is ${typesOf(inputs)}; ` +
        `put ${bridgeWord(bridge)} between them, or write ${word}`;
      this.#problems.add("link-type", to.span, message);
      return;
    }
    const code = to.port.length > 0 || from.port.length > 0 ? "link-type" : "link-none";
    this.#problems.add(code, to.span, `${what}: the one gives ${gives}, ${free}`);
  }

  /** The output that feeds a stage and would fit one of these inputs. */
  #originOf(stage: number, inputs: readonly Candidate[]): string | undefined {
    const link = this.#planned.find((one) => one.to === stage && inputs.some(({ type }) => type === one.type));
    return link && `${this.#names[link.from]}.${link.output}`;
  }

  #linkTo(stage: number, input: string): PlannedLink | undefined {
    return this.#planned.find((link) => link.to === stage && link.input === input);
  }

  /** Outputs that the link may use; `undefined` if that is not known. */
  #outputs({ stage, port, isMiddle, span }: EndTree): Candidate[] | undefined {
    const spec = this.#spec(stage);
    if (!spec) return undefined;
    const all = Object.entries(spec.outputs ?? {}).map(([name, { type }]) => candidate(name, type));
    const passing = handedOn(spec);
    const isFed = passing.some((name) => this.#linkTo(stage, name));
    const fed = isFed ? all.filter(({ name }) => !passing.includes(name) || this.#linkTo(stage, name)) : all;
    if (port.length === 0) return fed;
    const name = matching(port.join("."), all.map((one) => one.name));
    if (name !== undefined) return all.filter((one) => one.name === name);
    if (isMiddle && this.#isInput(spec, port)) return fed;
    this.#unknown("output", stage, port, span, all.map((one) => one.name));
    return undefined;
  }

  #isInput(spec: AnyActorSpec, port: readonly string[]): boolean {
    const names = Object.keys(spec.inputs ?? {});
    return matching(port[0], names) !== undefined || familyOf(spec, port[0]) !== undefined;
  }

  /** Free inputs that the link may use; `undefined` if that is not known, or told already. */
  #inputs(end: EndTree): Candidate[] | undefined {
    const { stage, port, isMiddle, span } = end;
    const spec = this.#spec(stage);
    if (!spec) return undefined;
    const all = Object.entries(spec.inputs ?? {}) as [string, InputSpec | InputFamilySpec][];
    const free = all.flatMap(([name, one]) =>
      "each" in one || this.#linkTo(stage, name) ? [] : [candidate(name, one.type)]
    );
    if (port.length === 0) return free;
    const found = this.#named(spec, stage, port);
    if (!found) {
      if (isMiddle && matching(port.join("."), Object.keys(spec.outputs ?? {})) !== undefined) return free;
      this.#unknown("input", stage, port, span, all.map(([name, one]) => "each" in one ? `${name}1` : name));
      return undefined;
    }
    const taken = this.#linkTo(stage, found.name);
    if (taken) {
      const message = `Cannot link ${this.#label(end)}: it is linked to ${this.#names[taken.from]} already`;
      this.#problems.add("link-taken", span, message);
      return undefined;
    }
    const family = found.name.split(".")[0];
    const declared = spec.inputs?.[family];
    const members = this.#planned.filter((link) => link.to === stage && link.input.startsWith(`${family}.`));
    if (declared && "each" in declared && members.length >= declared.max) {
      this.#problems.add("port-unknown", span, `${this.#names[stage]} has ${declared.max} inputs ${family}, the most`);
      return undefined;
    }
    return [found];
  }

  /** The input called so: `base`, `layer.logo`, `layer1`, or `layer` for the next one of a family. */
  #named(spec: AnyActorSpec, stage: number, port: readonly string[]): Candidate | undefined {
    const name = matching(port[0], Object.keys(spec.inputs ?? {}));
    const declared = name === undefined ? undefined : spec.inputs![name];
    if (declared && !("each" in declared)) {
      return port.length === 1 ? candidate(name!, declared.type) : undefined;
    }
    if (declared && "each" in declared) {
      const { type } = declared.each;
      if (port.length === 2) return MEMBER.test(port[1]) ? candidate(`${name}.${port[1]}`, type) : undefined;
      if (port.length > 2) return undefined;
      for (let count = 1;; count++) {
        const member = `${name}.${name}${count}`;
        if (!this.#linkTo(stage, member)) return candidate(member, type);
      }
    }
    const family = port.length === 1 ? familyOf(spec, port[0]) : undefined;
    if (family === undefined) return undefined;
    return candidate(`${family}.${port[0]}`, (spec.inputs![family] as InputFamilySpec).each.type);
  }

  #unknown(kind: string, stage: number, port: readonly string[], span: Span, known: readonly string[]): void {
    const near = nearest(port.join("."), known);
    const right = known.length === 0
      ? "it has none"
      : near.length > 0
      ? `did you mean ${near.join(" or ")}?`
      : `it has ${known.join(", ")}`;
    const message = `${this.#names[stage]} has no ${kind} ${port.join(".")}: ${right}`;
    this.#problems.add("port-unknown", span, message);
  }

  #label({ stage, port }: EndTree): string {
    return [this.#names[stage], ...port].join(".");
  }
}

/** Outputs that give nothing but what comes in by the input of the same name: those of a buffer. */
function handedOn(
  { buffers, inputs = {}, outputs = {} }: Pick<AnyActorSpec, "buffers" | "inputs" | "outputs"> = {},
): string[] {
  if (!buffers) return [];
  return Object.keys(outputs).filter((name) => {
    const input = inputs[name];
    return input && !("each" in input) && input.type.typeName === outputs[name].type.typeName;
  });
}

/** The name that is meant: as it is written, else but for case and hyphens. */
function matching(name: string, known: readonly string[]): string | undefined {
  const plain = (one: string): string => one.replaceAll(/[-_]/g, "").toLowerCase();
  return known.find((one) => one === name) ?? known.find((one) => plain(one) === plain(name));
}

/** The family that `layer1` belongs to. */
function familyOf(spec: AnyActorSpec, name: string): string | undefined {
  const families = Object.entries(spec.inputs ?? {}).filter(([, one]) => "each" in one).map(([family]) => family);
  return families.find((family) => name.startsWith(family) && /^\d{1,4}$/.test(name.slice(family.length)));
}

function candidate(name: string, messages: MessageType): Candidate {
  return { name, type: messages.typeName, isEvent: messages.kind === "event", messages };
}

/** What makes something that is wanted of something that is given. */
function bridgeBetween(outputs: readonly Candidate[], inputs: readonly Candidate[]): Bridge | undefined {
  return outputs.flatMap(({ messages: given }) => inputs.map(({ messages: wanted }) => bridgeOf(given, wanted)))
    .find((bridge) => bridge !== undefined);
}

function typesOf(ports: readonly Candidate[]): string {
  return ports.length === 0 ? "nothing" : [...new Set(ports.map(({ type }) => type))].join(", ");
}
