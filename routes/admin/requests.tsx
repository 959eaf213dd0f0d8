import { page } from "fresh";
import { Notice } from "../../components/notice.tsx";
import { linkTo, Pager } from "../../components/pager.tsx";
import { RequestTable } from "../../components/request_table.tsx";
import { FILTER_NAMES, requestFilter } from "../../lib/guard/request_filter.ts";
import {
  pageRequests,
  type RequestPage,
} from "../../lib/guard/request_query.ts";
import { listQuery, timeParam } from "../../lib/list_query.ts";
import { RequestError } from "../../lib/request_error.ts";
import { define } from "../../utils.ts";

interface Data {
  found: RequestPage;
  now: number;
  error: string | null;
}

const EMPTY: RequestPage = { items: [], cursor: null };

export const handler = define.handlers({
  async GET(ctx) {
    const { kv, now } = ctx.state.services;
    const params = ctx.url.searchParams;
    ctx.state.title = "Requests";
    try {
      const found = await pageRequests(kv, {
        ...listQuery(params),
        filter: requestFilter(params),
        range: {
          from: timeParam(params, "since"),
          to: timeParam(params, "until"),
        },
      }, now);
      return page<Data>({ found, now: now(), error: null });
    } catch (error) {
      if (!(error instanceof RequestError || error instanceof RangeError)) {
        throw error;
      }
      return page<Data>({ found: EMPTY, now: now(), error: error.message }, {
        status: 400,
      });
    }
  },
});

const LABELS: Record<string, string> = {
  ip: "Address or range",
  path: "Path",
  method: "Method",
  status: "Status",
  country: "Country",
  username: "User",
  outcome: "Outcome",
  since: "Since",
  until: "Until",
};
const HINTS: Record<string, string> = {
  ip: "203.0.113.0/24",
  path: "/login or /admin*",
  method: "GET",
  status: "404 or 4xx",
  country: "DE or Germany",
  username: "",
  since: "2026-01-31T08:00Z",
  until: "2026-01-31T09:00Z",
};
const NAMES = [...FILTER_NAMES, "since", "until"];

export default define.page<typeof handler>(function Requests({ data, url }) {
  const { found, now, error } = data;
  const set = NAMES.filter((name) => url.searchParams.get(name)?.trim());
  return (
    <>
      <h1>Requests</h1>
      {error && <Notice kind="bad">{error}</Notice>}
      <form method="get" class="panel" aria-label="Filter">
        <div class="filters">
          {NAMES.map((name) => (
            <div class="field" key={name}>
              <label for={name}>{LABELS[name]}</label>
              {name === "outcome"
                ? (
                  <select id={name} name={name}>
                    {["", "allowed", "limited", "blocked"].map((value) => (
                      <option
                        key={value}
                        value={value}
                        selected={url.searchParams.get(name) === value}
                      >
                        {value || "any"}
                      </option>
                    ))}
                  </select>
                )
                : (
                  <input
                    id={name}
                    name={name}
                    value={url.searchParams.get(name) ?? ""}
                    placeholder={HINTS[name]}
                    autocomplete="off"
                    spellcheck={false}
                  />
                )}
            </div>
          ))}
          <button type="submit">Filter</button>
        </div>
        {set.length > 0 && (
          <div class="row" aria-label="Filters in use">
            {set.map((name) => (
              <a
                class="chip"
                key={name}
                href={linkTo(url, { [name]: null, cursor: null })}
                aria-label={`Remove filter ${LABELS[name]}: ${
                  url.searchParams.get(name)
                }`}
              >
                <span>
                  {LABELS[name]}: <strong>{url.searchParams.get(name)}</strong>
                </span>
                <span aria-hidden="true">✕</span>
              </a>
            ))}
            <a href={url.pathname}>Clear all</a>
          </div>
        )}
      </form>
      <div class="panel flush">
        {found.items.length > 0
          ? <RequestTable records={found.items} now={now} />
          : (
            <p class="empty">
              {set.length > 0
                ? "No request matches these filters."
                : "No request has been logged yet."}
            </p>
          )}
      </div>
      <Pager url={url} cursor={found.cursor} />
    </>
  );
});
