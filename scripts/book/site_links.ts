/**
 * The links of a built site: pages, headings and pictures that they name must be there. Nothing is asked of a network.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, posix, relative, sep } from "node:path";

/** A link that leads nowhere. */
export interface DeadLink {
  /** File of the site that has it. */
  readonly page: string;
  /** As it stands there. */
  readonly target: string;
  /** What is missing. */
  readonly why: string;
}

/**
 * Finds the links that lead nowhere.
 *
 * @param site Folder of the built site. Addresses have no `.html` at their end.
 */
export function deadLinks(site: string): DeadLink[] {
  const pages = readdirSync(site, { recursive: true, encoding: "utf8" })
    .map((file) => file.split(sep).join("/")).filter((file) => file.endsWith(".html")).sort();
  const texts = new Map(pages.map((page) => [page, withoutScripts(readFileSync(join(site, page), "utf8"))]));
  const headings = new Map([...texts].map(([page, text]) => [page, idsOf(text)]));
  return pages.flatMap((page) =>
    [...new Set(targetsOf(texts.get(page)!))].flatMap((target) => {
      const why = whyDead(site, headings, page, target);
      return why === undefined ? [] : [{ page, target, why }];
    })
  );
}

function withoutScripts(html: string): string {
  return html.replaceAll(/<script\b[^>]*>[^]*?<\/script>/g, "");
}

function idsOf(html: string): Set<string> {
  return new Set([...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => unescapeHtml(id)));
}

/** What links and pictures name; nothing of other sites. */
function targetsOf(html: string): string[] {
  const found = html.matchAll(/<(?:a|link)\b[^>]*?\shref="([^"]*)"|<(?:img|source|video)\b[^>]*?\ssrc="([^"]*)"/g);
  return [...found].map(([, href, src]) => unescapeHtml(href ?? src)).filter((target) =>
    !/^([a-z]+:|\/\/)/.test(target)
  );
}

function whyDead(
  site: string,
  headings: ReadonlyMap<string, Set<string>>,
  page: string,
  target: string,
): string | undefined {
  const [address, hash = ""] = target.split("#");
  const path = decodeURIComponent(address.split("?")[0]);
  const file = path === "" ? page : fileOf(site, posix.join(path.startsWith("/") ? "/" : `/${dirname(page)}`, path));
  if (file === undefined) return "there is no such file";
  const ids = headings.get(file);
  if (hash === "" || !ids || ids.has(decodeURIComponent(hash))) return undefined;
  return `${file} has no heading #${hash}`;
}

/** The file of the site behind an address that begins with `/`. */
function fileOf(site: string, address: string): string | undefined {
  const names = address.endsWith("/") ? [`${address}index.html`] : [address, `${address}.html`];
  const found = names.map((name) => join(site, name)).find((name) => existsSync(name) && statSync(name).isFile());
  return found && relative(site, found).split(sep).join("/");
}

function unescapeHtml(text: string): string {
  return text.replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&lt;", "<").replaceAll("&amp;", "&");
}
