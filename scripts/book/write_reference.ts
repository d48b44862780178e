/**
 * Writes the pages that are made of what the code says of itself: those of the API and those of the actors.
 *
 * They are files, not routes of vitepress, because its search knows files alone.
 *
 * @module
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { ROOT } from "../../tests/setup.ts";
import { type ActorPage, actorPage, type InspectedActor, packageOf, slugOf } from "./actor_page.ts";
import { pictureOf } from "./actor_pictures/table.ts";
import { type ApiPage, apiPages } from "./api_page/pages.ts";
import { apiSurroundings, readApi } from "./api_page/read.ts";

const DOCS = join(ROOT, "docs");
/** What is read when vitepress builds. */
const CACHE = join(DOCS, ".vitepress", "cache");

/**
 * Writes `docs/api/`, `docs/actors/*.md`, and the lists of both that other pages are made of.
 *
 * @param actors What `streamlib inspect --json` tells.
 * @returns Links of docstrings that lead nowhere, one line each.
 */
export function writeReference(actors: readonly InspectedActor[]): readonly string[] {
  const actorPages = new Map(actors.map(({ className, name }) => [className, `/actors/${slugOf(name)}`]));
  const api = apiPages(readApi(), apiSurroundings(process.env, actorPages));
  rmSync(join(DOCS, "api"), { recursive: true, force: true });
  for (const { path, content } of api.pages) write(join(DOCS, "api", `${path}.md`), content);
  write(join(CACHE, "api_sidebar.json"), JSON.stringify(sidebar(api.pages)));

  for (const file of readdirSync(join(DOCS, "actors"))) if (file !== "index.md") rmSync(join(DOCS, "actors", file));
  const pages = actors.map((actor) => {
    return actorPage(actor, {
      picture: pictureOf(actor.name),
      api: api.addressOf(actor.className, packageOf(actor.module)),
      typeAddress: (type) => api.addressOf(type, packageOf(actor.module)),
    });
  });
  for (const { slug, content } of pages) write(join(DOCS, "actors", `${slug}.md`), content);
  write(join(CACHE, "actors.json"), JSON.stringify(pages.map(({ content: _, ...page }: ActorPage) => page)));
  return api.problems;
}

/** Pages of the API as vitepress lists them: packages, and the topics of the large ones. */
function sidebar(pages: readonly ApiPage[]): object[] {
  return pages.filter(({ path }) => path.endsWith("/index")).map(({ path, title }) => {
    const folder = path.slice(0, -"index".length);
    const items = pages.filter((page) => page.path.startsWith(folder) && page.path !== path)
      .map((page) => ({ text: page.title, link: `/api/${page.path}` }));
    const item = { text: title, link: `/api/${folder}` };
    return items.length > 0 ? { ...item, collapsed: true, items } : item;
  });
}

function write(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${content}\n`);
}
