/**
 * A pipeline as it was written, before anybody knows which actors there are.
 *
 * @module
 */
import type { Span } from "./problem.ts";

/** A word and where it stands. */
export interface Word {
  readonly text: string;
  readonly span: Span;
}

/** A value as it was written. */
export type ValueTree =
  /** Text to be read as the option's type says, variables filled in; quoted text is first of all a string. */
  | { readonly kind: "text"; readonly text: string; readonly isQuoted: boolean; readonly span: Span }
  /** What stood in brackets, or in a JSON file. */
  | { readonly kind: "json"; readonly value: unknown; readonly span: Span };

/** An option of a stage. */
export interface OptionTree {
  /** Keys from the outermost inwards; `undefined` for a value without a key. */
  readonly key: Word | undefined;
  readonly value: ValueTree;
}

/** Where a stage lives, or what beats for it: `@thread`, `@clock=60`. */
export interface PlacementTree {
  /** Without the `@`. */
  readonly name: Word;
  readonly value: Word | undefined;
}

/** An actor that shall be made. */
export interface StageTree {
  /** Its name in the pipeline, unique. */
  readonly name: string;
  /** The actor as it was written. */
  readonly actor: Word;
  /** Whether nothing is linked to it: `file` then reads. */
  readonly isFirst: boolean;
  readonly options: readonly OptionTree[];
  readonly placements: readonly PlacementTree[];
}

/** One side of a link. */
export interface EndTree {
  /** Index of the stage. */
  readonly stage: number;
  /** Port, or family and member; none: what fits. */
  readonly port: readonly string[];
  /** Whether the stage stands between two others there: the port may then be meant for the other side. */
  readonly isMiddle: boolean;
  readonly span: Span;
}

/** A link as it was written. */
export interface LinkTree {
  readonly from: EndTree;
  readonly to: EndTree;
  /** Whether an actor may come between types that do not fit; absent in a text, where the stage behind it says so. */
  readonly isBridged?: boolean;
}

/** A pipeline. */
export interface PipelineTree {
  readonly stages: readonly StageTree[];
  readonly links: readonly LinkTree[];
  /** What holds for every stage that says nothing else. */
  readonly defaults: readonly PlacementTree[];
  /** Plugins that it needs. */
  readonly plugins: readonly Word[];
}

/** Stages of a pipeline, at most. */
export const STAGES_MAX = 1000;

/** Names of stages: a letter, then letters, digits, `_` and `-`; at most 64. */
export const STAGE_NAME: RegExp = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
