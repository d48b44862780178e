/**
 * What home and the process say to each other before, and beside, what a place says.
 *
 * @module
 */
import type { FromPlace, PlainError, ToPlace } from "@streamlib/core/place";
import type { Declaration } from "./declaration.ts";

/** From home to the process. */
export type ToSandbox =
  | ToPlace
  /** Once, when the process says that it is locked. */
  | {
    readonly type: "text";
    readonly code: string;
    /** Which of several classes. */
    readonly name: string | undefined;
    readonly options: Readonly<Record<string, unknown>>;
  }
  | { readonly type: "beat" };

/** From the process to home. */
export type FromSandbox =
  | FromPlace
  | { readonly type: "locked" }
  | { readonly type: "declared"; readonly declaration: Declaration }
  /** The text gives no actor, or the process cannot be locked. */
  | { readonly type: "failed"; readonly error: PlainError }
  | { readonly type: "beat" };

/** What the first program of a process is told; it becomes the second. */
export interface EnterInit {
  readonly lenderName: number;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly dataBytes: number;
  readonly fileBytes: number;
  readonly cpuSeconds: number;
  readonly descriptors: number;
}

/** What the second one is told. */
export interface MainInit {
  /** `sandbox 1`, for messages. */
  readonly name: string;
  readonly parentPid: number;
  /** Files and folders that the text may read. */
  readonly readable: readonly string[];
  /** By how much its private memory may grow. */
  readonly dataBytes: number;
}
