/**
 * The pages of the packages: their READMEs, with links that hold on the site.
 *
 * They are files, not routes of vitepress, because its search knows files alone.
 *
 * @module
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, posix } from "node:path";
import { ROOT } from "../../tests/setup.ts";
import { members } from "../workspace.ts";

/** An entry of the list of packages. */
export interface PackageEntry {
  /** Last part of its address. */
  readonly slug: string;
  /** `@streamlib/video`. */
  readonly name: string;
  /** Its first paragraph, as text. */
  readonly summary: string;
  /** Whether it is a plugin: actors that a program imports when it needs them. */
  readonly isPlugin: boolean;
}

/** A README for the site. */
export interface PackagePage {
  readonly summary: string;
  /** Markdown. */
  readonly content: string;
  /** Links that no page stands for, one line each. */
  readonly problems: readonly string[];
}

/** Writes `docs/packages/*.md` and the list of them. @returns Links that lead nowhere, one line each. */
export function writePackages(): readonly string[] {
  const folder = join(ROOT, "docs", "packages");
  for (const file of readdirSync(folder)) if (file !== "index.md") rmSync(join(folder, file));
  const entries: PackageEntry[] = [];
  const problems: string[] = [];
  for (const { folder: at, npm } of members()) {
    const page = packagePage(at, readFileSync(join(ROOT, at, "README.md"), "utf8"));
    problems.push(...page.problems);
    writeFileSync(join(folder, `${basename(at)}.md`), page.content);
    entries.push({ slug: basename(at), name: npm.name, summary: page.summary, isPlugin: at.startsWith("plugins/") });
  }
  const list = join(ROOT, "docs", ".vitepress", "cache", "packages.json");
  mkdirSync(dirname(list), { recursive: true });
  writeFileSync(list, JSON.stringify(entries));
  return problems;
}

/**
 * A README with its links turned into those of the site.
 *
 * @param folder Of the package, from the root.
 * @param text The README.
 */
export function packagePage(folder: string, text: string): PackagePage {
  const problems: string[] = [];
  const content = text.replaceAll(/\]\(([^)\s]+)\)/g, (whole, target: string) => {
    if (/^([a-z]+:|#|\/)/.test(target)) return whole;
    const [file, hash] = target.split("#");
    const address = addressOf(posix.join(folder, file));
    if (address !== undefined) return `](${address}${hash === undefined ? "" : `#${hash}`})`;
    problems.push(`${folder}/README.md: no page of the site stands for ${target}`);
    return whole;
  });
  const summary = (text.split("\n\n")[1] ?? "").replaceAll("\n", " ").replaceAll(/\[([^\]]+)\]\([^)]*\)/g, "$1");
  return { summary: summary.replaceAll("`", ""), content, problems };
}

/** Where a file of the repository is shown on the site. */
function addressOf(path: string): string | undefined {
  if (path === "README.md") return "/";
  if (path.startsWith("docs/") && path.endsWith(".md") && existsSync(join(ROOT, path))) {
    return path.slice("docs".length, -".md".length).replace(/\/index$/, "/");
  }
  const found = members().find(({ folder }) => path === `${folder}/README.md`);
  return found && `/packages/${basename(found.folder)}`;
}
