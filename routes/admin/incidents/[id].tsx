import { page } from "fresh";
import {
  FindingList,
  SeverityBadge,
} from "../../../components/findings/finding_list.tsx";
import { Decide } from "../../../components/incidents/decide.tsx";
import { Got } from "../../../components/incidents/incident_card.tsx";
import { Participants } from "../../../components/incidents/participants.tsx";
import { Strips } from "../../../components/overview/strips.tsx";
import {
  type AboutKind,
  aboutPath,
} from "../../../components/ui/about_link.tsx";
import { SeriesTable } from "../../../components/ui/series_table.tsx";
import { Notice } from "../../../components/ui/notice.tsx";
import { ExactTime, Time } from "../../../components/ui/time.tsx";
import {
  UndoEntry,
  undoId,
  undoParam,
} from "../../../components/ui/undo_entry.tsx";
import { botOf } from "../../../lib/bots/bot_of.ts";
import { ownValue } from "../../../lib/base/own_value.ts";
import { Refusal } from "../../../lib/base/refusal.ts";
import { blockList } from "../../../lib/console/block_list.ts";
import {
  BLOCK_SCOPES,
  type BlockScope,
  previewBlock,
} from "../../../lib/console/incident_preview.ts";
import {
  decide,
  previewDecision,
} from "../../../lib/console/incident_decision.ts";
import { incidentTraffic } from "../../../lib/console/incident_traffic.ts";
import { ParticipantSeries } from "../../../lib/console/participant_series.ts";
import {
  actOnFindings,
  INBOX_ACTIONS,
  type InboxResult,
} from "../../../lib/console/inbox.ts";
import { settleIncidents } from "../../../lib/console/settle.ts";
import {
  decisionOf,
  type Incident,
  isSiteWide,
  titleOf,
} from "../../../lib/detection/incidents/incident.ts";
import {
  getIncident,
  setIncidentActive,
} from "../../../lib/detection/incidents/store.ts";
import { getFinding } from "../../../lib/detection/findings.ts";
import { countryName } from "../../../lib/geo/country.ts";
import { wordParam } from "../../../lib/http/list_query.ts";
import { readForm } from "../../../lib/http/request_body.ts";
import { temporaryRules } from "../../../lib/policy/temporary.ts";
import { define, type State } from "../../../signed_in.ts";

/** The limit of findings that can be settled at once. */
const MOST = 200;
/** The limit of findings shown as evidence. */
const EVIDENCE = 10;
/** The limit of rules, operators, targets and user agents shown. */
const SHOWN_VALUES = 10;
/** The limit of addresses or networks in a link. */
const IN_LINK = 50;
/** The time limit of reading its requests, in milliseconds. */
const TRAFFIC_MS = 600;

const DONE: Record<string, string> = {
  block: "blocked. The incident is decided.",
  resolve: "Dismissed. Evidence up to now does not reopen it.",
  reopen: "Reopened.",
  allow: "On the safelist. The incident is decided.",
  watch: "Watched: it stays open, and its next finding is sent as an alert.",
  refuse_operator: "Refused, within a second in every process.",
  undo: "Undone.",
  gone: "This is no longer in effect: nothing was changed.",
};

const SHOWN = ["no", "block", "networks", "operator"] as const;
const ACTIONS = [...INBOX_ACTIONS, "watch", "refuse_operator"] as const;

async function load(
  state: State,
  id: string,
  scope: BlockScope | "operator" | null,
) {
  const { services, visitor } = state;
  const { kv, now, geo, operators, crawlers } = services;
  const incident = await getIncident(kv, id, now());
  if (incident === null) {
    throw new Refusal("missing", "There is no incident of this id");
  }
  state.title = "Incident";
  const claimed = incident.agents.flatMap((agent) => {
    const bot = botOf(agent);
    return bot ? [{ agent, name: bot.name }] : [];
  });
  const series = new ParticipantSeries(incident);
  const [traffic, findings, preview, operator, held] = await Promise.all([
    incidentTraffic(
      services,
      incident,
      TRAFFIC_MS,
      isSiteWide(incident) ? undefined : (record) => series.add(record),
    ),
    Promise.all(
      incident.findings.slice(0, EVIDENCE).map((id) =>
        getFinding(kv, id, now())
      ),
    ),
    scope === null || scope === "operator"
      ? null
      : previewBlock(services, incident, scope, visitor.ip),
    scope === "operator"
      ? previewDecision(services, incident, { decision: "refuse_operator" })
      : null,
    temporaryRules(kv, now()),
  ]);
  return {
    incident,
    now: now(),
    traffic,
    series,
    findings: findings.filter((finding) => finding !== null),
    preview,
    operator,
    // When the temporary rule for this incident ends.
    until: held.rules.find(({ rule }) => rule.name === `incident-${id}`)
      ?.until ?? null,
    whereOf(ip: string) {
      const operator = operators.operatorOf(ip);
      const country = geo.peek(ip)?.country ?? null;
      return {
        country: country && (countryName(country) ?? country),
        operator: operator && { asn: operator.asn, name: operator.name },
        crawler:
          claimed.find(({ agent }) => crawlers.peek(ip, agent) === "verified")
            ?.name ?? null,
      };
    },
  };
}

export const handler = define.handlers({
  async GET(ctx) {
    const shown = wordParam(ctx.url.searchParams, "preview", SHOWN);
    const id = ctx.params.id ?? "";
    const scope = shown === "no"
      ? null
      : shown === "block"
      ? "addresses"
      : shown;
    const data = await load(ctx.state, id, scope);
    return page({ ...data, error: null });
  },

  async POST(ctx) {
    const { services, user, visitor, signedIn } = ctx.state;
    const { kv } = services;
    const form = await readForm(ctx.req, ["action", "why", "scope", "for"]);
    const id = ctx.params.id ?? "";
    const { incident, now } = await load(ctx.state, id, null);
    const path = `/admin/incidents/${id}`;
    const title = titleOf(incident).slice(0, 200);
    const why = (form.get("why") ?? "").trim().slice(0, 400);
    const by = user.username;
    const from = visitor.ip;
    const action = wordParam(form, "action", ACTIONS);
    if (action === "watch" || action === "refuse_operator") {
      const who = { by, from, session: signedIn.id };
      const { entry } = await decide(
        services,
        incident,
        { decision: action },
        { why, who },
      );
      const query = new URLSearchParams({ done: action });
      if (entry) query.set("undo", undoId(entry));
      return ctx.redirect(`${path}?${query}`, 303);
    }
    if (action === "block") {
      const scope = wordParam(form, "scope", BLOCK_SCOPES);
      const preview = await previewBlock(services, incident, scope, from);
      if (preview.targets.length === 0) {
        const data = await load(ctx.state, id, scope);
        const error = "Nothing was blocked: all of them are exempt.";
        return page({ ...data, error }, { status: 409 });
      }
      const { entry, written } = await blockList(services, {
        addresses: preview.targets,
        reason: why || title,
        for: form.get("for") ?? "24h",
        ...{ by, from, incidents: [id] },
      });
      await setIncidentActive(kv, id, false, {
        ...{ by, why: why || `blocked ${written} ${scope}`, now },
        decision: "blocked",
      });
      const query = new URLSearchParams({
        done: "block",
        n: String(written),
        undo: undoId(entry),
      });
      return ctx.redirect(`${path}?${query}`, 303);
    }
    const isActive = action === "reopen";
    let listed: InboxResult["listed"] | undefined;
    if (action === "allow") {
      const who = { by, from, session: signedIn.id };
      const ids = incident.findings.slice(0, MOST);
      const result = await actOnFindings(services, action, {
        ...{ ids, why: why || title, who },
      });
      if (result.refused.length > 0) {
        const error = `${result.done.length} done. Not done: ` +
          result.refused.slice(0, 10).join("; ");
        const data = await load(ctx.state, id, null);
        return page({ ...data, error }, { status: 409 });
      }
      listed = result.listed;
    }
    const { entry } = await settleIncidents(services, [id], {
      ...{ isActive, who: { by, from }, listed },
      why: why || (action === "allow" ? "on the safelist" : ""),
      decision: action === "allow" ? "safelisted" : "dismissed",
    });
    const undo = entry ? `&undo=${undoId(entry)}` : "";
    return ctx.redirect(`${path}?done=${action}${undo}`, 303);
  },
});

export default define.page<typeof handler>(function IncidentPage(
  { data, url },
) {
  const { incident, now, error, preview, operator, traffic, findings } = data;
  const { operators, targets, agents, rules, networks, addresses } = incident;
  const path = `/admin/incidents/${incident.id}`;
  const { searchParams: params } = url;
  const what = ownValue(DONE, params.get("done"));
  const count = /^\d{1,5}$/.exec(params.get("n") ?? "")?.[0];
  const done = what && count ? `${count} ${what}` : what;
  const undo = undoParam(params);
  const range = {
    since: new Date(incident.first_seen).toISOString(),
    until: new Date(incident.last_seen + 1).toISOString(),
  };
  const filters = inLog(incident);
  const log = (since: string, until: string, more = {}) =>
    `/admin/requests?${new URLSearchParams({
      ...filters,
      since,
      until,
      ...more,
    })}`;
  const about = (kind: AboutKind) => (value: string) =>
    aboutPath(kind, value, range);
  return (
    <>
      <p>
        <a href="/admin/incidents">← Incidents</a>
      </p>
      <h1>{titleOf(incident)}</h1>
      {error && <Notice kind="bad">{error}</Notice>}
      {done && !error && (
        <Notice kind="good">
          {done} {data.until !== null && params.get("done") !== "undo" && (
            <>
              Ends at <ExactTime at={data.until} now={now} /> UTC.{" "}
            </>
          )}
          {undo && <UndoEntry id={undo} back={path} />}
        </Notice>
      )}
      <p>
        <SeverityBadge severity={incident.severity} /> {isSiteWide(incident)
          ? "The site as a whole"
          : `${counted(addresses.length, "address", "addresses")} in ${
            counted(networks.length, "network")
          }`}, first seen <Time at={incident.first_seen} now={now} />, last seen
        {" "}
        <Time at={incident.last_seen} now={now} />.{" "}
        <Got traffic={traffic} incident={incident} />
      </p>
      <Standing incident={incident} until={data.until} now={now} />
      <Decide
        incident={incident}
        preview={preview}
        operator={operator}
        path={path}
      />
      <dl class="panel facts">
        <Fact
          name="Rules"
          values={rules}
          link={(rule) => `/admin/rules#${rule}`}
        />
        <Fact name="Operators" values={operators} link={about("operator")} />
        <Fact
          name="Targets"
          values={targets}
          // A target is a path in lower case, in which # replaces what varies.
          link={(target) =>
            log(range.since, range.until, {
              path: `~${target.split("#", 1)[0]}`,
            })}
        />
        <Fact
          name="User agents"
          values={agents}
          link={(agent) =>
            about("user_agent")(agent.length < 120 ? agent : `${agent}*`)}
        />
      </dl>
      {traffic.totals.requests > 0 && (
        <section class="panel">
          <h2>Requests over time</h2>
          <Strips
            series={traffic.series}
            by={traffic.by}
            totals={traffic.totals}
            before={null}
            period=""
            zoom={log}
          />
          <SeriesTable
            series={traffic.series}
            by={traffic.by}
            filters={filters}
          />
        </section>
      )}
      <Participants
        incident={incident}
        whereOf={data.whereOf}
        series={data.series}
      />
      {findings.length > 0 && (
        <section class="panel flush" aria-labelledby="evidence-title">
          <h2 id="evidence-title">
            Evidence: {counted(incident.findings.length, "finding")}
          </h2>
          <FindingList
            findings={findings}
            now={now}
            action="/admin/suspicious"
          />
        </section>
      )}
    </>
  );
});

/** The decision, its author, reason and end. */
function Standing(
  { incident, until, now }: {
    incident: Incident;
    until: number | null;
    now: number;
  },
) {
  const { is_watched, decided_by, reason } = incident;
  const decision = decisionOf(incident);
  if (decision === null && !is_watched && until === null) return null;
  return (
    <p>
      {(decision !== null || is_watched) && (
        <>
          <span class="badge">{decision ?? "watched"}</span> by {decided_by}
          {reason && `: ${reason}`}.{" "}
        </>
      )}
      {until !== null && (
        <>
          Its operator is refused until <ExactTime at={until} now={now} />{" "}
          UTC (<Time at={until} now={now} />).
        </>
      )}
    </p>
  );
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

function Fact({ name, values, link }: {
  name: string;
  values: readonly string[];
  link: (value: string) => string;
}) {
  if (values.length === 0) return null;
  return (
    <>
      <dt>{name}</dt>
      <dd class="long">
        {values.slice(0, SHOWN_VALUES).map((value, at) => (
          <span key={value}>
            {at > 0 && ", "}
            <a href={link(value)}>{value}</a>
          </span>
        ))}
        {values.length > SHOWN_VALUES &&
          ` and ${values.length - SHOWN_VALUES} more`}
      </dd>
    </>
  );
}

/** The filters of its requests: by participants, or by network if these are too many for a URL. */
function inLog(
  { addresses, networks }: Incident,
): Record<string, string> {
  const who = addresses.length > 0 && addresses.length <= IN_LINK
    ? addresses
    : networks.slice(0, IN_LINK);
  return who.length > 0 ? { ip: who.join(",") } : {};
}
