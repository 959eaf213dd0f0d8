import { page } from "fresh";
import { Strips } from "../../components/overview/strips.tsx";
import {
  type ListName,
  TrafficLists,
} from "../../components/overview/traffic_lists.tsx";
import { AboutActions } from "../../components/dossier/about_actions.tsx";
import { RequestTable } from "../../components/requests/request_table.tsx";
import {
  ABOUT_KINDS,
  type AboutKind,
} from "../../components/ui/about_link.tsx";
import { SeriesTable } from "../../components/ui/series_table.tsx";
import { FILTER_LABELS } from "../../components/ui/filter_chips.tsx";
import { Notice } from "../../components/ui/notice.tsx";
import { Num } from "../../components/ui/number.tsx";
import { Pager } from "../../components/ui/pager.tsx";
import { RangePicker } from "../../components/ui/range_picker.tsx";
import { ExactTime, Time } from "../../components/ui/time.tsx";
import { findUserByName } from "../../lib/accounts/users.ts";
import { describeAgent } from "../../lib/base/user_agent.ts";
import { Refusal } from "../../lib/base/refusal.ts";
import { dashboardRange } from "../../lib/console/dashboard_range.ts";
import { readOverview } from "../../lib/console/overview.ts";
import { countryName } from "../../lib/geo/country.ts";
import { listQuery } from "../../lib/http/list_query.ts";
import { requestFilter } from "../../lib/log/request_filter.ts";
import { pageRequests } from "../../lib/log/request_query.ts";
import { define, type State } from "../../signed_in.ts";

/** The default range. */
const RANGE = "7d";
const ROWS = 50;

/** Lists that would have one row, by the subject of the page. */
const SELF: Partial<Record<AboutKind, ListName[]>> = {
  asn: ["operators"],
  operator: ["operators"],
  path: ["paths", "slow", "failing"],
  user_agent: ["user_agents", "visitors", "bots", "browsers", "systems"],
  username: ["usernames"],
  referrer: ["referrers"],
  country: ["countries"],
  bot: ["bots", "visitors", "browsers", "systems"],
  visitor: ["visitors"],
  browser: ["browsers"],
  system: ["systems"],
  host: ["hosts"],
};

function subjectOf(params: URLSearchParams): [AboutKind, string] {
  const given = ABOUT_KINDS.flatMap((kind): [AboutKind, string][] => {
    const value = params.get(kind)?.trim();
    return value ? [[kind, value]] : [];
  });
  if (given.length !== 1) {
    throw new Refusal(
      "malformed",
      `Cannot show a dossier: expected exactly one of ${
        ABOUT_KINDS.join(", ")
      }`,
    );
  }
  return given[0]!;
}

async function load(state: State, params: URLSearchParams) {
  const { services } = state;
  const { kv, now, addresses, accounts } = services;
  const [kind, value] = subjectOf(params);
  const filters = new URLSearchParams({ [kind]: value });
  const filter = requestFilter(filters, addresses);
  const asked = new URLSearchParams(params);
  if (!asked.has("range")) asked.set("range", RANGE);
  const range = dashboardRange(asked, now());
  const [overview, requests, user] = await Promise.all([
    readOverview(services, range, filters, ROWS),
    pageRequests(kv, {
      ...listQuery(params, 20),
      filter,
      range: { from: range.since, to: range.until },
    }, now),
    kind === "username" ? findUserByName(accounts, value) : null,
  ]);
  const name = nameOf(kind, value, overview);
  state.title = name;
  return { kind, value, name, range, overview, requests, user, now: now() };
}

/** The title of a dossier. */
function nameOf(
  kind: AboutKind,
  value: string,
  { more }: Awaited<ReturnType<typeof readOverview>>,
): string {
  if (kind === "asn") {
    const number = value.replace(/^AS/i, "");
    const known = more.operators.find(({ asn }) => String(asn) === number);
    return known ? `${known.name} (AS${number})` : `AS${number}`;
  }
  if (kind === "country") return countryName(value.toUpperCase()) ?? value;
  return kind === "user_agent" ? describeAgent(value) : value;
}

export const handler = define.handlers({
  async GET(ctx) {
    return page(await load(ctx.state, ctx.url.searchParams));
  },
});

export default define.page<typeof handler>(function About({ data, url }) {
  const { kind, value, name, range, overview, requests, user, now } = data;
  const { totals, first_seen, last_seen } = overview;
  const here = new URLSearchParams({ [kind]: value });
  const since = new Date(range.since).toISOString();
  const until: Record<string, string> = range.until < now
    ? { until: new Date(range.until).toISOString() }
    : {};
  const inLog = (more: Record<string, string> = {}) =>
    `/admin/requests?${new URLSearchParams({
      [kind]: value,
      since,
      ...until,
      ...more,
    })}`;
  const zoom = (since: string, until: string) =>
    `/admin/about?${new URLSearchParams({ [kind]: value, since, until })}`;
  return (
    <>
      <div class="row between">
        <hgroup>
          <p class="muted">{FILTER_LABELS[kind]}</p>
          <h1 class={kind === "path" ? "mono" : undefined}>{name}</h1>
        </hgroup>
        <RangePicker range={range} keep={here} />
      </div>
      {kind === "user_agent" && name !== value && (
        <p class="mono long">{value}</p>
      )}
      {user && (
        <Notice kind="info">
          There is an account of this name:{" "}
          <a href={`/admin/users/${user.id}`}>{user.username}</a>.
        </Notice>
      )}
      {overview.counted_since > range.since && (
        <Notice kind="warn">
          Not everything could be counted in time: the numbers are from{" "}
          <ExactTime at={overview.counted_since} now={now} /> on.
        </Notice>
      )}
      <dl class="panel facts">
        <dt>Requests</dt>
        <dd>
          <a href={inLog()}>
            <Num value={totals.requests} />
          </a>{" "}
          by <Num value={totals.clients} />{" "}
          {totals.clients === 1 ? "client" : "clients"}
        </dd>
        <dt>First and last</dt>
        <dd>
          {first_seen === null || last_seen === null
            ? <span class="muted">none in this time</span>
            : (
              <>
                <Time at={first_seen} now={now} />,{" "}
                <Time at={last_seen} now={now} />
              </>
            )}
        </dd>
        <dt>Refused</dt>
        <dd>
          <Num value={totals.blocked + totals.limited + totals.challenged} />
        </dd>
      </dl>
      <AboutActions
        kind={kind}
        value={value}
        name={name}
        since={since}
        until={until.until ?? null}
        requests={totals.requests}
        url={url}
      />
      {totals.requests > 0 && (
        <section class="panel">
          <h2>Requests over time</h2>
          <Strips
            series={overview.series}
            by={range.by}
            totals={totals}
            before={overview.before}
            period={range.label}
            zoom={zoom}
          />
          <SeriesTable
            series={overview.series}
            by={range.by}
            filters={here}
          />
        </section>
      )}
      {totals.requests > 0 && (
        <TrafficLists
          top={overview.top}
          more={overview.more}
          total={totals.requests}
          counted={overview.more_requests}
          filter={(name, value) => inLog({ [name]: value })}
          all={(list) =>
            `/admin?${new URLSearchParams({
              [kind]: value,
              since,
              ...until,
              all: list,
            })}`}
          only={null}
          without={SELF[kind]}
        />
      )}
      <section class="panel flush">
        <h2>Requests</h2>
        {requests.items.length > 0
          ? (
            <RequestTable
              records={requests.items}
              now={now}
              query={here.toString()}
            />
          )
          : (
            <p class="empty">
              No requests in this period. Choose a longer one.
            </p>
          )}
      </section>
      <Pager url={url} cursor={requests.cursor} />
    </>
  );
});
