/** The packages, for the list of them. `deno task docs` writes it before. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { PackageEntry } from "../scripts/book/package_page.ts";

const LIST = join(dirname(fileURLToPath(import.meta.url)), ".vitepress", "cache", "packages.json");

const loader: { watch: string[]; load: () => PackageEntry[] } = {
  watch: ["./.vitepress/cache/packages.json"],
  load: () => JSON.parse(readFileSync(LIST, "utf8")) as PackageEntry[],
};

export default loader;
