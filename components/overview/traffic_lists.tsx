import { describeAgent } from "../../lib/base/user_agent.ts";
import type { RequestStats, TopRow } from "../../lib/console/stats.ts";
import type { Traffic } from "../../lib/console/traffic.ts";
import { type AboutKind, aboutPath as plainAbout } from "../ui/about_link.tsx";
import { dossierPath } from "../ui/dossier_link.tsx";
import { Num } from "../ui/number.tsx";
import { TopList } from "../ui/top_list.tsx";

/** The number of rows of a list that is not expanded. */
const ROWS = 8;

/** The lists that can be expanded. */
export const LIST_NAMES = [
  "addresses",
  "blocked_addresses",
  "operators",
  "usernames",
  "paths",
  "statuses",
  "failing",
  "slow",
  "countries",
  "referrers",
  "hosts",
  "visitors",
  "bots",
  "browsers",
  "systems",
  "user_agents",
  "signals",
  "rules",
] as const;

export type ListName = typeof LIST_NAMES[number];

/** The props of {@linkcode TrafficLists}. */
export interface TrafficListsProps {
  top: RequestStats["top"];
  more: Traffic["more"];
  total: number;
  /** The number of requests that the lists of `more` cover. */
  counted: number;
  /** The URL of the page with an additional filter. */
  filter: (name: string, value: string) => string;
  /** The URL of the page with one list expanded; null if it is already. */
  all: (name: ListName) => string;
  only: ListName | null;
  /** The range, as URL parameters, for pages about a value. */
  range?: Record<string, string>;
  /** Lists that are hidden, as they would have one row only. */
  without?: readonly ListName[];
}

/** The top lists of clients, paths, origins and user agents: their values filter the page. */
export function TrafficLists(props: TrafficListsProps) {
  const { only, without = [] } = props;
  const lists = listsOf(props);
  const groups: [string, ListName[]][] = only ? [["", [only]]] : [
    ["Who", ["addresses", "operators", "usernames", "blocked_addresses"]],
    ["What", ["paths", "statuses", "failing", "slow"]],
    ["Origin of requests", ["countries", "referrers", "hosts"]],
    ["Clients", ["visitors", "bots", "browsers", "systems", "user_agents"]],
    ["Signals and responses", ["signals", "rules"]],
  ];
  return (
    <>
      {groups.map(([title, names]) => {
        const shown = names.filter((name) => !without.includes(name));
        return (
          <section key={title} class="stack" aria-label={title || undefined}>
            {title && <h2>{title}</h2>}
            <div class="grid">
              {shown.map((name) => <div key={name}>{lists[name]}</div>)}
            </div>
          </section>
        );
      })}
    </>
  );
}

function listsOf(
  { top, more, total, counted, filter, all, only, range }: TrafficListsProps,
) {
  const aboutPath = (kind: AboutKind, value: string) =>
    plainAbout(kind, value, range);
  const cut = <Row,>(rows: Row[]) => only ? rows : rows.slice(0, ROWS);
  const allOf = (name: ListName, rows: unknown[]) =>
    !only && rows.length > ROWS ? all(name) : undefined;
  const plain = (
    name: ListName,
    title: string,
    rows: TopRow[],
    field: string,
    options: {
      mono?: boolean;
      about?: (row: TopRow) => string | null;
      of?: number;
      unit?: string;
    } = {},
  ) => (
    <TopList
      title={title}
      rows={cut(rows)}
      link={(row) => filter(field, row.name)}
      about={options.about}
      mono={options.mono}
      unit={options.unit}
      total={options.of ?? counted}
      all={allOf(name, rows)}
    />
  );
  const toDossier = (row: TopRow) => dossierPath(row.name);
  const agents = gathered(top.user_agents);
  return {
    addresses: plain("addresses", "Addresses", top.addresses, "ip", {
      mono: true,
      about: toDossier,
      of: total,
    }),
    blocked_addresses: plain(
      "blocked_addresses",
      "Blocked addresses",
      top.blocked_addresses,
      "ip",
      { mono: true, about: toDossier, of: total },
    ),
    operators: (
      <TopList
        title="Operators"
        rows={cut(more.operators)}
        link={({ asn }) => filter("asn", String(asn))}
        about={({ asn }) => aboutPath("asn", String(asn))}
        total={counted}
        all={allOf("operators", more.operators)}
      />
    ),
    usernames: plain(
      "usernames",
      "Signed-in users",
      more.usernames,
      "username",
      {
        about: ({ name }) => aboutPath("username", name),
      },
    ),
    paths: plain("paths", "Paths", top.paths, "path", {
      mono: true,
      about: ({ name }) => aboutPath("path", name),
      of: total,
    }),
    statuses: plain("statuses", "Statuses", top.status_codes, "status", {
      of: total,
    }),
    failing: (
      <TopList
        title="Failing paths (5xx)"
        unit="Errors"
        rows={cut(more.failing)}
        link={({ name }) => withStatus(filter("path", name))}
        about={({ name }) => aboutPath("path", name)}
        mono
        all={allOf("failing", more.failing)}
      />
    ),
    slow: <SlowPaths rows={cut(more.slow)} filter={filter} />,
    countries: (
      <TopList
        title="Countries"
        rows={cut(top.countries)}
        link={({ country_code }) => filter("country", country_code)}
        about={({ country_code }) => aboutPath("country", country_code)}
        total={total}
        all={allOf("countries", top.countries)}
      />
    ),
    referrers: (
      <TopList
        title="Referrers by site"
        rows={cut(bySite(top.referrers))}
        link={({ name }) => filter("referrer", `~${name}`)}
        total={total}
        all={allOf("referrers", bySite(top.referrers))}
      />
    ),
    hosts: plain("hosts", "Requested hosts", more.hosts, "host"),
    visitors: plain("visitors", "Human or bot", more.visitors, "visitor", {
      about: ({ name }) => aboutPath("visitor", name),
    }),
    bots: plain("bots", "Crawlers and tools", more.bots, "bot", {
      about: ({ name }) => aboutPath("bot", name),
    }),
    browsers: plain(
      "browsers",
      "Browsers",
      more.browsers,
      "browser",
      {
        about: ({ name }) => aboutPath("browser", name),
      },
    ),
    systems: plain("systems", "Operating systems", more.systems, "system", {
      about: ({ name }) => aboutPath("system", name),
    }),
    user_agents: (
      <TopList
        title="User agents"
        rows={cut(agents)}
        link={({ example }) => filter("user_agent", example)}
        about={({ example }) => aboutPath("user_agent", example)}
        total={total}
        all={allOf("user_agents", agents)}
      />
    ),
    signals: plain("signals", "Signals", more.signals, "signal"),
    rules: plain("rules", "Policy rules that decided", more.rules, "rule"),
  } satisfies Record<ListName, unknown>;
}

function SlowPaths(
  { rows, filter }: {
    rows: Traffic["more"]["slow"];
    filter: (name: string, value: string) => string;
  },
) {
  return (
    <section class="panel flush">
      <h2>Slow paths</h2>
      {rows.length === 0
        ? <p class="empty">No path has 20 timed responses in this period.</p>
        : (
          <ul class="plain slow">
            {rows.map(({ name, p95_ms, requests }) => (
              <li key={name} class="row between">
                <a
                  class="mono"
                  href={filter("path", name)}
                >
                  {name}
                </a>
                <span class="muted nowrap">
                  <Num value={0.95} options={{ style: "percent" }} /> within
                  {" "}
                  <Num
                    value={p95_ms}
                    options={{ maximumSignificantDigits: 2 }}
                  />{" "}
                  ms · <Num value={requests} />
                </span>
              </li>
            ))}
          </ul>
        )}
    </section>
  );
}

/** The failed requests for an additional filter of the page. */
function withStatus(href: string): string {
  return `${href}${href.includes("?") ? "&" : "?"}status=5xx`;
}

/** User agents grouped by what they claim to be, the most frequent first, each with an example. */
function gathered(rows: TopRow[]): (TopRow & { example: string })[] {
  const sums = new Map<string, TopRow & { example: string }>();
  for (const { name, requests } of rows) {
    const claim = describeAgent(name);
    const sum = sums.get(claim);
    if (sum) sum.requests += requests;
    else sums.set(claim, { name: claim, requests, example: name });
  }
  return [...sums.values()].sort((a, b) => b.requests - a.requests);
}

/** Referrers grouped by site. */
function bySite(rows: TopRow[]): TopRow[] {
  const sums = new Map<string, number>();
  for (const { name, requests } of rows) {
    const site = /^[a-z]+:\/\/([^/]+)/i.exec(name)?.[1] ?? name;
    sums.set(site, (sums.get(site) ?? 0) + requests);
  }
  return [...sums].map(([name, requests]) => ({ name, requests }))
    .sort((a, b) => b.requests - a.requests);
}
