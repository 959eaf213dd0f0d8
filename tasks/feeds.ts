/** `deno task feeds`: address lists from others, fetched on a schedule. */
import { feedName, feedUrl, newFeed } from "../lib/feeds/feed.ts";
import { feedItem } from "../lib/feeds/feed_item.ts";
import { addFeed, getFeed, listFeeds } from "../lib/feeds/feed_store.ts";
import { confirmFeed, discardStaged } from "../lib/feeds/decide.ts";
import { type FeedOutcome } from "../lib/feeds/outcome.ts";
import { refreshFeed } from "../lib/feeds/refresh.ts";
import { removeFeed } from "../lib/feeds/remove.ts";
import { escapeControl, printableJson } from "../lib/base/text.ts";
import {
  fail,
  parseTaskArgs,
  printError,
  printResult,
  usageError,
} from "./_cli.ts";
import { printReport, taskFeeds } from "./_feeds.ts";
import { withStore } from "./_store.ts";

const usage =
  "deno task feeds [list | add NAME URL | refresh [NAME] | apply NAME | discard NAME | remove NAME] [--json]";
const args = parseTaskArgs({
  usage,
  about:
    "Manages published blocklists. The server fetches them on a schedule, blocks their entries, and unblocks those that are no longer listed.",
  options: {
    every: ["DURATION", "how often it is fetched, 1h to 30d; 24h"],
    for: [
      "DURATION",
      "how long entries are kept when no refresh succeeds; 72h",
    ],
  },
  flags: {
    json: "print JSON, and do not ask for confirmation",
    yes: "do not ask for confirmation: apply the first list, or remove",
  },
  positional: { min: 0, max: 3, what: "a subcommand and its arguments" },
  more: `list      all feeds, their last and next refresh
add       adds a feed and previews its first list
refresh   fetches one now, or all of them
apply     applies a list that waits for approval: the first one, or a suspicious one
discard   discards a list that waits for approval
remove    removes a feed and its entries`,
});
const actor = { by: "feeds", from: null };
const [command = "list", name, url, ...rest] = args.positional;
const WORDS: Record<string, [min: number, max: number]> = {
  list: [0, 0],
  add: [2, 2],
  refresh: [0, 1],
  apply: [1, 1],
  discard: [1, 1],
  remove: [1, 1],
};
const FORMS: Record<string, string> = {
  add: "add NAME URL",
  refresh: "refresh or refresh NAME",
  apply: "apply NAME",
  discard: "discard NAME",
  remove: "remove NAME",
};
const words = Object.hasOwn(WORDS, command) ? WORDS[command]! : null;
const given = args.positional.length - 1;
if (words === null) {
  usageError(
    `Unknown command "${command}": expected ${Object.keys(WORDS).join(", ")}`,
    usage,
  );
}
if (given >= 0 && (given < words[0] || given > words[1]) || rest.length > 0) {
  usageError(
    `Cannot ${command}: expected ${FORMS[command] ?? command}`,
    usage,
  );
}
try {
  if (name !== undefined) feedName(name);
  if (url !== undefined) feedUrl(url);
  if (command === "add") {
    newFeed(
      { name: name!, url: url!, every: args.every, for: args.for },
      "",
      0,
    );
  }
} catch (error) {
  usageError((error as Error).message, usage);
}

await withStore(async (store) => {
  const context = taskFeeds(store);
  const { kv } = context;
  switch (command) {
    case "list":
      return await list();
    case "add": {
      const input = {
        name: name!,
        url: url!,
        every: args.every,
        for: args.for,
      };
      await addFeed(context, input, actor);
      const first = await refreshFeed(context, name!, actor, { review: true });
      if (first.kind === "failed") {
        fail(`Added, but not fetched yet: ${first.message}`);
      }
      if (!args.json) show(first);
      return await decide(first);
    }
    case "refresh": {
      const feeds = name ? [name] : (await listFeeds(kv))
        .filter(({ every_ms }) => every_ms !== null).map(({ name }) => name);
      let failed: FeedOutcome | null = null;
      const results: unknown[] = [];
      for (const each of feeds) {
        const outcome = await refreshFeed(context, each, actor);
        results.push(resultOf(outcome, each));
        const isGood = outcome.kind === "applied" ||
          outcome.kind === "unchanged";
        if (!isGood) failed = outcome;
        if (!args.json && (isGood || outcome.report)) {
          if (feeds.length > 1) console.log(`${each}:`);
          show({ ...outcome, objections: [] });
        }
        if (failed && feeds.length > 1) {
          printError(`${each}: ${failed.message}`);
        }
      }
      if (args.json) console.log(printableJson(results));
      if (failed && feeds.length > 1) Deno.exit(1);
      return end(failed);
    }
    case "apply":
      return end(await confirmFeed(context, name!, actor));
    case "discard":
      return end(await discardStaged(context, name!, actor));
    case "remove": {
      const feed = await getFeed(kv, name!);
      const entries = feed?.list?.entries ?? 0;
      const asks = feed && !args.yes && !args.json && Deno.stdin.isTerminal();
      if (asks && !confirm(`Remove ${name} and its ${entries} entries?`)) {
        fail("Nothing was removed: expected y or --yes");
      }
      return end(await removeFeed(context, name!, actor));
    }
  }

  async function list() {
    const items = (await listFeeds(kv)).map((feed) =>
      feedItem(feed, context.now())
    );
    if (args.json) return console.log(printableJson(items));
    if (items.length === 0) return console.log("There are no feeds.");
    for (const item of items) {
      console.log(
        escapeControl(
          `${item.name}  ${item.entries} entries  ${item.url ?? "from a file"}`,
        ),
      );
      const when = item.refreshed_at ?? "never";
      console.log(
        escapeControl(`  last ${when}: ${item.message ?? "not fetched yet"}`),
      );
      if (item.next_at) {
        console.log(`  next ${item.next_at}, every ${item.every}`);
      }
      if (item.waiting) {
        console.log(
          `  a list of ${item.waiting.entries} waits: feeds apply ${item.name}`,
        );
      }
    }
  }

  /** The first list is applied after confirmation, now or later. */
  async function decide(first: FeedOutcome) {
    if (first.kind !== "held") return end(first);
    const yes = args.yes ||
      !args.json && Deno.stdin.isTerminal() && confirm("Apply it?");
    if (yes) return end(await confirmFeed(context, name!, actor));
    printResult(args, resultOf(first), [
      `It waits: deno task feeds apply ${name}`,
    ]);
  }

  function resultOf(
    { kind, message, report, objections }: FeedOutcome,
    of = name,
  ) {
    return { name: of, result: kind, message, objections, report };
  }

  function show({ report, message, objections }: FeedOutcome) {
    if (report) printReport(report);
    else console.log(escapeControl(message));
    for (const line of objections) console.log(escapeControl(line));
  }

  function end(outcome: FeedOutcome | null) {
    if (outcome === null) return;
    const { kind, message } = outcome;
    if (["applied", "unchanged", "discarded", "removed"].includes(kind)) {
      printResult(args, resultOf(outcome), [message]);
    } else if (kind === "held") {
      fail(`${message} Apply it by: deno task feeds apply ${name}`);
    } else fail(message);
  }
});
