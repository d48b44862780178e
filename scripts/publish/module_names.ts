/**
 * The modules that a file names, found in its syntax and not in its text: a comment or a string may hold an import.
 *
 * @module
 */
import ts from "typescript";

/** A module that a file names by a literal: imported, exported from, loaded later, or in a type. */
export interface ModuleName {
  /** As it is written, such as `./mod.ts`. */
  readonly name: string;
  /** Where the literal begins, its quote included. */
  readonly start: number;
  /** Where the literal ends, behind its quote. */
  readonly end: number;
  /** Counted from 1. */
  readonly line: number;
}

/** Every module that `text` names, in order. */
export function moduleNames(path: string, text: string): ModuleName[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, false);
  const found: ModuleName[] = [];
  const visit = (node: ts.Node): void => {
    const literal = literalOf(node);
    if (literal !== undefined && ts.isStringLiteralLike(literal)) {
      const start = literal.getStart(file);
      const line = file.getLineAndCharacterOfPosition(start).line + 1;
      found.push({ name: literal.text, start, end: literal.end, line });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** The text with `./a.ts` as `./a.js` wherever it names a module of its own package. */
export function toScriptNames(path: string, text: string): string {
  let rewritten = "";
  let at = 0;
  for (const { name, start, end } of moduleNames(path, text)) {
    if (!isOwnSource(name)) continue;
    rewritten += text.slice(at, start) + JSON.stringify(name.replace(/\.ts$/, ".js"));
    at = end;
  }
  return rewritten + text.slice(at);
}

/** Whether a name is that of a TypeScript file by its path from here. */
export function isOwnSource(name: string): boolean {
  return /^\.{1,2}\/.*\.ts$/.test(name);
}

function literalOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) return node.arguments[0];
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return node.argument.literal;
  return undefined;
}
