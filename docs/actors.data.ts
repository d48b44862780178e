/** The actors as they describe themselves, for the list of them. `deno task docs` writes it before. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ActorPage } from "../scripts/book/actor_page.ts";

/** An entry of the list. */
export type ActorEntry = Omit<ActorPage, "content">;

const LIST = join(dirname(fileURLToPath(import.meta.url)), ".vitepress", "cache", "actors.json");

const loader: { watch: string[]; load: () => ActorEntry[] } = {
  watch: ["./.vitepress/cache/actors.json"],
  load: () => JSON.parse(readFileSync(LIST, "utf8")) as ActorEntry[],
};

export default loader;
