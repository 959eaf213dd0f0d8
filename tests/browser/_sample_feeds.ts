import { addFeed } from "../../lib/feeds/feed_store.ts";
import { feedContext } from "../../lib/feeds/context.ts";
import { confirmFeed } from "../../lib/feeds/decide.ts";
import { importList } from "../../lib/feeds/import_list.ts";
import { refreshFeed } from "../../lib/feeds/refresh.ts";
import { parseConfig } from "../../lib/settings/config.ts";

const ACTOR = { by: "maria", from: "198.51.100.7" };

/** Feeds in each of their states; some entries are of the sample's visitors. */
export async function fillFeeds(
  kv: Deno.Kv,
  now: number,
): Promise<void> {
  const lists: Record<string, string | Error> = {};
  const clock = { now: now - 8 * 3_600_000 };
  const context = feedContext({
    kv,
    now: () => clock.now,
    config: parseConfig({}),
    fetchList(url) {
      const list = lists[url]!;
      return list instanceof Error ? Promise.reject(list) : Promise.resolve({
        kind: "list",
        body: new TextEncoder().encode(list),
        etag: null,
        last_modified: null,
      });
    },
  });
  const add = async (name: string, url: string, list: string) => {
    lists[url] = list;
    await addFeed(context, { name, url }, ACTOR);
    await refreshFeed(context, name, ACTOR, { review: true });
  };
  const drop = "https://www.spamhaus.org/drop/drop_v4.json";
  await add("spamhaus-drop", drop, spamhaus(40));
  await confirmFeed(context, "spamhaus-drop", ACTOR);
  clock.now = now - 2 * 3_600_000;
  lists[drop] = spamhaus(42);
  await refreshFeed(context, "spamhaus-drop", { by: "auto:feeds", from: null });
  // Nothing is due: a server on this store must not send requests to the internet.
  clock.now = now;

  const attacks = "https://lists.example.net/attackers.txt?key=k";
  await add(
    "attackers",
    attacks,
    "23.128.248.7\n23.128.248.9\n5.188.62.0/24\n",
  );
  await confirmFeed(context, "attackers", ACTOR);
  lists[attacks] = Object.assign(
    new Error("lists.example.net did not answer completely within 30 s"),
    { name: "OutboundError" },
  );
  await refreshFeed(context, "attackers", ACTOR);

  await add(
    "firehol-level1",
    "https://raw.githubusercontent.com/firehol/blocklist-ipsets/master/firehol_level1.netset",
    `# firehol_level1\n0.0.0.0/8\n10.0.0.0/8\n127.0.0.0/8\n192.168.0.0/16\n` +
      `224.0.0.0/3\n45.155.205.0/24\n2.57.122.0/24\nnot an address\n` +
      [...Array(60).keys()].map((i) => `31.${i + 10}.0.0/16\n`).join(""),
  );
  await importList(context, {
    name: "partner",
    url: null,
    stream: new Blob(["62.210.9.9, asked us to\n"]).stream(),
    for_ms: null,
    dryRun: false,
    sure: false,
  }, ACTOR);
}

function spamhaus(n: number): string {
  const lines = [...Array(n).keys()].map((i) =>
    JSON.stringify({ cidr: `1.${i + 20}.16.0/20`, sblid: `SBL${256_894 + i}` })
  );
  const end = { type: "metadata", records: n };
  return [...lines, JSON.stringify(end)].join("\n");
}
