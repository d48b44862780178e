/**
 * The error of the scaffolder.
 *
 * @module
 */

/**
 * Why nothing was made: `name` for a package or actor name that cannot be or is taken, `template` for an unknown one,
 * `folder` for a folder that is not empty or cannot be written.
 */
export type CreateErrorCode = "name" | "template" | "folder";

/** Why a project was not made. Nothing is left of it. */
export class CreateError extends Error {
  /** Always `CreateError`. */
  override readonly name: string = "CreateError";
  /** Why, for programs. */
  readonly code: CreateErrorCode;

  /** Made by `scaffold`. */
  constructor(code: CreateErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
