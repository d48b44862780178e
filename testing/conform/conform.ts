/**
 * Checks that a package keeps to what streamlib expects.
 *
 * @module
 */
import { isStreamError, messageOf } from "@streamlib/core";
import process from "node:process";
import { type ActorSubject, type Check, type ConformKind, Inapplicable, Skip } from "./check.ts";
import { clockChecks } from "./clock_checks.ts";
import { codecProviderChecks } from "./codec_provider_checks.ts";
import type { Conformance, PartConformance } from "./conformance.ts";
import { declarationChecks } from "./declaration_checks.ts";
import { dispatcherChecks } from "./dispatcher_checks.ts";
import { flowChecks } from "./flow_checks.ts";
import { lifeChecks } from "./life_checks.ts";
import { load, type Loaded } from "./load.ts";
import { optionChecks } from "./option_checks.ts";
import { packageChecks } from "./package_checks.ts";
import { registryChecks } from "./registry_checks.ts";
import { type ConformReport, type ConformResult, reportOf } from "./report.ts";
import type { TransportSubject } from "./streams.ts";
import { transportChecks } from "./transport_checks.ts";

/** What {@linkcode conform} may be told. */
export interface ConformOptions {
  /** Only checks whose id begins with one of these, such as `option-` or `life-stop`. Default: all. */
  readonly only?: readonly string[];
  /** Hears of each result as it comes. */
  readonly onResult?: (result: ConformResult) => void;
}

/** What a check is, for lists. */
export interface ConformCheck {
  /** What it looks at. */
  readonly kind: ConformKind;
  /** Its name for programs; never renamed. */
  readonly id: string;
  /** What must hold. */
  readonly title: string;
}

/** Errors that say that the machine lacks something, which is no fault of the package. */
const LACKING: readonly string[] = ["native-missing", "gpu-missing"];

const ACTOR_CHECKS: readonly Check<ActorSubject>[] = [
  ...declarationChecks,
  ...optionChecks,
  ...lifeChecks,
  ...flowChecks,
];

function listed(kind: ConformKind, checks: readonly { readonly id: string; readonly title: string }[]): ConformCheck[] {
  return checks.map(({ id, title }) => ({ kind, id, title }));
}

/** Every check there is, in the order of a report. */
export const conformChecks: readonly ConformCheck[] = [
  ...listed("package", packageChecks),
  ...listed("actor", ACTOR_CHECKS),
  ...listed("clock", clockChecks),
  ...listed("registry", registryChecks),
  ...listed("dispatcher", dispatcherChecks),
  ...listed("codec-provider", codecProviderChecks),
  ...listed("transport", transportChecks),
];

/** Makes the checks that are asked for, one after another. */
class Run {
  readonly results: ConformResult[] = [];
  readonly #options: ConformOptions;

  constructor(options: ConformOptions) {
    this.#options = options;
  }

  /** Checks one thing. `notHere` skips all of its checks. */
  async check<S>(
    kind: ConformKind,
    name: string,
    checks: readonly Check<S>[],
    of: S,
    { except = {}, notHere }: PartConformance = {},
  ): Promise<void> {
    const { only, onResult } = this.#options;
    for (const check of checks) {
      const { id, title } = check;
      if (only && !only.some((prefix) => id.startsWith(prefix))) continue;
      const outcome = except[id] === undefined && notHere !== undefined
        ? { outcome: "skipped" as const, detail: notHere }
        : await outcomeOf(check, of, except[id]);
      const result = { kind, name, id, title, ...outcome };
      this.results.push(result);
      onResult?.(result);
    }
  }

  /** Checks parts that `conform.ts` names. */
  async checkParts<S extends PartConformance>(
    kind: ConformKind,
    checks: readonly Check<S>[],
    parts: Readonly<Record<string, S>> = {},
  ): Promise<void> {
    for (const [name, of] of Object.entries(parts)) await this.check(kind, name, checks, of, of);
  }
}

/**
 * Imports a package and checks it: its manifests, each actor that its door exports, and the clocks, registries,
 * dispatchers, codec providers and transports that its `conform.ts` names. It runs on this runtime; run it on both.
 *
 * @param path The package's folder, or the module that is its door.
 * @param options Which checks.
 * @returns What came of them; it conforms if none failed.
 * @throws {Error} If there is no such package or it cannot be imported, or if its `conform.ts` names an actor or a check
 * that is not there.
 */
export async function conform(path: string, options: ConformOptions = {}): Promise<ConformReport> {
  const { subject, conformance } = await load(path);
  checkNames(path, conformance, subject.actors.map(({ name }) => name));
  const run = new Run(options);
  const packageName = String(subject.npm?.name ?? subject.deno?.name ?? path);
  await run.check("package", packageName, packageChecks, subject, conformance.package);
  for (const registration of subject.actors) {
    const told = conformance.actors?.[registration.name] ?? {};
    const of = actorSubject(registration, told, subject.exports);
    await run.check("actor", registration.name, ACTOR_CHECKS, of, told.except ? { except: told.except } : {});
  }
  await run.checkParts("clock", clockChecks, conformance.clocks);
  await run.checkParts("registry", registryChecks, conformance.registries);
  await run.checkParts("dispatcher", dispatcherChecks, conformance.dispatchers);
  await run.checkParts("codec-provider", codecProviderChecks, conformance.codecProviders);
  const named = Object.entries(conformance.transports ?? {}).map(([name, told]) => [name, { ...told, name }]);
  await run.checkParts("transport", transportChecks, Object.fromEntries(named) as Record<string, TransportSubject>);
  return reportOf(path, runtimeName(), run.results);
}

/** A name that is wrong would silently do nothing. */
function checkNames(path: string, conformance: Conformance, actors: readonly string[]): void {
  const { package: ofPackage, ...parts } = conformance;
  const unknown = Object.keys(conformance.actors ?? {}).find((name) => !actors.includes(name));
  if (unknown !== undefined) {
    throw new Error(
      `Cannot check ${path}: conform.ts names actor ${unknown}; its actors are ${actors.join(", ") || "none"}`,
    );
  }
  const told: PartConformance[] = Object.values(parts).flatMap((part) => Object.values(part as object));
  const ids = [ofPackage, ...told].flatMap((part) => Object.keys(part?.except ?? {}));
  const wrong = ids.find((id) => !conformChecks.some((check) => check.id === id));
  if (wrong !== undefined) {
    throw new Error(`Cannot check ${path}: conform.ts excepts ${wrong}, and no check is called so`);
  }
}

function actorSubject(
  registration: ActorSubject["registration"],
  told: NonNullable<Loaded["conformance"]["actors"]>[string],
  exports: ActorSubject["exports"],
): ActorSubject {
  const { options, notHere, onlyHere, single, samples = {} } = told;
  const needsNone = "value" in (registration.actorClass.spec.options?.validate({}) ?? { value: {} });
  return {
    registration,
    options: options ?? (needsNone ? {} : undefined),
    notHere,
    onlyHere,
    single,
    samples,
    exports,
  };
}

async function outcomeOf<S>(
  check: Check<S>,
  of: S,
  exception: string | undefined,
): Promise<Pick<ConformResult, "outcome" | "detail">> {
  if (exception !== undefined) return { outcome: "inapplicable", detail: exception };
  try {
    await check.run(of);
    return { outcome: "passed" };
  } catch (thrown) {
    if (thrown instanceof Inapplicable) return { outcome: "inapplicable", detail: messageOf(thrown) };
    const lacking = thrown instanceof Skip ? messageOf(thrown) : lackingHere(thrown);
    return lacking === undefined
      ? { outcome: "failed", detail: messageOf(thrown) }
      : { outcome: "skipped", detail: lacking };
  }
}

/** What this machine lacks, if an actor has failed because of that. */
function lackingHere(thrown: unknown): string | undefined {
  for (let at = thrown; at instanceof Error; at = at.cause) {
    if (isStreamError(at) && LACKING.includes(at.code)) return `this machine lacks what it needs (${at.code})`;
  }
  return undefined;
}

function runtimeName(): string {
  const { deno, bun } = process.versions as Readonly<Record<string, string | undefined>>;
  return deno === undefined ? `bun ${bun}` : `deno ${deno}`;
}
