/**
 * What is thrown when a shader does not compile.
 *
 * @module
 */
import { StreamError } from "@streamlib/core";
import { formatShaderMessage, type ShaderMessage } from "./shader_message.ts";

/** Most messages that the text of the error shows; `messages` has all. */
const SHOWN_MESSAGES_MAX = 20;

/** A shader that does not compile, code `shader-invalid`. The message shows every error with its line. */
export class ShaderError extends StreamError {
  /** What the compiler said, warnings too, in its order. */
  readonly messages: readonly ShaderMessage[];

  /**
   * Makes an error.
   *
   * @param name Name of the shader.
   * @param messages What the compiler said: at least one error.
   * @param options `cause`: the error underneath.
   */
  constructor(name: string, messages: readonly ShaderMessage[], options?: ErrorOptions) {
    const errors = messages.filter(({ severity }) => severity === "error").length;
    const shown = messages.slice(0, SHOWN_MESSAGES_MAX).map(formatShaderMessage);
    if (messages.length > shown.length) shown.push(`and ${messages.length - shown.length} more`);
    const count = errors === 1 ? "an error" : `${errors} errors`;
    super("shader-invalid", [`Cannot compile shader "${name}": ${count}`, ...shown].join("\n"), options);
    this.name = "ShaderError";
    this.messages = messages;
  }
}
