import { page } from "fresh";
import { BlockSuggestions } from "../../components/findings/block_suggestions.tsx";
import { FindingFilterForm } from "../../components/findings/finding_filter_form.tsx";
import { FindingList } from "../../components/findings/finding_list.tsx";
import {
  BULK_FORM,
  type BulkAction,
  BulkBar,
} from "../../components/ui/bulk_bar.tsx";
import { Notice } from "../../components/ui/notice.tsx";
import { linkTo, Pager } from "../../components/ui/pager.tsx";
import { findingFilters } from "../../lib/detection/finding_filter.ts";
import type { FindingFilter } from "../../lib/detection/finding_index.ts";
import { listFindings } from "../../lib/detection/findings.ts";
import { entriesOf } from "../../lib/console/block_list.ts";
import { type NewEntries, settleFindings } from "../../lib/console/settle.ts";
import { defaultRules } from "../../lib/detection/job_options.ts";
import { listSerious } from "../../lib/detection/serious_findings.ts";
import {
  UndoEntry,
  undoId,
  undoParam,
} from "../../components/ui/undo_entry.tsx";
import { suggestions } from "../../lib/detection/suggestions.ts";
import { listAction } from "../../lib/console/block_form.ts";
import type { SignedInAuthor } from "../../lib/console/block_request.ts";
import {
  actOnFindings,
  INBOX_ACTIONS,
  type InboxAction,
} from "../../lib/console/inbox.ts";
import { listQuery, wordParam } from "../../lib/http/list_query.ts";
import { ownValue } from "../../lib/base/own_value.ts";
import { appendAudit } from "../../lib/store/audit.ts";
import { readForm } from "../../lib/http/request_body.ts";
import { Refusal } from "../../lib/base/refusal.ts";
import { define, type State } from "../../signed_in.ts";

const DONE: Record<string, string> = {
  block: "The address is blocked, and the finding is resolved.",
  resolve: "Dismissed. Evidence up to now does not raise it again.",
  reopen: "Reopened.",
  undo: "Undone.",
  gone: "This is no longer in effect: nothing was changed.",
};
/** The messages after a bulk action; the number of findings precedes them. */
const DONE_IN_BULK: Record<string, string> = {
  block: "blocked for 24 hours and resolved.",
  allow: "added to the safelist and resolved.",
  resolve: "dismissed.",
  reopen: "reopened.",
};

/** The bulk actions. */
const ON_OPEN: readonly BulkAction[] = [
  { value: "resolve", label: "Dismiss" },
  { value: "block", label: "Block for 24 h", danger: true },
  { value: "allow", label: "Add to the safelist" },
];
const ON_RESOLVED: readonly BulkAction[] = [
  { value: "reopen", label: "Reopen" },
];

/** The views of findings; `all` includes those of severity info. */
const VIEWS = {
  open: {
    label: "Open, less noise",
    filter: { active: true, severity: "warning" },
  },
  all: { label: "Open, all", filter: { active: true } },
  safelisted: {
    label: "Safelisted",
    filter: { active: false, settled: "safelisted" },
  },
  dismissed: {
    label: "Dismissed",
    filter: { active: false, settled: "dismissed" },
  },
  blocked: { label: "Blocked", filter: { active: false, settled: "blocked" } },
  resolved: { label: "All resolved", filter: { active: false } },
} as const satisfies Record<
  string,
  { label: string; filter: FindingFilter }
>;

type View = keyof typeof VIEWS;

const VIEW_NAMES = Object.keys(VIEWS) as [View, ...View[]];

function isOpen(view: View): boolean {
  return view === "open" || view === "all";
}

/** Parameters of the list that are kept after an action. */
const KEPT = ["view", "sort", "severity", "rule", "ip"];

/** The limit of findings decided at once, if all that match are selected. */
const MOST_AT_ONCE = 500;

/** The ids of the findings that match a page's filters, the most serious first. */
async function allMatching(
  { services: { kv, now, addresses } }: State,
  params: URLSearchParams,
): Promise<string[]> {
  const view = wordParam(params, "view", VIEW_NAMES);
  const filters = findingFilters(params, "rule");
  const query: FindingFilter = { ...VIEWS[view].filter, ...filters };
  if (filters.only !== undefined) delete query.severity;
  const { items } = await listSerious(kv, {
    ...query,
    ip: filters.ip && addresses.formsOf(filters.ip),
    limit: MOST_AT_ONCE,
    now: now(),
  });
  return items.map(({ id }) => id);
}

async function load(
  state: State,
  params: URLSearchParams,
  error: string | null,
) {
  const { kv, now, config, jobSetup } = state.services;
  const view = wordParam(params, "view", VIEW_NAMES);
  const sort = wordParam(params, "sort", ["severity", "newest"]);
  const isNewest = sort === "newest" || !isOpen(view);
  const filters = findingFilters(params, "rule");
  const filter: FindingFilter = VIEWS[view].filter;
  const { ip } = filters;
  const query = {
    ...filter,
    ...filters,
    ip: ip && state.services.addresses.formsOf(ip),
    now: now(),
  };
  // A filter for severity info includes them.
  if (filters.only !== undefined) delete query.severity;
  const [found, rules] = await Promise.all([
    isNewest
      ? listFindings(kv, { ...listQuery(params), ...query })
      : listSerious(kv, { ...listQuery(params), ...query }),
    defaultRules(jobSetup),
  ]);
  const suggested = view === "open" && config.autoBlock === "suggest"
    ? await suggestions(
      kv,
      found.items,
      now(),
      state.services.addresses,
      state.services.config.autoBlockRules,
    )
    : [];
  state.title = "Findings";
  return {
    view,
    found,
    total: "total" in found ? found.total as number : null,
    isNewest,
    filters,
    rules: rules.map(({ name }) => name),
    suggested,
    error,
    now: now(),
  };
}

/** The fields of this page's forms. */
const FIELDS = ["action", "ip", "reason", "for", "why", "bulk", "all"];

export const handler = define.handlers({
  async GET(ctx) {
    return page(await load(ctx.state, ctx.url.searchParams, null));
  },

  async POST(ctx) {
    const { services, user, visitor, signedIn } = ctx.state;
    const form = await readForm(ctx.req, FIELDS, ["id"]);
    const action = form.get("action") ?? "";
    const by = user.username;
    if (action === "detect") {
      const { flagged, examined } = await services.detect({});
      await appendAudit(services.kv, {
        ...{ who: by, what: "detect", from: visitor.ip },
        target: `${flagged} findings`,
      }, services.now());
      return ctx.redirect(
        `/admin/suspicious?flagged=${flagged}&examined=${examined}`,
        303,
      );
    }
    const who: SignedInAuthor = { by, from: visitor.ip, session: signedIn.id };
    const why = (form.get("why") ?? "").trim().slice(0, 400);
    let ids = form.getAll("id");
    const view = new URLSearchParams();
    for (const name of KEPT) {
      const value = ctx.url.searchParams.get(name);
      if (value) view.set(name, value);
    }
    if (action === "bulk") {
      const isAll = form.get("all") === "1";
      if (isAll) ids = await allMatching(ctx.state, ctx.url.searchParams);
      if (ids.length === 0) {
        const error = "Nothing was changed: select findings first.";
        const data = await load(ctx.state, ctx.url.searchParams, error);
        return page(data, { status: 422 });
      }
      const kind = inboxAction(form.get("bulk"));
      const result = await actOnFindings(services, kind, {
        ...{ ids, why, who },
        most: isAll ? MOST_AT_ONCE : undefined,
        showRanges: true,
      });
      if (result.refused.length > 0) {
        const error = `${result.done.length} done. Not done: ` +
          result.refused.slice(0, 10).join("; ");
        const data = await load(ctx.state, ctx.url.searchParams, error);
        return page(data, { status: 409 });
      }
      view.set("bulk", kind);
      view.set("n", String(result.done.length));
      if (result.entry) view.set("undo", undoId(result.entry));
      return ctx.redirect(
        result.confirmAt ?? `/admin/suspicious?${view}`,
        303,
      );
    }
    if (!Object.hasOwn(DONE, action)) {
      throw new Refusal("malformed", "Cannot change findings: unknown action");
    }
    let listed: NewEntries | undefined;
    if (action === "block") {
      const ip = form.get("ip") ?? "";
      // A network may contain other users: its block is previewed first.
      if (ip.includes("/")) form.set("check", "all");
      const before = await entriesOf(services.kv, [ip], services.now());
      const result = await listAction(services, form, who);
      if (result.kind === "shown") {
        const data = await load(
          ctx.state,
          ctx.url.searchParams,
          result.message,
        );
        return page(data, { status: result.status });
      }
      const after = await entriesOf(services.kv, [ip], services.now());
      listed = {
        list: "blocked",
        entries: [...after.values()].filter(({ ip_address }) =>
          !before.has(ip_address)
        ).map(({ ip_address, created_at }) => [ip_address, created_at]),
      };
    }
    const id = form.get("id") ?? "";
    if (/^[\w-]{16}$/.test(id)) {
      const { entry } = await settleFindings(services, [id], {
        ...{ isActive: action === "reopen", who, listed },
        why: action === "block" ? "blocked" : why,
        decision: action === "block" ? "blocked" : "dismissed",
      });
      if (entry) view.set("undo", undoId(entry));
    }
    view.set("done", action);
    return ctx.redirect(`/admin/suspicious?${view}`, 303);
  },
});

function inboxAction(text: string | null): InboxAction {
  const action = INBOX_ACTIONS.find((action) => action === text);
  if (action) return action;
  throw new Refusal("malformed", "Cannot change findings: unknown action");
}

export default define.page<typeof handler>(function Suspicious({ data, url }) {
  const { view, found, total, isNewest, filters, suggested, error, now } = data;
  const { searchParams: params } = url;
  const bulk = ownValue(DONE_IN_BULK, params.get("bulk"));
  const count = /^\d{1,4}$/.exec(params.get("n") ?? "")?.[0];
  const done = bulk && count
    ? `${count} ${count === "1" ? "finding" : "findings"}: ${bulk}`
    : ownValue(DONE, params.get("done"));
  const undo = undoParam(params);
  const flagged = /^\d+$/.exec(url.searchParams.get("flagged") ?? "")?.[0];
  const examined = /^\d+$/.exec(url.searchParams.get("examined") ?? "")?.[0];
  return (
    <>
      <div class="row between">
        <h1>Findings</h1>
        <form method="post">
          <button class="quiet" type="submit" name="action" value="detect">
            Run detection for the last hour
          </button>
        </form>
      </div>
      {error && <Notice kind="bad">{error}</Notice>}
      {done && !error && (
        <Notice kind="good">
          {done} {undo && <UndoEntry id={undo} back="/admin/suspicious" />}
        </Notice>
      )}
      {flagged && (
        <Notice kind="info">
          {examined} requests of the last hour were examined; {flagged}{" "}
          open findings.
        </Notice>
      )}
      {suggested.length > 0 && <BlockSuggestions suggestions={suggested} />}
      <nav class="row" aria-label="Which findings">
        {Object.entries(VIEWS).map(([name, { label }]) => (
          <a
            class="chip"
            key={name}
            href={linkTo(url, { view: name, cursor: null })}
            aria-current={name === view ? "true" : "false"}
          >
            {label}
          </a>
        ))}
        {isOpen(view) && (
          <a
            class="chip"
            href={linkTo(url, {
              sort: isNewest ? null : "newest",
              cursor: null,
            })}
            aria-current="false"
          >
            {isNewest ? "Sort by severity" : "Sort by time"}
          </a>
        )}
      </nav>
      <FindingFilterForm url={url} filters={filters} rules={data.rules} />
      {found.items.length > 0 && (
        <BulkBar
          name="bulk"
          hidden={{ action: "bulk" }}
          actions={isOpen(view) ? ON_OPEN : ON_RESOLVED}
          asksWhy={isOpen(view)}
        />
      )}
      <div class="panel flush">
        {found.items.length > 0
          ? (
            <FindingList
              findings={found.items}
              now={now}
              selectFor={BULK_FORM}
            />
          )
          : (
            <p class="empty">
              {Object.values(filters).some((value) => value !== undefined)
                ? "No finding matches."
                : view === "resolved"
                ? "Nothing has been resolved yet."
                : isOpen(view)
                ? "There are no findings."
                : `Nothing has been ${view} yet.`}
            </p>
          )}
      </div>
      {total !== null && total > 0 && (
        <p class="muted">
          {total === 1 ? "1 finding" : `${total} findings`}{" "}
          in all, the most severe first.
        </p>
      )}
      <Pager url={url} cursor={found.cursor} />
    </>
  );
});
