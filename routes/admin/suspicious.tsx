import { page } from "fresh";
import { BlockSuggestions } from "../../components/block_suggestions.tsx";
import { FindingList } from "../../components/finding_list.tsx";
import { Notice } from "../../components/notice.tsx";
import { linkTo, Pager } from "../../components/pager.tsx";
import {
  listFindings,
  setFindingActive,
} from "../../lib/detection/findings.ts";
import { suggestions } from "../../lib/detection/suggestions.ts";
import { listAction } from "../../lib/guard/block_form.ts";
import { listed, listQuery } from "../../lib/list_query.ts";
import { own } from "../../lib/own.ts";
import { readForm } from "../../lib/request_body.ts";
import { RequestError } from "../../lib/request_error.ts";
import { define, type State } from "../../utils.ts";

const DONE: Record<string, string> = {
  block: "The address is blocked, and the finding is resolved.",
  resolve: "Resolved. What was seen until now does not raise it again.",
  reopen: "Open again.",
};

/** Which findings are shown; `all` includes those of severity info. */
const VIEWS = {
  open: { label: "Open", filter: { active: true, severity: "warning" } },
  all: { label: "Open, with info", filter: { active: true } },
  resolved: { label: "Resolved", filter: { active: false } },
} as const;

type View = keyof typeof VIEWS;

async function load(
  state: State,
  params: URLSearchParams,
  error: string | null,
) {
  const { kv, now, config } = state.services;
  const asked = params.get("view") ?? "open";
  const view: View = Object.hasOwn(VIEWS, asked) ? asked as View : "open";
  const found = await listed(
    listFindings(kv, {
      ...listQuery(params),
      ...VIEWS[view].filter,
      now: now(),
    }),
  );
  const suggested = view === "open" && config.autoBlock === "suggest"
    ? await suggestions(kv, found.items, now())
    : [];
  state.title = "Suspicious";
  return { view, found, suggested, error, now: now() };
}

export const handler = define.handlers({
  async GET(ctx) {
    return page(await load(ctx.state, ctx.url.searchParams, null));
  },

  async POST(ctx) {
    const { services, user, visitor, signedIn } = ctx.state;
    const form = await readForm(ctx.req);
    const action = form.get("action") ?? "";
    const by = user!.username;
    if (action === "detect") {
      const { flagged, examined } = await services.detect({});
      return ctx.redirect(
        `/admin/suspicious?flagged=${flagged}&examined=${examined}`,
        303,
      );
    }
    if (!Object.hasOwn(DONE, action)) {
      throw new RequestError(400, "Cannot change findings: unknown action");
    }
    if (action === "block") {
      const result = await listAction(services, form, {
        by,
        from: visitor.ip,
        session: signedIn!.id,
      });
      if (result.kind === "shown") {
        const data = await load(
          ctx.state,
          ctx.url.searchParams,
          result.message,
        );
        return page(data, { status: result.status });
      }
    }
    const id = form.get("id") ?? "";
    if (/^[\w-]{16}$/.test(id)) {
      await setFindingActive(services.kv, id, action === "reopen", {
        by,
        why: action === "block" ? "blocked" : form.get("why"),
        now: services.now(),
      });
    }
    return ctx.redirect(`/admin/suspicious?done=${action}`, 303);
  },
});

export default define.page<typeof handler>(function Suspicious({ data, url }) {
  const { view, found, suggested, error, now } = data;
  const done = own(DONE, url.searchParams.get("done"));
  const flagged = /^\d+$/.exec(url.searchParams.get("flagged") ?? "")?.[0];
  const examined = /^\d+$/.exec(url.searchParams.get("examined") ?? "")?.[0];
  return (
    <>
      <div class="row between">
        <h1>Suspicious</h1>
        <div class="row">
          <a class="button quiet" href="/admin/rules">
            Rules and rehearsal
          </a>
          <form method="post">
            <button class="quiet" type="submit" name="action" value="detect">
              Judge the last hour now
            </button>
          </form>
        </div>
      </div>
      {error && <Notice kind="bad">{error}</Notice>}
      {done && !error && <Notice kind="good">{done}</Notice>}
      {flagged && (
        <Notice kind="info">
          {examined} requests of the last hour were examined; {flagged}{" "}
          findings hold for it.
        </Notice>
      )}
      {suggested.length > 0 && <BlockSuggestions suggestions={suggested} />}
      <nav class="row" aria-label="Which findings">
        {Object.entries(VIEWS).map(([name, { label }]) => (
          <a
            class="chip"
            key={name}
            href={linkTo(new URL(url.pathname, url), { view: name })}
            aria-current={name === view ? "true" : "false"}
          >
            {label}
          </a>
        ))}
      </nav>
      <div class="panel flush">
        {found.items.length > 0
          ? <FindingList findings={found.items} now={now} />
          : (
            <p class="empty">
              {view === "resolved"
                ? "Nothing has been resolved yet."
                : "Nothing suspicious."}
            </p>
          )}
      </div>
      <Pager url={url} cursor={found.cursor} />
    </>
  );
});
