/**
 * What a runtime's test report (JUnit XML, as Deno and Bun write it) says of each test file.
 *
 * @module
 */

/** One test file of a report. */
export interface FileResult {
  /** Path from the root of the project, for example `core/time/rate_test.ts`. */
  readonly path: string;
  /** Tests of it that failed. */
  readonly failures: number;
  /** How long its tests took together, s. */
  readonly seconds: number;
}

const SUITE = /<testsuite name="(?:\.\/)?([^"]+_test\.ts)"([^>]*)>/g;

/**
 * Reads a report. Suites that are not named by a test file (those within a file) are left out.
 *
 * @param xml The report.
 * @returns The files in the order of the report; nothing if there is no report in it.
 */
export function readTestReport(xml: string): FileResult[] {
  return [...xml.matchAll(SUITE)].map(([suite, path, attributes]) => {
    const body = xml.slice(xml.indexOf(suite)).split("</testsuite>")[0];
    const times = [...body.matchAll(/<testcase [^>]*\btime="([\d.]+)"/g)].map((match) => Number(match[1]));
    return {
      path,
      failures: numberOf(attributes, "failures") + numberOf(attributes, "errors"),
      seconds: numberOf(attributes, "time") || times.reduce((sum, time) => sum + time, 0),
    };
  });
}

function numberOf(attributes: string, name: string): number {
  return Number(new RegExp(`\\b${name}="([\\d.]+)"`).exec(attributes)?.[1] ?? 0);
}
