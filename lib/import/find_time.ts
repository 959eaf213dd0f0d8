import { parseLogTime } from "./log_time.ts";

const CLOCK = String.raw`\d\d:\d\d:\d\d(?:[.,]\d{1,9})?`;
const ZONE = String.raw`(?: ?(?:Z|UTC|GMT|[+-]\d\d:?\d\d)(?!\d))?`;

/** Times among other words. */
const TIMES: readonly RegExp[] = [
  // A 12-hour clock comes first: the other patterns would read its hour as one of 24.
  /(?<![\d/.-])(?:\d{1,2}([/.-])\d{1,2}\1\d{4}|\d{4}-\d\d-\d\d|\d\d\/[A-Z][a-z]{2}\/\d{4})(?:, |[ :])\d{1,2}:\d\d:\d\d(?:[.,]\d{1,9})? ?[APap]\.?[Mm]\b(?: ?(?:Z|UTC|GMT|[+-]\d\d:?\d\d)(?!\d))?/,
  // Sophos' `2025:05:17-10:05:03`
  new RegExp(String.raw`^(\d{4}:\d\d:\d\d)()(?:-)(${CLOCK})(?= )`),
  // There may be a field separator between day and clock.
  new RegExp(
    String
      .raw`(?<![\d.-])(\d{4}([-/])\d\d\2\d\d)(?:T|[ |,;\t]| - )(${CLOCK}${ZONE})`,
  ),
  new RegExp(
    String.raw`(?<!\d)\d\d[/-][A-Z][a-z]{2}[/-]\d{4}[: ]${CLOCK}${ZONE}`,
  ),
  /[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d (?:GMT|UTC|[+-]\d{4})/,
  /(?:[A-Z][a-z]{2} )?[A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d:\d\d(?:\.\d{1,9})? \d{4}(?!\d)/,
  /[A-Z][a-z]{2} \d{1,2}, \d{4} \d\d:\d\d:\d\d(?:\.\d{1,9})?/,
  /^\[?(?:\d{10}(?:\.\d{1,9})?|\d{13})(?=[\]\s|,;])/,
];

/** The first time in a text; null if there is none with a day. */
export function findTime(text: string): number | null {
  for (const pattern of TIMES) {
    const match = pattern.exec(text);
    if (match === null) continue;
    const [whole, day, , clock] = match;
    const time = parseLogTime(
      clock === undefined
        ? whole.replace("[", "")
        : `${day!.replaceAll(":", "-")} ${clock}`,
    );
    if (time !== null) return time;
  }
  return null;
}
