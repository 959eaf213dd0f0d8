import { page } from "fresh";
import { SeverityBadge } from "../../../components/findings/finding_list.tsx";
import { Notice } from "../../../components/ui/notice.tsx";
import { Time } from "../../../components/ui/time.tsx";
import { Refusal } from "../../../lib/base/refusal.ts";
import { previewBlock } from "../../../lib/console/incident_preview.ts";
import { actOnFindings, INBOX_ACTIONS } from "../../../lib/console/inbox.ts";
import {
  requestsOf,
  titleOf,
} from "../../../lib/detection/incidents/incident.ts";
import {
  getIncident,
  setIncidentActive,
} from "../../../lib/detection/incidents/store.ts";
import { wordParam } from "../../../lib/http/list_query.ts";
import { readForm } from "../../../lib/http/request_body.ts";
import { define, type State } from "../../../signed_in.ts";

/** As many findings as can be decided at once. */
const MOST = 200;
/** More addresses are only counted. */
const SHOWN = 200;

async function load(state: State, id: string, isPreview: boolean) {
  const { services } = state;
  const incident = await getIncident(services.kv, id, services.now());
  if (incident === null) {
    throw new Refusal("missing", "There is no incident of this id");
  }
  state.title = "Incident";
  return {
    incident,
    now: services.now(),
    preview: isPreview ? await previewBlock(services, incident) : null,
  };
}

export const handler = define.handlers({
  async GET(ctx) {
    const shown = wordParam(ctx.url.searchParams, "preview", ["no", "block"]);
    const id = ctx.params.id ?? "";
    const data = await load(ctx.state, id, shown === "block");
    return page({ ...data, error: null });
  },

  async POST(ctx) {
    const { services, user, visitor, signedIn } = ctx.state;
    const form = await readForm(ctx.req, ["action", "why"]);
    const id = ctx.params.id ?? "";
    const { incident, now } = await load(ctx.state, id, false);
    const why = (form.get("why") ?? "").trim().slice(0, 400);
    const by = user.username;
    const action = wordParam(form, "action", INBOX_ACTIONS);
    if (action === "resolve" || action === "reopen") {
      const isActive = action === "reopen";
      await setIncidentActive(services.kv, id, isActive, { by, why, now });
      return ctx.redirect(`/admin/incidents/${id}`, 303);
    }
    const who = { by, from: visitor.ip, session: signedIn.id };
    const ids = incident.findings.slice(0, MOST);
    const result = await actOnFindings(services, action, {
      ids,
      why: why || titleOf(incident).slice(0, 400),
      who,
    });
    if (result.refused.length > 0) {
      const error = `${result.done.length} done. Not done: ` +
        result.refused.slice(0, 10).join("; ");
      const data = await load(ctx.state, id, false);
      return page({ ...data, error }, { status: 409 });
    }
    await setIncidentActive(services.kv, id, false, {
      by,
      why: why || `${action}ed`,
      now,
    });
    // The page of findings offers the way back.
    const done = new URLSearchParams({
      bulk: action,
      n: String(result.done.length),
    });
    if (result.undo.length > 0) done.set("undo", result.undo.join("."));
    return ctx.redirect(result.confirmAt ?? `/admin/suspicious?${done}`, 303);
  },
});

export default define.page<typeof handler>(function IncidentPage({ data }) {
  const { incident, now, error, preview } = data;
  const { addresses, networks, operators, targets, agents, rules } = incident;
  const path = `/admin/incidents/${incident.id}`;
  return (
    <>
      <h1>{titleOf(incident)}</h1>
      {error && <Notice kind="bad">{error}</Notice>}
      <p>
        <SeverityBadge severity={incident.severity} />{" "}
        {counted(requestsOf(incident), "request")} of{" "}
        {counted(addresses.length, "address", "addresses")} in{" "}
        {counted(networks.length, "network")}, first seen{" "}
        <Time at={incident.first_seen} now={now} />, last seen{" "}
        <Time at={incident.last_seen} now={now} />.
        {!incident.is_active &&
          ` Resolved by ${incident.decided_by}${
            incident.reason ? `: ${incident.reason}` : ""
          }.`}
      </p>
      {preview && (
        <Notice kind="info">
          {counted(preview.addresses, "address", "addresses")}{" "}
          would be blocked for 24 hours. {preview.spared.length > 0 &&
            `Left out: ${
              preview.spared.slice(0, 10).map(({ ip_address, why }) =>
                `${ip_address} (${why})`
              ).join("; ")
            }.`}
        </Notice>
      )}
      {incident.is_active
        ? (
          <form class="row" method="post" action={path}>
            <input name="why" placeholder="Reason" aria-label="Reason" />
            {preview
              ? (
                <button type="submit" name="action" value="block">
                  Block all for 24 hours
                </button>
              )
              : (
                <a class="button" href={`${path}?preview=block`}>
                  Preview a block of all
                </a>
              )}
            <button class="quiet" type="submit" name="action" value="resolve">
              Resolve
            </button>
          </form>
        )
        : (
          <form class="row" method="post" action={path}>
            <button class="quiet" type="submit" name="action" value="reopen">
              Reopen
            </button>
          </form>
        )}
      <dl class="facts">
        <Fact name="Rules" values={rules} />
        <Fact name="Networks" values={networks} />
        <Fact name="Operators" values={operators} />
        <Fact name="Targets" values={targets} />
        <Fact name="User agents" values={agents} />
      </dl>
      <h2>Addresses</h2>
      <ul class="panel">
        {addresses.slice(0, SHOWN).map((address) => (
          <li key={address}>
            {/^[\da-f.:]+$/.test(address)
              ? <a href={`/admin/ip/${address}`}>{address}</a>
              : address}
          </li>
        ))}
      </ul>
    </>
  );
});

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

function Fact({ name, values }: { name: string; values: readonly string[] }) {
  if (values.length === 0) return null;
  return (
    <>
      <dt>{name}</dt>
      <dd>{values.slice(0, 10).join(", ")}</dd>
    </>
  );
}
