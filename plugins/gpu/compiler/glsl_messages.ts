/**
 * What GLSL's compiler prints, as messages.
 *
 * It prints `ERROR: FILE:LINE: 'WORD' : TEXT` with files as numbers and no column, and below it remarks that say
 * nothing of their own.
 *
 * @module
 */
import type { SourceFile } from "./source_file.ts";
import type { ShaderMessage } from "./shader_message.ts";

/** Lines that only say that there were errors. */
const REMARKS: readonly RegExp[] = [
  /^(Parse|Link) failed\s*$/,
  /^ERROR: \d+ compilation errors?\.\s+No code generated\.\s*$/,
  /^ERROR: [^:]*:\d+: '' : compilation terminated\s*$/,
];
const PLACED = /^(ERROR|WARNING): ([^:]*):(\d+): (.*)$/;
const UNPLACED = /^(ERROR|WARNING): (.*)$/;

/** The compiler's names of tokens that it did not expect; others are words, which it names in capitals. */
const TOKENS: Readonly<Record<string, string>> = {
  COLON: ":",
  COMMA: ",",
  DOT: ".",
  EQUAL: "=",
  LEFT_BRACE: "{",
  LEFT_BRACKET: "[",
  LEFT_PAREN: "(",
  PLUS: "+",
  DASH: "-",
  STAR: "*",
  SLASH: "/",
  QUESTION: "?",
  RIGHT_BRACE: "}",
  RIGHT_BRACKET: "]",
  RIGHT_PAREN: ")",
  SEMICOLON: ";",
};

/**
 * Reads what the compiler printed.
 *
 * @param printed Lines as printed.
 * @param files Files by their number in the text.
 */
export function readGlslMessages(printed: readonly string[], files: readonly SourceFile[]): ShaderMessage[] {
  const messages: ShaderMessage[] = [];
  for (const line of printed.flatMap((text) => text.split("\n"))) {
    if (line.trim() === "" || REMARKS.some((remark) => remark.test(line))) continue;
    const last = messages.at(-1);
    const placed = PLACED.exec(line);
    const unplaced = placed ? null : UNPLACED.exec(line);
    if (placed) messages.push(placedMessage(placed[1], placed[2], Number(placed[3]), placed[4], files));
    else if (unplaced) {
      messages.push({ severity: severityOf(unplaced[1]), file: files[0].name, text: tidy(unplaced[2]) });
    } else if (last) messages[messages.length - 1] = { ...last, text: `${last.text} ${tidy(line)}` };
    else messages.push({ severity: "error", file: files[0].name, text: tidy(line) });
  }
  return messages;
}

function placedMessage(
  severity: string,
  number: string,
  line: number,
  said: string,
  files: readonly SourceFile[],
): ShaderMessage {
  const file = /^\d+$/.test(number) ? files[Number(number)] : undefined;
  const lineText = file?.lines[line - 1];
  const [, word = ""] = /^'([^']*)' ?:/.exec(said) ?? [];
  return {
    severity: severityOf(severity),
    file: file?.name ?? number,
    line,
    column: lineText === undefined ? undefined : columnOf(lineText, word, said),
    text: tidy(said.replace(/^'' :\s*/, "")),
    lineText,
  };
}

/** Where the word that a message names stands in its line. */
function columnOf(lineText: string, word: string, said: string): number | undefined {
  const unexpected = /unexpected ([A-Z_]+)/.exec(said)?.[1];
  const wanted = word !== "" ? word : unexpected === undefined ? "" : TOKENS[unexpected] ?? unexpected.toLowerCase();
  if (wanted === "") return undefined;
  const escaped = wanted.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
  const edge = (character: string): string => /\w/.test(character) ? "\\b" : "";
  const at = lineText.search(new RegExp(`${edge(wanted[0])}${escaped}${edge(wanted.at(-1)!)}`));
  return at < 0 ? undefined : [...lineText.slice(0, at)].length + 1;
}

function severityOf(word: string): "error" | "warning" {
  return word === "WARNING" ? "warning" : "error";
}

function tidy(text: string): string {
  return text.trim().replace(/\s+/g, " ");
}
