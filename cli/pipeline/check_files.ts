/**
 * Files that a pipeline would write over while it reads or writes them.
 *
 * @module
 */
import { realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { PlannedStage } from "./plan.ts";
import type { Problems, Span } from "./problem.ts";
import type { StageTree } from "./tree.ts";

/**
 * Tells of every file writer whose file is read, or written by another one, in the same pipeline. The actors check that
 * too, but only those that share a thread.
 */
export function checkFiles(stages: readonly PlannedStage[], trees: readonly StageTree[], problems: Problems): void {
  const files = stages.flatMap(({ name, actor, options: { path } }, index) => {
    const isWriter = actor === "FileWriter";
    if (typeof path !== "string" || (!isWriter && actor !== "FileReader")) return [];
    return [{ name, path, isWriter, real: realPath(path), span: pathSpan(trees[index]) }];
  });
  files.forEach((file, index) => {
    if (!file.isWriter) return;
    const other = files.find((one, its) => one.real === file.real && (!one.isWriter || its < index));
    if (!other) return;
    const message = `Cannot write ${file.path} in ${file.name}: ${other.name} ${other.isWriter ? "writes" : "reads"} ` +
      "the same file; a path of its own is right";
    problems.add("option-invalid", file.span, message);
  });
}

/** Where the path stands, else the stage. */
function pathSpan({ actor, options }: StageTree): Span {
  const option = options.find(({ key }) => key === undefined || key.text.toLowerCase() === "path");
  return option ? option.value.span : actor.span;
}

/** The same for all names of a file, which need not be there. */
function realPath(path: string): string {
  const whole = resolve(path);
  try {
    return realpathSync(whole);
  } catch {
    try {
      return join(realpathSync(dirname(whole)), basename(whole));
    } catch {
      return whole;
    }
  }
}
