/**
 * Makes a new project of one of these templates.
 *
 * ```sh
 * deno run -A templates/create.ts NAME [--template actor-plugin|native-plugin|app] [--dir FOLDER] [--actor NAME] [--yes]
 * ```
 *
 * @module
 */
import "../create/main.ts";
