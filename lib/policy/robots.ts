import { botNames, botOf } from "../bots/bot_of.ts";
import { isBotCategory } from "../bots/bot.ts";
import type { When } from "./conditions/mod.ts";
import type { Rule } from "./rule.ts";

/**
 * A robots.txt (RFC 9309) with the rules for crawlers by name: refused paths are disallowed, and a
 * limit becomes a delay between two requests. Rules with conditions other than the crawler's name
 * and the path are left out.
 *
 * @param others The lines for all other crawlers.
 */
export function robotsText(
  rules: readonly Rule[],
  others = "User-agent: *\nDisallow:",
): string {
  const groups: string[] = [];
  for (const { kind, when, limit } of rules) {
    if (when.bot === undefined || !isPlain(when)) continue;
    const lines: string[] = [];
    if (kind === "refuse") {
      lines.push(...disallowed(when));
    } else if (kind === "limit" && limit !== null && "windowMs" in limit) {
      const seconds = Math.ceil(limit.windowMs / limit.limit / 1_000);
      lines.push(`Crawl-delay: ${seconds}`);
    } else continue;
    const names = [...new Set(when.bot.flatMap(namesOf))].sort();
    groups.push(
      [...names.map((name) => `User-agent: ${name}`), ...lines].join("\n"),
    );
  }
  groups.push(others);
  return groups.join("\n\n") + "\n";
}

/** Whether conditions only concern the crawler's name and the path. */
function isPlain({ bot: _, path: __, not = [], ...rest }: When): boolean {
  return Object.keys(rest).length === 0 &&
    not.every((each) => Object.keys(each).every((name) => name === "path"));
}

function disallowed({ path = ["/*"], not = [] }: When): string[] {
  return [
    ...path.map((glob) => `Disallow: ${pattern(glob)}`),
    ...not.flatMap((each) => each.path ?? [])
      .map((glob) => `Allow: ${pattern(glob)}`),
  ];
}

/** In robots.txt, a pattern is a prefix, unless it ends in `$`. */
function pattern(glob: string): string {
  const path = glob.startsWith("/") ? glob : `/${glob}`;
  const text = path.endsWith("*") ? path.replace(/\*+$/, "") : `${path}$`;
  return encodeURI(text);
}

function namesOf(word: string): string[] {
  if (!isBotCategory(word)) return [word];
  return [...botNames()].filter((name) =>
    botOf(name)?.category === word && !/[\r\n#]/.test(name)
  );
}
