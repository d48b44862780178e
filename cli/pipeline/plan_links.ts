/**
 * Finds the ports that links mean, by the rules of `pipe`.
 *
 * @module
 */
import type { AnyActorSpec, InputFamilySpec, InputSpec, MessageType, Registration } from "@streamlib/core";
import { nearest } from "../nearest.ts";
import { kebab } from "./actor_names.ts";
import { findCircle } from "./circle.ts";
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

/** Members of families are called so. */
const MEMBER = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

/** Links a checked pipeline has; what is wrong goes to `problems`. `actors`: the class of each stage, if it is known. */
export function planLinks(
  { stages, links }: PipelineTree,
  actors: readonly (Registration | undefined)[],
  problems: Problems,
): PlannedLink[] {
  return new LinkPlanner(stages.map(({ name }) => name), actors, problems).plan(links);
}

class LinkPlanner {
  readonly #names: readonly string[];
  readonly #actors: readonly (Registration | undefined)[];
  readonly #problems: Problems;
  readonly #planned: PlannedLink[] = [];

  constructor(names: readonly string[], actors: readonly (Registration | undefined)[], problems: Problems) {
    this.#names = names;
    this.#actors = actors;
    this.#problems = problems;
  }

  plan(links: readonly LinkTree[]): PlannedLink[] {
    for (const link of links) this.#link(link);
    const circle = findCircle(this.#planned, this.#actors.map((actor) => actor?.actorClass.spec.buffers ?? false));
    if (circle) {
      const path = [...circle, circle[0]].map(({ from }) => this.#names[from]).join(" | ");
      const message = `This closes a circle, ${path}: put a buffer into it`;
      this.#problems.add("cycle", circle.at(-1)!.span, message);
    }
    return this.#planned;
  }

  #spec(stage: number): AnyActorSpec | undefined {
    return this.#actors[stage]?.actorClass.spec;
  }

  #link({ from, to }: LinkTree): void {
    const outputs = this.#outputs(from);
    const inputs = this.#inputs(to);
    if (!outputs || !inputs) return;
    const what = `Cannot link ${this.#label(from)} to ${this.#label(to)}`;
    const pairs: [Candidate, Candidate][] = [];
    for (const type of new Set(outputs.map((port) => port.type))) {
      const giving = outputs.filter((port) => port.type === type);
      const taking = inputs.filter((port) => port.type === type);
      if (taking.length === 0) continue;
      if (giving.length > 1 || taking.length > 1) {
        const several = giving.length > 1 ? from : to;
        const names = (giving.length > 1 ? giving : taking).map((port) => `${this.#names[several.stage]}.${port.name}`);
        this.#problems.add(
          "link-ambiguous",
          several.span,
          `${what}: ${type} fits several ports; write ${names.join(" or ")}`,
        );
        return;
      }
      pairs.push([giving[0], taking[0]]);
    }
    if (pairs.length === 0) return this.#nothingFits(what, from, to, outputs, inputs);
    for (const [output, input] of pairs) {
      this.#planned.push({
        from: from.stage,
        output: output.name,
        to: to.stage,
        input: input.name,
        type: output.type,
        isEvent: output.isEvent,
        span: to.span,
      });
    }
  }

  #nothingFits(what: string, from: EndTree, to: EndTree, outputs: Candidate[], inputs: Candidate[]): void {
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
      const message = `${what}: the one gives ${gives}, wanted is ${typesOf(inputs)}; put ${bridge} between them`;
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
    if (port.length === 0) return all;
    const name = matching(port.join("."), all.map((one) => one.name));
    if (name !== undefined) return all.filter((one) => one.name === name);
    if (isMiddle && this.#isInput(spec, port)) return all;
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

/** The actor that makes what is wanted of what is given, as it is typed: `upload`. */
function bridgeBetween(outputs: readonly Candidate[], inputs: readonly Candidate[]): string | undefined {
  for (const { messages: given } of outputs) {
    for (const { messages: wanted } of inputs) {
      const name = wanted.bridges?.from?.[given.typeName] ?? given.bridges?.to?.[wanted.typeName];
      const actor = /^(\w+?)(?:Actor)?\b/.exec(name ?? "")?.[1];
      if (actor !== undefined) return kebab(actor);
    }
  }
  return undefined;
}

function typesOf(ports: readonly Candidate[]): string {
  return ports.length === 0 ? "nothing" : [...new Set(ports.map(({ type }) => type))].join(", ");
}
