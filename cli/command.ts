/**
 * What a subcommand of `streamlib` is.
 *
 * @module
 */

/** Where a command writes its lines. */
export interface Screen {
  /** Writes a line of the answer. */
  out(line: string): void;
  /** Writes a line about what went wrong. */
  err(line: string): void;
  /** Writes lines in the place of those that it wrote last; absent where that cannot be, as in a file or pipe. */
  redraw?(lines: readonly string[]): void;
  /**
   * Shows a line on standard error until the next one, or until something else is written; the empty text takes it away.
   * Absent where nobody sees it.
   */
  status?(line: string): void;
  /** Whether lines of `err` may have colours. */
  readonly hasColour?: boolean;
}

/** An option of a command, in its long form. */
export interface CommandOption {
  /** A letter that means the same, for what is typed often. */
  readonly short?: string;
  /** `flag`: given or not. `text`: takes a value. `texts`: takes a value and may be given again. */
  readonly kind: "flag" | "text" | "texts";
  /** What stands for the value in the help, for example `SPEC`. Completions look up what `FILE` and their like mean. */
  readonly value?: string;
  /** Every value that is right, if there are few. */
  readonly choices?: readonly string[];
  /** One sentence. */
  readonly description: string;
}

/** Options as they were given. */
export type GivenOptions = Readonly<Record<string, boolean | string | readonly string[] | undefined>>;

/** A subcommand. */
export interface Command {
  /** One word. */
  readonly name: string;
  /** One sentence for the list of commands. */
  readonly summary: string;
  /** Its arguments in the help, for example `[ACTOR]`. Completions look up what an actor is. */
  readonly positionals?: string;
  /** Every first argument that is right, if there are few. */
  readonly choices?: readonly string[];
  /** Most arguments; none unless said. */
  readonly positionalsMax?: number;
  /** Its options by name. Every command also has `--help`. */
  readonly options: Readonly<Record<string, CommandOption>>;
  /**
   * Does the work.
   *
   * @returns The exit code: 0 for success, 1 for a failure that was told.
   */
  run(given: GivenOptions, positionals: readonly string[], screen: Screen): Promise<number>;
}
