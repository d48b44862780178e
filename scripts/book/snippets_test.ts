/**
 * What the documentation shows is checked: TypeScript by the compiler, command lines by the command itself. A line that
 * is to be wrong says so by a comment that begins with `wrong`.
 */
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { commands } from "../../cli/commands.ts";
import { runCommandLine } from "../../cli/command_line.ts";
import { inspect } from "../../cli/inspect_command.ts";
import { checkPipeline } from "../../cli/pipeline/check_pipeline.ts";
import { problemLines } from "../../cli/pipeline/problem.ts";
import { givenPipeline } from "../../cli/pipeline/read_source.ts";
import { takenActors } from "../../create/templates.gen.ts";
import { findRuntimes, ROOT } from "../../tests/setup.ts";
import { actorPage, type InspectedActor } from "./actor_page.ts";
import {
  docstringSnippetsOf,
  includesOf,
  moduleOf,
  type ShellLine,
  shellLinesOf,
  type Snippet,
  snippetsOf,
} from "./snippets.ts";
import { filesBelow, members, publishedFiles, readJson } from "../workspace.ts";

const timeout = 120_000;

/** Pages that somebody has written, from the root. Templates are checked as projects of their own. */
const PAGES: readonly string[] = [
  "README.md",
  "CONTRIBUTING.md",
  ...members().map(({ folder }) => join(folder, "README.md")),
  ...filesBelow("docs").filter((file) => /\.md$|llms\.txt$/.test(file))
    .filter((file) => !/^(api|actors|packages)\/(?!index\.md)/.test(file))
    .map((file) => `docs/${file}`),
].filter((page) => existsSync(join(ROOT, page)));

/** Within the workspace, so that modules find its packages. */
const scratch = join(ROOT, "out", `snippets-${process.pid}`);

function read(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

/** The blocks of the pages about actors, which are made of what actors say of themselves. */
async function actorSnippets(): Promise<Snippet[]> {
  const told: string[] = [];
  await inspect.run({ json: true }, [], { out: (line) => told.push(line), err: (line) => assert.fail(line) });
  const actors = (JSON.parse(told.join("\n")) as InspectedActor[])
    .filter(({ name, module }) => takenActors.includes(name) && !/\/(testdata|testing)\//.test(module));
  assert.ok(actors.length > 20);
  return actors.flatMap((actor) => snippetsOf(`/actors/ ${actor.name}`, actorPage(actor, {}).content));
}

/** The blocks in docstrings of what is published. Parts of a program, which say so by `ignore`, cannot stand alone. */
function docstringSnippets(): Snippet[] {
  const files = members().flatMap((member) => publishedFiles(member).map((file) => join(member.folder, file)));
  return files.filter((file) => file.endsWith(".ts") && !file.includes(".gen."))
    .flatMap((file) => docstringSnippetsOf(file, read(file))).filter(({ remark }) => remark !== "ignore");
}

/** What the compiler says of the blocks, with places on the pages. */
function checkTypes(snippets: readonly Snippet[]): string {
  mkdirSync(scratch, { recursive: true });
  try {
    return checkModules(snippets);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function checkModules(snippets: readonly Snippet[]): string {
  const modules = snippets.map(moduleOf);
  modules.forEach(({ text }, index) => writeFileSync(join(scratch, `${index}.ts`), text));
  const files = modules.map((_, index) => join(scratch, `${index}.ts`));
  const { deno } = findRuntimes();
  const done = spawnSync(deno, ["check", "--quiet", ...files], {
    cwd: ROOT,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });
  if (done.status === 0) return "";
  return done.stderr.replaceAll(/file:\/\/\S*\/(\d+)\.ts:(\d+)/g, (_, index: string, line: string) => {
    return `${snippets[Number(index)].page}:${modules[Number(index)].lines[Number(line) - 1]}`;
  });
}

/** The words behind `streamlib`, if that is what the line runs. */
function commandOf({ words }: ShellLine): readonly string[] | undefined {
  const plain = words.slice(words.findIndex((word) => !/^[A-Z_]+=/.test(word)));
  const heads = [
    ["streamlib"],
    ["deno", "run", "-A", "cli/main.ts"],
    ["bun", "run", "cli/main.ts"],
    ["deno", "run", "-A", "npm:@streamlib/cli"],
    ["bunx", "--bun", "@streamlib/cli"],
    ["npx", "@streamlib/cli"],
  ];
  const head = heads.find((one) => one.every((word, index) => plain[index] === word));
  return head && plain.slice(head.length);
}

/** What is wrong with the words behind `streamlib`: options and arguments of all commands, pipelines and actors too. */
async function problemsOf(words: readonly string[]): Promise<string[]> {
  const wrong: string[] = [];
  const screen = { out: () => {}, err: (line: string) => void wrong.push(line) };
  const checked = commands.map((command) => ({
    ...command,
    async run(given: Parameters<typeof command.run>[0], positionals: readonly string[]): Promise<number> {
      const isMeta = positionals.some((one) => /^[A-Z]+$|…/.test(one));
      const fromRoot = (path: string): string => path.startsWith("./") ? join(ROOT, path) : path;
      const plugin = ((given.plugin ?? []) as readonly string[]).map(fromRoot);
      // Plugins of the reader.
      if (isMeta || plugin.some((one) => /^@me\/|\/mod\.ts$/.test(one))) return 0;
      if (command.name === "inspect") return await command.run({ ...given, plugin }, positionals, screen);
      if (!["run", "check", "graph"].includes(command.name)) return 0;
      const file = given.file === undefined ? undefined : join(ROOT, given.file as string);
      if (positionals.length === 0 && (file === undefined || !existsSync(file))) return 0;
      const pipeline = await givenPipeline({ ...given, plugin, ...(file && { file }) }, positionals);
      if (typeof pipeline === "string") wrong.push(pipeline);
      else wrong.push(...pipeline.problems.map(({ message }) => message));
      return 0;
    },
  }));
  await runCommandLine(checked, words, screen);
  return wrong;
}

/** Names of tasks by the program that runs them, of this repository and of the projects that templates make. */
function taskNames(): Readonly<Record<string, readonly string[]>> {
  const folders = [
    "",
    ...readdirSync(join(ROOT, "templates"), { withFileTypes: true })
      .filter((entry) => entry.isDirectory()).map(({ name }) => `templates/${name}`),
  ];
  const namesIn = (file: string, field: string): string[] =>
    folders.flatMap((folder) => Object.keys(readJson<Record<string, object>>(join(folder, file))[field] ?? {}));
  return { deno: namesIn("deno.json", "tasks"), bun: namesIn("package.json", "scripts") };
}

/** What is wrong with a line that runs a task or a file of this repository; `undefined` if nothing is. */
function whyNotRunnable(words: readonly string[], tasks: ReturnType<typeof taskNames>): string | undefined {
  const [program, verb, ...rest] = words.slice(words.findIndex((word) => !/^[A-Z_]+=/.test(word)));
  if (program !== "deno" && program !== "bun") return undefined;
  const [target] = rest.filter((word) => !word.startsWith("-"));
  const isFile = /^(cli|docs|examples|scripts|templates|tests|zig)\/.*\.ts$/.test(target ?? "");
  if (isFile) return existsSync(join(ROOT, target)) ? undefined : `there is no ${target}`;
  const isTask = verb === (program === "deno" ? "task" : "run") && /^[a-z:]+$/.test(target ?? "");
  return isTask && !tasks[program].includes(target) ? `there is no task ${target} for ${program}` : undefined;
}

describe("the documentation", { timeout }, () => {
  it("shows TypeScript that compiles", { timeout }, async () => {
    const snippets = [
      ...PAGES.flatMap((page) => snippetsOf(page, read(page))),
      ...docstringSnippets(),
      ...await actorSnippets(),
    ].filter(({ language }) => language === "ts");
    assert.ok(snippets.length > 60, `${snippets.length} blocks`);
    const wrong = checkTypes(snippets);
    assert.ok(wrong === "", wrong);
  });

  it("shows command lines that streamlib takes", { timeout }, async () => {
    const wrong: string[] = [];
    let count = 0;
    for (const line of PAGES.flatMap((page) => shellLinesOf(page, read(page)))) {
      const words = commandOf(line);
      if (!words) continue;
      count++;
      const problems = await problemsOf(words);
      const isMeant = line.comment.startsWith("wrong");
      if (isMeant && problems.length === 0) problems.push("nothing is wrong with it");
      else if (isMeant) continue;
      wrong.push(...problems.map((problem) => `${line.page}:${line.line}: ${words.join(" ")}: ${problem}`));
    }
    assert.ok(count > 20, `${count} lines`);
    assert.deepEqual(wrong, []);
  });

  it("shows what is wrong with pipelines as it is said", { timeout }, async () => {
    const shown = PAGES.flatMap((page) => snippetsOf(page, read(page))).filter(({ code }) =>
      /^column \d+: /.test(code[0])
    );
    assert.ok(shown.length > 0);
    for (const { page, line, code } of shown) {
      const text = code[1].trim();
      const { problems } = await checkPipeline({ text, name: undefined, isJson: false });
      const said = problems.flatMap((problem) => problemLines(text, problem, undefined));
      assert.deepEqual(code, said, `${page}:${line}`);
    }
  });

  it("shows tasks and programs that there are", () => {
    const tasks = taskNames();
    const templates = filesBelow("templates").filter((file) => file.endsWith(".md")).map((file) => `templates/${file}`);
    const wrong = [...PAGES, ...templates].flatMap((page) =>
      shellLinesOf(page, read(page)).flatMap(({ line, words, comment }) => {
        const others = comment.startsWith("or: ") ? [comment.slice("or: ".length).split(" ")] : [];
        return [words, ...others].flatMap((one) => whyNotRunnable(one, tasks) ?? []).map((why) =>
          `${page}:${line}: ${why}`
        );
      })
    );
    assert.deepEqual(wrong, []);
  });

  it("shows examples that a test runs", () => {
    const tests = filesBelow(".").filter((file) => file.endsWith("_test.ts"));
    const sources = filesBelow("examples").filter((file) => file.endsWith(".ts")).map((file) => `examples/${file}`);
    const texts = new Map([...tests, ...sources].map((file) => [file, read(file)]));
    const names = (path: string, by: string): boolean =>
      path !== by && texts.get(by)!.includes(path.split("/").at(-1)!);
    const isWholeFolderRun = (folder: string): boolean =>
      folder.includes("/") && tests.some((by) => texts.get(by)!.includes(`${folder}"`));
    const isTested = (path: string): boolean =>
      path.endsWith("_test.ts") || tests.some((by) => names(path, by)) || isWholeFolderRun(dirname(path)) ||
      sources.some((by) => names(path, by) && tests.some((test) => names(by, test)));
    const wrong = PAGES.flatMap((page) =>
      includesOf(read(page)).filter(({ path }) => path?.startsWith("examples/") && !isTested(path))
        .map(({ line, path }) => `${page}:${line}: no test names ${path}`)
    );
    assert.deepEqual(wrong, []);
  });
});

describe("snippetsOf()", () => {
  const page = [
    "<!-- snippet",
    "declare const frame: Uint8Array;",
    "function look(): void {",
    "…",
    "}",
    "-->",
    "",
    "  ```ts",
    "  const { length: bytes, at } = frame;",
    "  ```",
    "",
    "```sh",
    "streamlib run --set A=1 'a | b' \\",
    '  "c d" # remark | e',
    "cd x && streamlib top",
    "```",
    "",
    "| `streamlib check 'a \\| b'` |",
  ].join("\n");

  it("gives blocks with what stands around them", () => {
    const [block] = snippetsOf("p.md", page);
    assert.deepEqual([block.line, block.language, block.code], [9, "ts", ["const { length: bytes, at } = frame;"]]);
    const { text, lines } = moduleOf(block);
    assert.deepEqual(text.split("\n").slice(2, 5), [block.code[0], "void [bytes, at];", "}"]);
    assert.deepEqual(lines.slice(0, 4), [9, 9, 9, 9]);
  });

  it("gives the commands of a shell", () => {
    assert.deepEqual(shellLinesOf("p.md", page).map(({ line, words, comment }) => [line, words.join("/"), comment]), [
      [13, "streamlib/run/--set/A=1/a | b/c d", "remark | e"],
      [15, "cd/x", ""],
      [15, "streamlib/top", ""],
      [18, "streamlib/check/a | b", ""],
    ]);
  });

  it("refuses a block without an end", () => {
    assert.throws(() => snippetsOf("p.md", "```ts\nlet a;"), /^Error: p\.md:1: the block has no end$/);
  });
});
