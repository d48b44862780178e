/**
 * The reference of the API, from the docstrings of all packages: what `deno doc --json` tells becomes pages in Markdown.
 *
 * @module
 */
import type { DocLocation, DocModule, DocSymbol } from "./doc.ts";
import { ApiNames } from "./names.ts";
import { docstring, firstSentence, prose } from "./prose.ts";
import { symbolMarkdown } from "./symbol.ts";
import { TypeWriter } from "./type.ts";

/** A package with the doors that are documented. */
export interface ApiPackage {
  /** `@streamlib/core`. */
  readonly name: string;
  /** Its folder from the root of the checkout, such as `plugins/video`. */
  readonly folder: string;
  /** Door, such as `.` or `./conform`, and what it gives. */
  readonly doors: ReadonlyMap<string, DocModule>;
}

/** A page under /api/. */
export interface ApiPage {
  /** Its address below /api/ without an ending: `core/index`, `core/actor`. */
  readonly path: string;
  /** What the list of pages calls it. */
  readonly title: string;
  /** Markdown. */
  readonly content: string;
}

/** Pages of the reference. */
export interface ApiPages {
  readonly pages: readonly ApiPage[];
  /** Links of docstrings that lead nowhere: `core/actor/actor.ts: {@link X} …`. */
  readonly problems: readonly string[];
  /** Where a name of a package, such as `@streamlib/core`, is explained. */
  readonly addressOf: (name: string, packageName: string) => string | undefined;
}

/** What the pages link to. */
export interface ApiSurroundings {
  /** URL of the checkout's root, with a slash at its end: the docs name files below it. */
  readonly rootUrl: string;
  /** Address of a file's line for readers, if the sources are somewhere. */
  readonly sourceAddress?: (path: string, line: number) => string;
  /** Pages of actors by name of class. */
  readonly actorPages: ReadonlyMap<string, string>;
}

/** More names than this are spread over pages by topic. */
const NAMES_MAX = 60;
/** Fewer names than this are no topic of their own. */
const TOPIC_MIN = 3;
const OTHERS = "others";

/** Names that stand together on a page. */
interface Topic {
  /** Address of the page, such as `/api/core/actor`. */
  readonly address: string;
  readonly title: string;
  readonly symbols: readonly DocSymbol[];
}

/** Writes the pages of all packages, and one that lists them. */
export function apiPages(packages: readonly ApiPackage[], surroundings: ApiSurroundings): ApiPages {
  const names = new ApiNames();
  const topics = new Map(packages.map((one) => [one, topicsOf(one, surroundings)]));
  for (const [{ name }, list] of topics) {
    for (const { symbols, address } of list) {
      for (const symbol of symbols) names.add(shortName(name), symbol, address);
    }
  }
  const problems: string[] = [];
  const pages = [...topics].flatMap(([one, list]) =>
    new PackageWriter(one, list, names, surroundings, problems).pages()
  );
  const addressOf = (name: string, packageName: string): string | undefined =>
    names.addressOf(name, shortName(packageName));
  return { pages: [frontPage(packages), ...pages], problems: [...new Set(problems)], addressOf };
}

class PackageWriter {
  readonly #package: ApiPackage;
  readonly #topics: readonly Topic[];
  readonly #names: ApiNames;
  readonly #surroundings: ApiSurroundings;
  readonly #problems: string[];
  readonly #types: TypeWriter;

  constructor(
    one: ApiPackage,
    topics: readonly Topic[],
    names: ApiNames,
    surroundings: ApiSurroundings,
    problems: string[],
  ) {
    this.#package = one;
    this.#topics = topics;
    this.#names = names;
    this.#surroundings = surroundings;
    this.#problems = problems;
    this.#types = new TypeWriter((name) => names.addressOf(name, shortName(one.name)));
  }

  pages(): ApiPage[] {
    const home = `${homeOf(this.#package)}/`;
    const own = this.#topics.find(({ address }) => address === home);
    const others = this.#topics.filter((topic) => topic !== own);
    const first = {
      path: pathOf(home),
      title: this.#package.name,
      content: [
        `# ${this.#package.name}`,
        this.#moduleDoc(this.#package.doors.get(".")),
        `What it is for, and how it is used: [its page](/packages/${shortName(this.#package.name)}).`,
        ...this.#borrowed(),
        ...(own && others.length > 0 ? [others.map((topic) => this.#doorLine(topic)).join("\n")] : []),
        ...(own ? [] : others.map((topic) => this.#topicList(topic))),
        ...(own ? this.#symbols(own) : []),
      ].filter((part) => part !== "").join("\n\n"),
    };
    return [first, ...others.map((topic) => this.#topicPage(topic))];
  }

  #topicPage(topic: Topic): ApiPage {
    const door = [...this.#package.doors].find(([name]) => name !== "." && topic.title === nameOfDoor(name));
    const told = door ? [this.#moduleDoc(door[1])] : [];
    const from = door ? `${this.#package.name}/${nameOfDoor(door[0])}` : this.#package.name;
    const title = `# ${this.#package.name}: ${topic.title}`;
    const count = topic.symbols.length;
    return {
      path: pathOf(topic.address),
      title: topic.title,
      content: [
        title,
        ...told,
        `Of [\`${from}\`](${homeOf(this.#package)}/): ${count} ${count === 1 ? "name" : "names"}.`,
        ...this.#symbols(topic),
      ].filter((part) => part !== "")
        .join("\n\n"),
    };
  }

  /** Another door of a package that is explained on one page. */
  #doorLine({ title, address }: Topic): string {
    const told = firstSentence(this.#package.doors.get(`./${title}`)?.module_doc?.doc ?? "");
    return `- [\`${this.#package.name}/${title}\`](${address})${told ? `: ${prose(told, () => undefined)}` : ""}`;
  }

  #topicList({ title, address, symbols }: Topic): string {
    const lines = symbols.map(({ name, declarations }) => {
      const told = firstSentence(docstring(declarations[0].jsDoc).text);
      return `- [\`${name}\`](${address}#${name})${told ? `: ${prose(told, () => undefined)}` : ""}`;
    });
    return `## [${title}](${address})\n\n${lines.join("\n")}`;
  }

  #symbols({ symbols }: Topic): string[] {
    const packageName = shortName(this.#package.name);
    return symbols.map((symbol) => {
      const at = this.#path(symbol.declarations[0].location);
      return symbolMarkdown(symbol, {
        types: this.#types,
        linkOf: (target) => {
          const own = this.#names.linkAddress(`${symbol.name}.${target}`, packageName);
          const address = this.#names.linkAddress(target, packageName) ?? own;
          if (address === undefined) this.#problems.push(`${at}: {@link ${target}} names nothing that is public`);
          return address;
        },
        source: (location) => this.#source(location),
        actorPage: (className) => this.#surroundings.actorPages.get(className),
      });
    });
  }

  #source(location: DocLocation): string {
    const path = this.#path(location);
    const address = this.#surroundings.sourceAddress?.(path, location.line);
    return address ? `[${path}](${address})` : `\`${path}\``;
  }

  #path({ filename }: DocLocation): string {
    return filename.slice(this.#surroundings.rootUrl.length);
  }

  #moduleDoc(module: DocModule | undefined): string {
    return prose(
      module?.module_doc?.doc ?? "",
      (target) => this.#names.linkAddress(target, shortName(this.#package.name)),
    );
  }

  /** What it gives of other packages. */
  #borrowed(): string[] {
    const given = [...this.#package.doors.values()].flatMap(({ symbols }) => symbols)
      .filter((symbol) => !isOwn(symbol, this.#package, this.#surroundings.rootUrl));
    if (given.length === 0) return [];
    const links = given.map(({ name }) => {
      const address = this.#names.addressOf(name, shortName(this.#package.name));
      return address ? `[\`${name}\`](${address})` : `\`${name}\``;
    });
    return [`It also gives ${links.join(", ")} of other packages.`];
  }
}

/** The page that lists the packages. */
function frontPage(packages: readonly ApiPackage[]): ApiPage {
  const lines = packages.map((one) => {
    const told = firstSentence(one.doors.get(".")?.module_doc?.doc ?? "");
    return `- [\`${one.name}\`](${homeOf(one)}/): ${prose(told, () => undefined)}`;
  });
  const content = `# API\n\nEvery public name of every package, from its docstring.\n\n${lines.join("\n")}`;
  return { path: "index", title: "API", content };
}

/** The names of a package in the order of its pages: its own page alone, or one for every topic. */
function topicsOf(one: ApiPackage, { rootUrl }: ApiSurroundings): Topic[] {
  const home = homeOf(one);
  const base = `${rootUrl}${one.folder}/`;
  const topics: Topic[] = [];
  for (const [door, { symbols }] of one.doors) {
    const own = symbols.filter((symbol) => isOwn(symbol, one, rootUrl)).sort((a, b) => byPlace(a, b, base));
    if (own.length === 0) continue;
    if (door !== ".") {
      const title = nameOfDoor(door);
      topics.push({ address: `${home}/${title}`, title, symbols: own });
    } else if (own.length <= NAMES_MAX) topics.push({ address: `${home}/`, title: one.name, symbols: own });
    else {
      for (const [title, list] of grouped(own, (symbol) => topicOf(symbol.declarations[0].location.filename, base))) {
        topics.push({ address: `${home}/${title}`, title, symbols: list });
      }
    }
  }
  return topics;
}

/** Symbols by topic; topics of few names are put together. */
function grouped(symbols: readonly DocSymbol[], topicOfSymbol: (symbol: DocSymbol) => string): [string, DocSymbol[]][] {
  const groups = new Map<string, DocSymbol[]>();
  for (const symbol of symbols) {
    const topic = topicOfSymbol(symbol);
    groups.set(topic, [...(groups.get(topic) ?? []), symbol]);
  }
  const large = [...groups].filter(([, list]) => list.length >= TOPIC_MIN).sort(([a], [b]) => a < b ? -1 : 1);
  const small = [...groups.values()].filter((list) => list.length < TOPIC_MIN).flat();
  return small.length > 0 ? [...large, [OTHERS, small]] : large;
}

/** The folder that a file lies in, or the first word of its name: `native_ring.ts` is about `ring`. */
function topicOf(filename: string, base: string): string {
  const [first, ...rest] = filename.slice(base.length).split("/");
  if (rest.length > 0) return first;
  if (first.endsWith("_actor.ts")) return "actors";
  const [word] = first.replace(/^native_/, "").split(/[._]/);
  return word;
}

function isOwn({ declarations }: DocSymbol, { folder }: ApiPackage, rootUrl: string): boolean {
  return declarations[0].location.filename.startsWith(`${rootUrl}${folder}/`);
}

/** Actors first, then what lies in the package's own folder, then the other folders; classes before what they take. */
function byPlace({ declarations: [a] }: DocSymbol, { declarations: [b] }: DocSymbol, base: string): number {
  const rank = (file: string): number => file.includes("/") ? 2 : file.endsWith("_actor.ts") ? 0 : 1;
  const [aFile, bFile] = [a, b].map(({ location }) => location.filename.slice(base.length));
  if (aFile !== bFile) return rank(aFile) - rank(bFile) || (aFile < bFile ? -1 : 1);
  const isClass = Number(b.kind === "class") - Number(a.kind === "class");
  return isClass || a.location.line - b.location.line;
}

function homeOf({ name }: ApiPackage): string {
  return `/api/${shortName(name)}`;
}

/** `/api/core/` as `core/index`. */
function pathOf(address: string): string {
  return address.slice("/api/".length).replace(/\/$/, "/index");
}

function shortName(name: string): string {
  return name.slice(name.indexOf("/") + 1);
}

function nameOfDoor(door: string): string {
  return door.slice("./".length);
}
