/** The packages and their READMEs, for the pages under /packages/. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** A page about a package. */
export interface PackagePage {
  /** Last part of its address. */
  readonly name: string;
  /** Its first sentence. */
  readonly summary: string;
  /** Markdown. */
  readonly content: string;
}

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** Every plugin that has a README. */
export function packagePages(): PackagePage[] {
  return readdirSync(join(ROOT, "plugins")).sort()
    .filter((name) => existsSync(join(ROOT, "plugins", name, "README.md")))
    .map((name) => {
      const content = readFileSync(join(ROOT, "plugins", name, "README.md"), "utf8");
      const summary = content.split("\n\n")[1]?.replaceAll("\n", " ").replace(/\[([^\]]+)\]\([^)]*\)/g, "$1") ?? "";
      return { name, summary, content };
    });
}

const loader: { watch: string[]; load: () => PackagePage[] } = {
  watch: ["../plugins/*/README.md"],
  load: packagePages,
};

export default loader;
