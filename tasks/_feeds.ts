import { feedContext } from "../lib/feeds/context.ts";
import type { FeedContext } from "../lib/feeds/enforce.ts";
import { reportLines } from "../lib/feeds/report_text.ts";
import type { FeedReport } from "../lib/feeds/feed.ts";
import { escapeControl } from "../lib/base/text.ts";
import type { TaskStore } from "./_store.ts";

/** The context of feeds in a task; on a terminal it shows the progress. */
export function taskFeeds(store: TaskStore): FeedContext {
  const context = feedContext(store);
  if (!Deno.stderr.isTerminal()) return context;
  const show = (text: string) =>
    void Deno.stderr.writeSync(new TextEncoder().encode(text));
  return {
    ...context,
    onProgress: (done, of) =>
      show(`\r${done} of ${of} entries written${done === of ? "\n" : ""}`),
  };
}

/** Prints the effect of a list, before or after it is applied. */
export function printReport(report: FeedReport): void {
  for (const line of reportLines(report)) console.log(escapeControl(line));
}
