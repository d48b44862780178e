/**
 * The browser of the tests: Debian's Chromium, headless, driven by playwright-core.
 *
 * @module
 */
import { existsSync } from "node:fs";
import process from "node:process";
import { type Browser, chromium } from "playwright-core";

const EXECUTABLE = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** Whether there is a browser. In CI it must be there: without it this throws. */
export function hasBrowser(): boolean {
  if (existsSync(EXECUTABLE)) return true;
  const message = `Chromium is not at ${EXECUTABLE}: apt-get install --no-install-recommends chromium, or set CHROMIUM`;
  if (process.env.CI === "true") throw new Error(message);
  console.error(`\n*** SKIPPED: the display was NOT tested in a browser. ${message}\n`);
  return false;
}

/** Starts it. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: EXECUTABLE,
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
