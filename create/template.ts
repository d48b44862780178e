/**
 * How a project is made of a template.
 *
 * @module
 */
import { type TemplateName, templateWords } from "./template_words.ts";
import { templateFiles } from "./templates.gen.ts";

/** Names of a project. */
export interface ProjectNames {
  /** Name of its package. */
  readonly package: string;
  /** Name of its actor. */
  readonly actor: string;
  /** The actor in names of files: `glow` of `Glow`. */
  readonly snake: string;
}

/** The files of a project by their paths, with its own names. */
export function projectFiles(
  template: TemplateName,
  names: ProjectNames,
): Readonly<Record<string, string>> {
  const words = templateWords[template];
  const snake = words.snake?.endsWith("_actor") ? `${names.snake}_actor` : names.snake;
  const replace = (text: string): string => {
    let replaced = text.replaceAll(words.package, names.package);
    if (words.actor !== undefined) {
      replaced = replaced.replaceAll(words.actor, names.actor);
    }
    if (words.snake !== undefined) {
      replaced = replaced.replaceAll(words.snake, snake);
    }
    return replaced;
  };
  return Object.fromEntries(
    Object.entries(templateFiles[template]).map((
      [path, text],
    ) => [replace(path), replace(text)]),
  );
}
