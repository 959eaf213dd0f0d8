import { botOf } from "../bots/bot_of.ts";
import {
  VISITOR_KINDS,
  type VisitorKind,
  visitorKind,
} from "../bots/visitor_kind.ts";
import { browserOf, systemOf } from "../base/user_agent.ts";
import { countryName } from "../geo/country.ts";
import { isConsolePath } from "../log/console_path.ts";
import type { RequestRecord } from "../log/request_record.ts";
import { Distinct } from "../log/rollup/distinct.ts";
import { hash53 } from "../log/rollup/hash.ts";
import { floorTo } from "../log/rollup/marks.ts";
import { NameTally } from "../log/rollup/name_tally.ts";
import { topOf } from "../log/rollup/top_list.ts";
import { signalNames } from "../signals/signal.ts";
import { Durations } from "./durations.ts";
import { type Counts, noCounts, type TopRow } from "./stats.ts";

/** The limit of distinct names per list; see NameTally. */
const MAX_NAMES = 5_000;
/** The limit of paths with durations. */
const MAX_TIMED = 1_000;
/** Once, in a minute that does not matter. */
const ONE = [1, 0, 0];

/** The lists that are counted by name. */
const LISTS = [
  "paths",
  "addresses",
  "blocked_addresses",
  "user_agents",
  "referrers",
  "usernames",
  "hosts",
  "operators",
  "bots",
  "browsers",
  "systems",
  "visitors",
  "signals",
  "rules",
  "countries",
  "statuses",
  "status_codes",
  "failing",
] as const;

type List = typeof LISTS[number];

/** A path and its response times. */
export interface SlowPath {
  name: string;
  requests: number;
  /** The 95th percentile of its response times, in milliseconds. */
  p95_ms: number;
}

/** What a user agent says of a client. */
interface Client {
  visitor: VisitorKind;
  bot: string | null;
  browser: string | null;
  system: string | null;
}

/** Adds up the requests that match a filter, for a page or an API call. */
export class TrafficSums {
  readonly totals = noCounts();
  first = Infinity;
  last = -Infinity;
  readonly #step: number;
  readonly #series = new Map<number, Counts>();
  readonly #heat = Array.from({ length: 7 }, () => new Array(24).fill(0));
  readonly #clients = new Distinct();
  readonly #tallies = Object.fromEntries(
    LISTS.map((name) => [name, new NameTally({ maxNames: MAX_NAMES })]),
  ) as Record<List, NameTally>;
  readonly #agents = new Map<string | null, Client>();
  readonly #durations = new Map<string, Durations>();
  readonly #allDurations = new Durations();

  constructor(since: number, until: number, step: number) {
    this.#step = step;
    for (let at = floorTo(since, step); at < until; at += step) {
      this.#series.set(at, noCounts());
    }
  }

  add(record: RequestRecord): void {
    const { timestamp, outcome, status, user_agent: agent, path } = record;
    this.first = Math.min(this.first, timestamp);
    this.last = Math.max(this.last, timestamp);
    for (
      const counts of [
        this.totals,
        this.#series.get(floorTo(timestamp, this.#step))!,
      ]
    ) {
      counts.requests++;
      counts[outcome]++;
      if (status >= 500) counts.errors++;
    }
    const date = new Date(timestamp);
    this.#heat[date.getUTCDay()]![date.getUTCHours()] += 1;
    this.#clients.add(hash53(record.ip_address));
    this.#count("paths", path);
    this.#count("addresses", record.ip_address);
    if (outcome === "blocked") {
      this.#count("blocked_addresses", record.ip_address);
    }
    this.#count("referrers", record.referrer);
    this.#count("usernames", record.username);
    this.#count("hosts", record.host);
    if (record.asn !== null) {
      this.#count("operators", `${record.asn} ${record.operator ?? ""}`);
    }
    this.#count("user_agents", agent);
    const client = this.#clientOf(agent);
    this.#count("visitors", client.visitor);
    this.#count("bots", client.bot);
    this.#count("browsers", client.browser);
    this.#count("systems", client.system);
    if (record.signals !== 0) {
      for (const word of signalNames(record.signals)) {
        this.#count("signals", word);
      }
    }
    this.#count("rules", record.rule);
    this.#count("countries", record.country_code);
    this.#count("statuses", `${Math.floor(status / 100)}xx`);
    this.#count("status_codes", String(status));
    if (status >= 500) this.#count("failing", path);
    // Response times of the console's own pages say nothing about the site.
    const isOwn = record.username !== null && isConsolePath(path);
    if (record.duration_ms !== null && outcome === "allowed" && !isOwn) {
      this.#allDurations.add(record.duration_ms);
      this.#durationsOf(path)?.add(record.duration_ms);
    }
  }

  #count(list: List, name: string | null): void {
    if (name === null) return;
    const tally = this.#tallies[list];
    if (tally.add(name, ONE)) tally.prune(() => {});
  }

  /** The parsed user agent, cached: parsing takes longer than the rest of a request. */
  #clientOf(agent: string | null): Client {
    let client = this.#agents.get(agent);
    if (client !== undefined) return client;
    const bot = agent === null ? null : botOf(agent);
    const isBrowser = agent !== null && bot === null;
    client = {
      visitor: visitorKind(agent),
      bot: bot?.name ?? null,
      browser: isBrowser ? browserOf(agent) : null,
      system: isBrowser ? systemOf(agent) : null,
    };
    if (this.#agents.size < MAX_NAMES) this.#agents.set(agent, client);
    return client;
  }

  #durationsOf(path: string): Durations | undefined {
    const known = this.#durations.get(path);
    if (known !== undefined || this.#durations.size >= MAX_TIMED) return known;
    const made = new Durations();
    this.#durations.set(path, made);
    return made;
  }

  /** All but the times and the steps; a top list has at most `top` rows. */
  result(top: number) {
    const list = (name: List): TopRow[] => {
      const { names, counts, errors } = topOf(this.#tallies[name], {
        names: top,
        bytes: Infinity,
      });
      return names.map((name, i) => ({
        name,
        requests: counts[i]!,
        ...errors?.[i] ? { error: errors[i] } : {},
      }));
    };
    const isExact = LISTS.every((name) => this.#tallies[name].error === 0);
    return {
      totals: { ...this.totals, clients: this.#clients.count() },
      p95_ms: this.#allDurations.quantile(0.95),
      series: [...this.#series].map(([start, counts]) => ({
        start: new Date(start).toISOString(),
        ...counts,
      })),
      heat: this.#heat,
      top: {
        paths: list("paths"),
        addresses: list("addresses"),
        blocked_addresses: list("blocked_addresses"),
        countries: list("countries").map((row) => ({
          ...row,
          name: countryName(row.name) ?? row.name,
          country_code: row.name,
        })),
        user_agents: list("user_agents"),
        referrers: list("referrers"),
        statuses: list("statuses"),
        status_codes: list("status_codes"),
      },
      more: {
        usernames: list("usernames"),
        hosts: list("hosts"),
        operators: list("operators").map((row) => ({
          ...row,
          name: row.name.slice(row.name.indexOf(" ") + 1) ||
            `AS${parseInt(row.name, 10)}`,
          asn: parseInt(row.name, 10),
        })),
        bots: list("bots"),
        browsers: list("browsers"),
        systems: list("systems"),
        visitors: VISITOR_KINDS.flatMap((kind) =>
          list("visitors").filter(({ name }) => name === kind)
        ),
        signals: list("signals"),
        rules: list("rules"),
        failing: list("failing"),
        slow: this.#slow(top),
      },
      isExact,
      clientsExact: this.#clients.isExact,
    };
  }

  #slow(top: number): SlowPath[] {
    return [...this.#durations]
      .filter(([, durations]) => durations.count >= MIN_TIMED)
      .map(([name, durations]) => ({
        name,
        requests: durations.count,
        p95_ms: durations.quantile(0.95)!,
      }))
      .sort((a, b) => b.p95_ms - a.p95_ms)
      .slice(0, top);
  }
}

/** With fewer responses, the 95th percentile says nothing. */
const MIN_TIMED = 20;
