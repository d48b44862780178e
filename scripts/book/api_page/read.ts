/**
 * Reads the docstrings of all packages of the workspace.
 *
 * @module
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { findRuntimes, ROOT } from "../../../tests/setup.ts";
import type { ApiPackage, ApiSurroundings } from "./pages.ts";
import type { DocModule } from "./doc.ts";
import { doorsOf, members, runProgram } from "../../workspace.ts";

/** Doors that are no part of the API: programs, and the part of core that workers of pools load. */
const HIDDEN_DOORS: Readonly<Record<string, readonly string[]>> = {
  "@streamlib/core": ["./place"],
  "@streamlib/cli": ["./main"],
  "@streamlib/create": ["./create"],
};

/** Every package with what its doors give. @throws If `deno doc` fails, with what it printed. */
export function readApi(): ApiPackage[] {
  const packages = members().map(({ folder, deno }) => ({
    name: deno.name,
    folder,
    doors: Object.entries(doorsOf(deno.exports)).filter(([door]) => !HIDDEN_DOORS[deno.name]?.includes(door))
      .map(([door, file]): [string, string] => [door, join(ROOT, folder, file)]),
  }));
  const files = packages.flatMap(({ doors }) => doors.map(([, file]) => file));
  const { nodes } = JSON.parse(runProgram(findRuntimes().deno, ["doc", "--json", "--no-lock", ...files])) as {
    nodes: Readonly<Record<string, DocModule>>;
  };
  return packages.map(({ name, folder, doors }) => ({
    name,
    folder,
    doors: new Map(doors.map(([door, file]): [string, DocModule] => [door, nodes[pathToFileURL(file).href]])),
  }));
}

/**
 * Where the sources are. Links to them are made in GitHub's workflows, which say the repository and the commit;
 * elsewhere a page names the file.
 *
 * @param actorPages Addresses of pages of actors by name of class.
 */
export function apiSurroundings(
  environment: Readonly<Record<string, string | undefined>>,
  actorPages: ReadonlyMap<string, string>,
): ApiSurroundings {
  const { GITHUB_SERVER_URL: server = "https://github.com", GITHUB_REPOSITORY: repository, GITHUB_SHA: commit } =
    environment;
  const rootUrl = pathToFileURL(join(ROOT, "/")).href;
  if (!repository || !commit) return { rootUrl, actorPages };
  const sourceAddress = (path: string, line: number): string =>
    `${server}/${repository}/blob/${commit}/${path}#L${line}`;
  return { rootUrl, actorPages, sourceAddress };
}
