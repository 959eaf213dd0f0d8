import { HttpError, page } from "fresh";
import { FeedBadge } from "../../../components/lists/feed_badge.tsx";
import { FeedReport } from "../../../components/lists/feed_report.tsx";
import { Notice } from "../../../components/ui/notice.tsx";
import { Num } from "../../../components/ui/number.tsx";
import { Time } from "../../../components/ui/time.tsx";
import {
  UndoEntry,
  undoId,
  undoParam,
} from "../../../components/ui/undo_entry.tsx";
import { lastAction } from "../../../lib/console/last_action.ts";
import { spanText } from "../../../lib/base/duration.ts";
import type { FeedContext } from "../../../lib/feeds/enforce.ts";
import {
  authorOf,
  entriesInForce,
  type Feed,
  shownUrl,
} from "../../../lib/feeds/feed.ts";
import { type Actor, getFeed } from "../../../lib/feeds/feed_store.ts";
import { confirmFeed, discardStaged } from "../../../lib/feeds/decide.ts";
import { type FeedOutcome } from "../../../lib/feeds/outcome.ts";
import { refreshFeed } from "../../../lib/feeds/refresh.ts";
import { removeFeed } from "../../../lib/feeds/remove.ts";
import { ownValue } from "../../../lib/base/own_value.ts";
import type { AuditAction } from "../../../lib/store/audit_actions.ts";
import { readForm } from "../../../lib/http/request_body.ts";
import { Refusal } from "../../../lib/base/refusal.ts";
import { define, type State } from "../../../signed_in.ts";

type Action = (
  context: FeedContext,
  name: string,
  actor: Actor,
) => Promise<FeedOutcome>;

const ACTIONS: Record<string, Action> = {
  refresh: refreshFeed,
  apply: confirmFeed,
  discard: discardStaged,
  remove: removeFeed,
};

async function feedOf(state: State, name = ""): Promise<Feed> {
  const feed = /^[a-z\d-]{1,40}$/.test(name)
    ? await getFeed(state.services.kv, name)
    : null;
  if (feed === null) throw new HttpError(404, "There is no such feed.");
  state.title = feed.name;
  return feed;
}

/** The decisions about a list that can be undone, by their names in the audit trail. */
const DECISIONS: Record<string, AuditAction> = {
  apply: "refresh_feed",
  discard: "discard_feed",
};

/** The action's message, unless it is the result of the last refresh. */
const DONE: Record<string, string> = {
  add: "The feed has been added.",
  apply: "The list has been applied.",
  discard: "The list has been discarded.",
  undo: "Undone.",
  gone: "This is no longer in effect: nothing was changed.",
};

/** The parameter that offers to undo a decision; empty for other actions. */
async function undoOfDecision(
  { services: { kv, now }, user }: State,
  name: string,
  asked: string,
): Promise<string> {
  const what = ownValue(DECISIONS, asked);
  if (!what) return "";
  const who = user.username;
  const entry = await lastAction(kv, now(), { who, what, target: name });
  return entry?.reverse ? `&undo=${undoId(entry)}` : "";
}

/** The fields of this page's forms. */
const FIELDS = ["action"];

export const handler = define.handlers({
  async GET(ctx) {
    const feed = await feedOf(ctx.state, ctx.params.name);
    const now = ctx.state.services.now();
    return page({ feed, error: null as string | null, now });
  },

  async POST(ctx) {
    const { services, user, visitor } = ctx.state;
    const { name } = await feedOf(ctx.state, ctx.params.name);
    const form = await readForm(ctx.req, FIELDS);
    const asked = form.get("action") ?? "";
    const action = ownValue(ACTIONS, asked);
    if (!action) {
      throw new Refusal("malformed", "Cannot change the feed: unknown action");
    }
    const { kind, message } = await action(
      services.feeds([visitor.ip]),
      name,
      { by: user.username, from: visitor.ip },
    );
    if (kind === "removed" || kind === "missing") {
      const { kv, now } = services;
      const entry = await lastAction(kv, now(), {
        ...{ who: user.username, what: "remove_feed", target: name },
      });
      const undo = entry?.reverse ? `&undo=${undoId(entry)}` : "";
      return ctx.redirect(`/admin/feeds?done=remove${undo}`, 303);
    }
    // The page shows the result of a refresh, whatever it was.
    const isTold = asked === "refresh" && kind !== "busy" ||
      kind === "applied" || kind === "discarded";
    if (isTold) {
      const undo = await undoOfDecision(ctx.state, name, asked);
      return ctx.redirect(`/admin/feeds/${name}?done=${asked}${undo}`, 303);
    }
    const feed = await feedOf(ctx.state, name);
    return page({ feed, error: `${message}.`, now: services.now() }, {
      status: 409,
    });
  },
});

export default define.page<typeof handler>(function OneFeed({ data, url }) {
  const { feed, error, now } = data;
  const { staged, last, name } = feed;
  const waits = staged?.state === "waiting" ? staged : null;
  const undo = undoParam(url.searchParams);
  const asked = url.searchParams.get("done");
  const done = ownValue(DONE, asked);
  const wasAdded = asked === "add";
  const asksToRemove = url.searchParams.get("remove") === "1";
  return (
    <>
      <p>
        <a href="/admin/feeds">← Feeds</a>
      </p>
      <div class="row between">
        <h1>
          {name} <FeedBadge feed={feed} />
        </h1>
        <form method="post" class="row">
          {feed.every_ms !== null && (
            <button
              class="quiet small"
              type="submit"
              name="action"
              value="refresh"
            >
              Refresh now
            </button>
          )}
          <a
            class="button quiet small"
            href={`/admin/feeds/${name}?remove=1`}
            aria-current="false"
          >
            Remove
          </a>
        </form>
      </div>
      {error && <Notice kind="bad">{error}</Notice>}
      {done && !error && (
        <Notice kind="good">
          {done} {undo && (
            <UndoEntry
              id={undo}
              back={wasAdded ? "/admin/feeds" : `/admin/feeds/${name}`}
            />
          )}
        </Notice>
      )}
      {asksToRemove && <AskToRemove feed={feed} />}
      {last && !waits && !error && (
        <Notice
          kind={last.kind === "failed"
            ? "bad"
            : last.kind === "held"
            ? "warn"
            : "good"}
        >
          {last.message}
          {last.kind === "failed" && feed.list && (
            <>
              {" "}
              {entriesInForce(feed, now) > 0
                ? "The entries of the last valid list are in force."
                : "The entries of the last valid list have expired."}
            </>
          )}
        </Notice>
      )}
      {waits && <Waiting staged={waits} isFirst={feed.list === null} />}
      <Facts feed={feed} now={now} />
      {last?.report && last.kind === "applied" && (
        <section class="panel">
          <h2>Result of the last list</h2>
          <FeedReport report={last.report} />
        </section>
      )}
    </>
  );
});

function Waiting(
  { staged, isFirst }: {
    staged: NonNullable<Feed["staged"]>;
    isFirst: boolean;
  },
) {
  return (
    <section class="panel" aria-label="A list that waits for approval">
      <h2>
        {isFirst ? "The first list" : "A suspicious list"}: apply it?
      </h2>
      {staged.objections.length > 0
        ? (
          <div class="notice warn">
            {staged.objections.map((text) => <p key={text}>{text}</p>)}
            {!isFirst && (
              <p>Until you decide, the last valid list stays in force.</p>
            )}
          </div>
        )
        : <p class="muted">Nothing is blocked until you apply it.</p>}
      <FeedReport report={staged.report} />
      <form method="post" class="row">
        <button type="submit" name="action" value="apply">
          Apply: block <Num value={staged.report.entries} />{" "}
          {staged.report.entries === 1 ? "entry" : "entries"}
        </button>
        <button type="submit" class="quiet" name="action" value="discard">
          Discard
        </button>
      </form>
    </section>
  );
}

function AskToRemove({ feed }: { feed: Feed }) {
  return (
    <section class="panel" aria-label="Remove the feed">
      <h2>Remove {feed.name}?</h2>
      <p>
        Its <Num value={feed.list?.entries ?? 0} />{" "}
        entries are removed from the blocklist. Your own blocks, and entries
        that another feed has too, are kept. For a week this can be undone{feed
            .every_ms !== null
          ? ", which fetches the list again."
          : "."}
      </p>
      <form method="post" action={`/admin/feeds/${feed.name}`} class="row">
        <button type="submit" name="action" value="remove">
          Remove it
        </button>
        <a
          class="button quiet"
          href={`/admin/feeds/${feed.name}`}
          aria-current="false"
        >
          Keep it
        </a>
      </form>
    </section>
  );
}

function Facts({ feed, now }: { feed: Feed; now: number }) {
  const { url, every_ms, for_ms, good_at, next_at } = feed;
  const entries = new URLSearchParams({ search: authorOf(feed.name) });
  return (
    <dl class="panel facts">
      <dt>From</dt>
      <dd class="long">{url ? shownUrl(url) : "a file"}</dd>
      <dt>In force</dt>
      <dd>
        <Num value={entriesInForce(feed, now)} /> entries ·{" "}
        <a href={`/admin/blocked?${entries}`}>on the blocklist</a>
      </dd>
      <dt>Fetched</dt>
      <dd>
        {every_ms === null ? "only by hand" : `every ${spanText(every_ms)}`}
      </dd>
      <dt>Next</dt>
      <dd>
        {next_at === null
          ? "when it is imported again"
          : <Time at={Math.max(next_at, now)} now={now} />}
      </dd>
      <dt>Last in order</dt>
      <dd>
        {good_at === null
          ? <span class="muted">never</span>
          : <Time at={good_at} now={now} />}
      </dd>
      <dt>Kept without a refresh for</dt>
      <dd>
        {for_ms === null ? "until it is removed" : spanText(for_ms)}
      </dd>
      <dt>Added</dt>
      <dd>
        <Time at={feed.created_at} now={now} /> by {feed.created_by}
      </dd>
    </dl>
  );
}
