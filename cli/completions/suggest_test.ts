import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { templateNames } from "@streamlib/create";
import { commands } from "../commands.ts";
import { completionsOf } from "../completions_command.ts";
import { LOOK_UPS } from "./look_up.ts";
import { parseShellLine } from "./shell_line.ts";
import { suggest } from "./suggest.ts";
import { suggestionLines } from "./suggestions.ts";
import "../pipeline/testdata/pipeline_actors.ts";

const SLOW = { timeout: 60_000 };

async function words(line: string): Promise<string[]> {
  return (await suggest(commands, line)).words.map(({ word }) => word);
}

describe("parseShellLine()", () => {
  it("takes quotes and escapes away", () => {
    assert.deepEqual(parseShellLine(`streamlib run 'a b' "c \\"d\\\\" e\\ f g'h 'i`), {
      words: ["streamlib", "run", "a b", 'c "d\\', "e f"],
      current: "gh i",
      raw: "g'h 'i",
    });
    assert.deepEqual(parseShellLine("streamlib run "), { words: ["streamlib", "run"], current: "", raw: "" });
    assert.deepEqual(parseShellLine("streamlib run 'a | "), {
      words: ["streamlib", "run"],
      current: "a | ",
      raw: "'a | ",
    });
    assert.deepEqual(parseShellLine('x "a'), { words: ["x"], current: "a", raw: '"a' });
    assert.deepEqual(parseShellLine("x a\\"), { words: ["x"], current: "a", raw: "a\\" });
    assert.deepEqual(parseShellLine(""), { words: [], current: "", raw: "" });
  });
});

describe("suggest()", SLOW, () => {
  it("gives commands and options as the table has them", async () => {
    assert.deepEqual(await words("streamlib "), [...commands.map(({ name }) => name), "--help"]);
    assert.deepEqual(await words("streamlib t"), ["top", "tap"]);
    for (const { name, options } of commands) {
      const own = [...Object.keys(options), "help"].map((option) => `--${option}`);
      assert.deepEqual(await words(`streamlib ${name} -`), own);
    }
    assert.deepEqual(await words("streamlib run --stats --set a=b --st"), [], "what was given, unless it may be again");
    assert.deepEqual(await words("streamlib run --stats --set a=b --se"), ["--set"]);
    assert.deepEqual(await words("streamlib graph 'a | b' --format m"), ["mermaid"]);
    assert.deepEqual(await words("streamlib graph --format=s"), ["--format=svg"]);
    assert.deepEqual(await words("streamlib new --template "), [...templateNames]);
    assert.deepEqual(await words("streamlib new --template=app x y"), []);
    assert.deepEqual(await words("streamlib nothing "), []);
    assert.deepEqual(await words("streamlib run -- --f"), [], "no option behind --");
  });

  it("gives files, interfaces and actors where these are meant", SLOW, async () => {
    assert.deepEqual(await suggest(commands, "streamlib run -f "), { words: [], isFile: true });
    assert.deepEqual(await suggest(commands, "streamlib conform x"), { words: [], isFile: true });
    assert.deepEqual(await words("streamlib ptp --interface "), Object.keys(networkInterfaces()));
    assert.deepEqual(await words("streamlib inspect PipeS"), ["PipeSink"]);
    assert.deepEqual(await words("streamlib inspect PipeSink "), []);
  });

  it("knows what is meant by every word of the help, or that nobody can", () => {
    const free = ["N", "S", "TIME", "NAME", "NAME=VALUE", "PREFIX", "ADDR,…", "[NAME]"];
    for (const { name, options, positionals, choices } of commands) {
      const places = Object.values(options).flatMap((option) => option.choices ? [] : [option.value]);
      for (const place of [...places, choices ? undefined : positionals]) {
        const isKnown = place === undefined || free.includes(place) || place.replace(/^\[(.*)\]$/, "$1") in LOOK_UPS;
        assert.ok(isKnown, `${name} ${place}: it belongs into LOOK_UPS, or has choices, or is one of ${free}`);
      }
    }
  });

  it("gives actors, options, values, placements and ports in a pipeline", SLOW, async () => {
    const cases: [string, string[]][] = [
      ["pipe-s", ["pipe-sink"]],
      ["pipe-live | pipe-", ["pipe-mix", "pipe-never", "pipe-pass", "pipe-sink", "pipe-teller"]],
      ["a: pipe-si", ["a: pipe-sink"]],
      ["a:pipe-si", ["a:pipe-sink"]],
      ["fi", ["file", "file-reader", "file-writer"]],
      ["pipe-count x co", ["count="]],
      ["pipe-count count=4 count", []],
      ["pipe-count x kind=", ["kind=plain", "kind=striped"]],
      ["pipe-count x kind=s", ["kind=striped"]],
      ["pipe-count x loud=t", ["loud=true"]],
      ["pipe-count x @lo", ["@loop", "@lockstep"]],
      ["@th", ["@thread"]],
      ["@pl", ["@plugin="]],
      ["pipe-live @pl", []],
      ["@thread ; pipe-s", ["pipe-sink"]],
      ["m: pipe-mix | pipe-sink ; pipe-live | m", ["m"]],
      ["m: pipe-mix | pipe-sink ; pipe-live | m.", ["m.base", "m.layer"]],
      ["pipe-pair.", ["pipe-pair.left", "pipe-pair.right"]],
      ["# pipe-count\npipe-s", ["pipe-sink"]],
      ['pipe-count "a | b" del', ["delayNs="]],
      ["nobody x", []],
      ["nobody.", []],
      [`pipe-count ${import.meta.dirname}/suggest_t`, [`${import.meta.dirname}/suggest_test.ts`]],
      [`pipe-count path=${import.meta.dirname}/testd`, [`path=${import.meta.dirname}/testdata/`]],
      ["pipe-count /not/there/", []],
    ];
    for (const [text, expected] of cases) {
      const { words, isOpen } = await suggest(commands, `streamlib run '${text}`);
      const kept = text.slice(0, Math.max(...[" ", ";", "|", "\n"].map((sign) => text.lastIndexOf(sign))) + 1);
      const full = expected.map((word) => word.startsWith(kept) ? word : kept + word);
      assert.deepEqual(words.map(({ word }) => word), full, text);
      assert.equal(isOpen, expected.length > 0 ? true : undefined, text);
    }
    assert.deepEqual(await words("streamlib run pipe-live \\| pipe-sin"), ["pipe-sink"], "the last word of several");
  });

  it("leaves out what a shell would take for something else", async () => {
    const nothing: string[] = [];
    assert.deepEqual(await words("streamlib run 'a$(b) | pipe-si"), ["a$(b) | pipe-sink"], "within quotes");
    assert.deepEqual(await words('streamlib run "a | pipe-si'), ["a | pipe-sink"]);
    assert.deepEqual(await words("streamlib run a\\$b\\|pipe-si"), nothing, "it would come without its backslashes");
    assert.deepEqual(await words('streamlib run "a=\\"b\\" | pipe-si'), nothing);
    assert.deepEqual(await words("streamlib run 'a | 'pipe-si"), nothing);
  });

  it("writes a line for each, with what it means", async () => {
    const lines = suggestionLines(await suggest(commands, "streamlib run 'pipe-count x coun"));
    assert.deepEqual(lines, [":open", "pipe-count x count="]);
    assert.match(suggestionLines(await suggest(commands, "streamlib chec"))[0], /^check\tCheck a pipeline/);
    assert.deepEqual(suggestionLines({ words: [{ word: "1", description: "a\n \x1b[2Jb" }] }), ["1\ta [2Jb"]);
  });
});

describe("streamlib completions", () => {
  async function run(...positionals: string[]): Promise<[number, string, string]> {
    const [out, err]: [string[], string[]] = [[], []];
    const screen = { out: (line: string) => void out.push(line), err: (line: string) => void err.push(line) };
    return [await completionsOf([]).run({}, positionals, screen), out.join("\n"), err.join("\n")];
  }

  it("writes the script of a shell, and refuses others", async () => {
    for (const shell of ["bash", "zsh", "fish"]) {
      const [code, out, err] = await run(shell);
      assert.deepEqual([code, err], [0, ""]);
      assert.match(out, /completions words -- "\$line"/);
    }
    for (
      const [given, why] of [
        [["tcsh"], "there is none for tcsh"],
        [[], "the name of a shell is missing"],
        [["bash", "x"], '"x" is one argument too many'],
        [["words"], "the command line up to the cursor is missing: streamlib completions words -- 'streamlib ins'"],
      ] as const
    ) {
      assert.deepEqual(await run(...given), [2, "", `Cannot write completions: ${why}; bash, zsh and fish are right`]);
    }
  });

  it("offers itself too, and nothing where it cannot look", async () => {
    assert.deepEqual(await run("words", "streamlib comp"), [
      0,
      "completions\tWrite the completion script of a shell: bash, zsh, fish",
      "",
    ]);
    assert.deepEqual(await run("words", "streamlib completions z"), [0, "zsh", ""]);
  });
});
