/**
 * Checks that a package keeps to what streamlib expects.
 *
 * @module
 */
import { isStreamError, messageOf } from "@streamlib/core";
import process from "node:process";
import { type ActorSubject, type Check, type ConformKind, Inapplicable, Skip } from "./check.ts";
import { clockChecks } from "./clock_checks.ts";
import { declarationChecks } from "./declaration_checks.ts";
import { flowChecks } from "./flow_checks.ts";
import { lifeChecks } from "./life_checks.ts";
import { load, type Loaded } from "./load.ts";
import { optionChecks } from "./option_checks.ts";
import { packageChecks } from "./package_checks.ts";
import type { ConformReport, ConformResult } from "./report.ts";

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

/** Every check there is, in the order of a report. */
export const conformChecks: readonly ConformCheck[] = [
  ...packageChecks.map(({ id, title }) => ({ kind: "package" as const, id, title })),
  ...ACTOR_CHECKS.map(({ id, title }) => ({ kind: "actor" as const, id, title })),
  ...clockChecks.map(({ id, title }) => ({ kind: "clock" as const, id, title })),
];

/**
 * Imports a package and checks it: its manifests, each actor that its door exports, and the clocks that its `conform.ts`
 * names. It runs on this runtime; run it on both.
 *
 * @param path The package's folder, or the module that is its door.
 * @param options Which checks.
 * @returns What came of them; it conforms if none failed.
 * @throws {Error} If there is no such package or it cannot be imported.
 */
export async function conform(path: string, options: ConformOptions = {}): Promise<ConformReport> {
  const { subject, conformance } = await load(path);
  const results: ConformResult[] = [];
  const run = async <S>(
    kind: ConformKind,
    name: string,
    checks: readonly Check<S>[],
    of: S,
    except: Readonly<Record<string, string>> = {},
  ): Promise<void> => {
    for (const check of checks) {
      if (options.only && !options.only.some((prefix) => check.id.startsWith(prefix))) continue;
      const result = { kind, name, id: check.id, title: check.title, ...await outcomeOf(check, of, except[check.id]) };
      results.push(result);
      options.onResult?.(result);
    }
  };
  await run("package", String(subject.npm?.name ?? subject.deno?.name ?? path), packageChecks, subject);
  for (const registration of subject.actors) {
    const told = conformance.actors?.[registration.name] ?? {};
    const of = actorSubject(registration, told, subject.exports);
    await run("actor", registration.name, ACTOR_CHECKS, of, told.except);
  }
  for (const [name, make] of Object.entries(conformance.clocks ?? {})) await run("clock", name, clockChecks, { make });
  const count = (outcome: ConformResult["outcome"]): number => results.filter((one) => one.outcome === outcome).length;
  return {
    path,
    runtime: runtimeName(),
    passed: count("passed"),
    failed: count("failed"),
    skipped: count("skipped"),
    inapplicable: count("inapplicable"),
    results,
  };
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
