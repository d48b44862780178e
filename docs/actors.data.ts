/** The actors as they describe themselves, for the pages under /actors/. `deno task docs` writes the list before. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ActorPage, actorPage, type InspectedActor, slugOf } from "../scripts/actor_page.ts";

const DOCS = dirname(fileURLToPath(import.meta.url));
/** What `streamlib inspect --json` has told. */
const LIST = join(DOCS, ".vitepress", "cache", "actors.json");

/** A page for every actor, by name. */
export function actorPages(): ActorPage[] {
  const actors = JSON.parse(readFileSync(LIST, "utf8")) as InspectedActor[];
  return actors.map((actor) => actorPage(actor, pictureOf(slugOf(actor.name))));
}

/** Effects are called `lut-3d` where the actor is Lut3d. */
function pictureOf(slug: string): string | undefined {
  const effect = slug.replace(/(?<=[a-z])(?=\d)/, "-");
  return [`/actors/${slug}.png`, `/effects/${effect}.png`].find((path) => existsSync(join(DOCS, "public", path)));
}

const loader: { watch: string[]; load: () => Omit<ActorPage, "content">[] } = {
  watch: ["./.vitepress/cache/actors.json"],
  load: () => actorPages().map(({ content: _, ...page }) => page),
};

export default loader;
