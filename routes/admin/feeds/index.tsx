import { Table } from "../../../components/ui/table.tsx";
import { page } from "fresh";
import { FeedBadge } from "../../../components/lists/feed_badge.tsx";
import {
  FeedForm,
  type FeedFormValues,
  KNOWN_FEEDS,
} from "../../../components/lists/feed_form.tsx";
import { Notice } from "../../../components/ui/notice.tsx";
import { Num } from "../../../components/ui/number.tsx";
import { Time } from "../../../components/ui/time.tsx";
import {
  UndoEntry,
  undoId,
  undoParam,
} from "../../../components/ui/undo_entry.tsx";
import { lastAction } from "../../../lib/console/last_action.ts";
import {
  entriesInForce,
  type Feed,
  shownUrl,
} from "../../../lib/feeds/feed.ts";
import { addFeed, listFeeds } from "../../../lib/feeds/feed_store.ts";
import { refreshFeed } from "../../../lib/feeds/refresh.ts";
import { ownValue } from "../../../lib/base/own_value.ts";
import { readForm } from "../../../lib/http/request_body.ts";
import { Refusal } from "../../../lib/base/refusal.ts";
import { define, type State } from "../../../signed_in.ts";

const DONE: Record<string, string> = {
  remove: "The feed and its entries have been removed.",
  undo: "Undone.",
  gone: "This is no longer in effect: nothing was changed.",
};

async function load(
  state: State,
  values: FeedFormValues,
  error: string | null = null,
) {
  const { kv, now } = state.services;
  state.title = "Feeds";
  return { feeds: await listFeeds(kv), values, error, now: now() };
}

/** The fields of this page's forms. */
const FIELDS = ["action", "name", "url", "every", "for"];

export const handler = define.handlers({
  async GET(ctx) {
    const params = ctx.url.searchParams;
    const values = {
      name: params.get("name") ?? "",
      url: params.get("url") ?? "",
    };
    return page(await load(ctx.state, values));
  },

  async POST(ctx) {
    const { services, user, visitor } = ctx.state;
    const form = await readForm(ctx.req, FIELDS);
    if (form.get("action") !== "add") {
      throw new Refusal("malformed", "Cannot change the feeds: unknown action");
    }
    const values = {
      name: form.get("name")?.trim() ?? "",
      url: form.get("url")?.trim() ?? "",
      every: form.get("every") ?? "",
      for: form.get("for") ?? "",
    };
    const context = services.feeds([visitor.ip]);
    const actor = { by: user.username, from: visitor.ip };
    try {
      await addFeed(context, values, actor);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const data = await load(ctx.state, values, error.message);
      return page(data, { status: 422 });
    }
    await refreshFeed(context, values.name, actor, { review: true });
    const { kv, now } = services;
    const entry = await lastAction(kv, now(), {
      ...{ who: user.username, what: "add_feed", target: values.name },
    });
    const undo = entry === null ? "" : `&undo=${undoId(entry)}`;
    return ctx.redirect(`/admin/feeds/${values.name}?done=add${undo}`, 303);
  },
});

export default define.page<typeof handler>(function Feeds({ data, url }) {
  const { feeds, values, error, now } = data;
  const done = ownValue(DONE, url.searchParams.get("done"));
  const undo = undoParam(url.searchParams);
  const added = new Set(feeds.map((feed) => feed.url));
  const known = KNOWN_FEEDS.filter(([, , url]) => !added.has(url));
  return (
    <>
      <h1>Feeds</h1>
      {error && <Notice kind="bad">{error}.</Notice>}
      {done && !error && (
        <Notice kind="good">
          {done} {undo && <UndoEntry id={undo} back="/admin/feeds" />}
        </Notice>
      )}
      <p class="muted">
        Published lists of addresses. Their entries are blocked, and unblocked
        when they are no longer on the list. Your own blocks are not changed,
        and the safelist has precedence.
      </p>
      <section class="panel flush">
        {feeds.length === 0
          ? <p class="empty">There are no feeds yet.</p>
          : <FeedTable feeds={feeds} now={now} />}
      </section>
      <section class="panel">
        <h2>Add a feed</h2>
        {known.length > 0 && (
          <p>
            Well known: {known.map(([name, title, url], index) => (
              <>
                {index > 0 && " · "}
                <a
                  href={`/admin/feeds?${new URLSearchParams({ name, url })}`}
                  aria-current="false"
                >
                  {title}
                </a>
              </>
            ))}
          </p>
        )}
        <FeedForm values={values} />
        <p class="muted">
          The list is fetched at once, which may take half a minute, and shown
          to you before anything is blocked.
        </p>
      </section>
    </>
  );
});

function FeedTable({ feeds, now }: { feeds: Feed[]; now: number }) {
  return (
    <Table
      label="Feeds"
      rows={feeds}
      keyOf={({ name }) => name}
      columns={[
        {
          header: "Name",
          class: "nowrap",
          narrow: "first",
          cell: ({ name }) => <a href={`/admin/feeds/${name}`}>{name}</a>,
        },
        {
          header: "Entries",
          class: "number",
          cell: (feed) => <Num value={entriesInForce(feed, now)} />,
        },
        {
          header: "State",
          class: "nowrap",
          cell: (feed) => <FeedBadge feed={feed} />,
        },
        {
          header: "Last refresh",
          class: "nowrap",
          cell: ({ last }) =>
            last
              ? <Time at={last.at} now={now} />
              : <span class="muted">never</span>,
        },
        {
          header: "Next",
          class: "nowrap",
          cell: ({ next_at }) =>
            next_at === null
              ? <span class="muted">by hand</span>
              : <Time at={Math.max(next_at, now)} now={now} />,
        },
        {
          header: "From",
          class: "long",
          cell: ({ url }) =>
            url ? shownUrl(url) : <span class="muted">a file</span>,
        },
        {
          header: "Action",
          isHeaderHidden: true,
          narrow: "bare",
          cell: ({ name, every_ms }) =>
            every_ms !== null && (
              <form method="post" action={`/admin/feeds/${name}`}>
                <button
                  class="quiet small nowrap"
                  type="submit"
                  name="action"
                  value="refresh"
                  aria-label={`Refresh now: ${name}`}
                >
                  Refresh now
                </button>
              </form>
            ),
        },
      ]}
    />
  );
}
