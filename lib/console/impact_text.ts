import type { Impact } from "../log/impact.ts";

/**
 * An impact in one sentence: "In the last 7 days: 214 requests from 3 addresses, 2 signed-in users
 * (ann, bob), includes you."
 */
export function impactSentence(impact: Impact): string {
  const { requests, addresses, user_count, users, at_least, includes_you } =
    impact;
  const least = at_least ? "at least " : "";
  const parts = requests === 0
    ? [
      at_least
        ? "no request in the part of the log that was read"
        : "no request",
    ]
    : [
      `${least}${counted(requests, "request")}` +
      (addresses > 1 ? ` from ${counted(addresses, "address", "es")}` : ""),
    ];
  if (user_count > 0) {
    const more = user_count - users.length;
    const names = users.join(", ") + (more > 0 ? ` and ${more} more` : "");
    parts.push(`${least}${counted(user_count, "signed-in user")} (${names})`);
  } else if (requests > 0) {
    parts.push("nobody signed in");
  }
  const { crawlers } = impact;
  if (crawlers.length > 0) {
    parts.push(
      `${crawlers.length === 1 ? "the crawler" : "crawlers"} ${
        crawlers.join(", ")
      }`,
    );
  }
  if (includes_you) parts.push("includes you");
  return `In the last 7 days: ${parts.join(", ")}.`;
}

/** The whole preview as lines of text: the sentence, times and paths, and the objections. */
export function impactLines(impact: Impact): string[] {
  const { last_seen_at, top_paths, note, refusal } = impact;
  const lines = [impactSentence(impact)];
  if (last_seen_at !== null) {
    const seen = new Date(last_seen_at).toISOString();
    const paths = top_paths.map(({ path, requests }) =>
      `${path} (${requests.toLocaleString("en")})`
    );
    lines.push(`Last seen ${seen}; most requested: ${paths.join(", ")}.`);
  }
  if (note) lines.push(note);
  if (refusal) lines.push(`${refusal}.`);
  return lines;
}

function counted(count: number, noun: string, plural = "s"): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : plural}`;
}
