import type { ComponentChildren } from "preact";
import type { DecisionPreview } from "../../lib/console/incident_decision.ts";
import type { IncidentPreview } from "../../lib/console/incident_preview.ts";
import {
  type Incident,
  isSiteWide,
} from "../../lib/detection/incidents/incident.ts";
import { DurationField } from "../lists/block_form.tsx";
import { Num } from "../ui/number.tsx";
import { Affects } from "./affects.tsx";
import { Field } from "../ui/field.tsx";

/** The decisions for an incident, with the impact of each. */
export function Decide(
  { incident, preview, operator, path }: {
    incident: Incident;
    preview: IncidentPreview | null;
    /** The preview of refusing its operator; null if it was not requested. */
    operator: DecisionPreview | null;
    path: string;
  },
) {
  if (!incident.is_active) {
    return (
      <form class="row" method="post" action={path}>
        <button class="quiet" type="submit" name="action" value="reopen">
          Reopen
        </button>
      </form>
    );
  }
  return (
    <section class="panel" id="decide" aria-labelledby="decide-title">
      <h2 id="decide-title">Decide</h2>
      <nav class="row" aria-label="What to do">
        {incident.addresses.length > 0 && (
          <Choice path={path} scope="addresses" preview={preview}>
            Block {counted(incident.addresses.length, "address", "addresses")}
          </Choice>
        )}
        {incident.networks.length > 0 && (
          <Choice path={path} scope="networks" preview={preview}>
            Block {counted(incident.networks.length, "network", "networks")}
          </Choice>
        )}
        {incident.operators.length > 0 && (
          <a
            class="chip"
            href={`${path}?preview=operator#decide`}
            aria-current={operator ? "true" : "false"}
          >
            Refuse {incident.operators[0]} here for 1 h
          </a>
        )}
      </nav>
      {isSiteWide(incident) && (
        <p class="muted">
          No address or network stands out, so there is nobody to block. Look at
          the requests of that time below.
        </p>
      )}
      {preview && incident[preview.scope].length > 0 && (
        <Preview preview={preview} />
      )}
      {operator && <OperatorPreview preview={operator} />}
      <form method="post" action={path} class="filters">
        <Field label="Reason" name="why" maxLength={400} autocomplete="off" />
        {preview && preview.targets.length > 0 && (
          <>
            <input type="hidden" name="scope" value={preview.scope} />
            <DurationField id="for" last="until unblocked" chosen="24h" />
            <button type="submit" class="danger" name="action" value="block">
              {preview.targets.length === 1 ? "Block it" : (
                <>
                  Block all <Num value={preview.targets.length} />
                </>
              )}
            </button>
          </>
        )}
        {operator && (
          <button
            type="submit"
            class="danger"
            name="action"
            value="refuse_operator"
          >
            Refuse it for 1 h
          </button>
        )}
        <button class="quiet" type="submit" name="action" value="watch">
          Watch
        </button>
        {!isSiteWide(incident) && (
          <button class="quiet" type="submit" name="action" value="allow">
            Add all to the safelist
          </button>
        )}
        <button class="quiet" type="submit" name="action" value="resolve">
          Dismiss
        </button>
      </form>
    </section>
  );
}

function Choice(
  { path, scope, preview, children }: {
    path: string;
    scope: "addresses" | "networks";
    preview: IncidentPreview | null;
    children: ComponentChildren;
  },
) {
  const word = scope === "addresses" ? "block" : "networks";
  return (
    <a
      class="chip"
      href={`${path}?preview=${word}#decide`}
      aria-current={preview?.scope === scope ? "true" : "false"}
    >
      {children}
    </a>
  );
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

function OperatorPreview({ preview }: { preview: DecisionPreview }) {
  const { operator, addresses, rule, rehearsal } = preview;
  return (
    <div class="notice info">
      <p>
        {operator?.name}{" "}
        (AS{operator?.asn}) would be refused the targets of this attack, except
        for verified crawlers and signed-in users: <Num value={addresses} />
        {" "}
        of its addresses took part. {rehearsal && (
          <>
            In the last hour this would have refused{" "}
            <Num value={rehearsal.requests} /> requests of{" "}
            <Num value={rehearsal.clients} /> clients.
          </>
        )}
      </p>
      <code class="mono wrap">{JSON.stringify(rule)}</code>
    </div>
  );
}

function Preview({ preview }: { preview: IncidentPreview }) {
  const { targets } = preview;
  const what = preview.scope === "addresses"
    ? targets.length === 1 ? "address" : "addresses"
    : targets.length === 1
    ? "network"
    : "networks";
  return (
    <Affects preview={preview}>
      <Num value={targets.length} /> {what}{" "}
      would be blocked for 24 hours, or the time that you choose.
    </Affects>
  );
}
