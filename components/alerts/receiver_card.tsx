import type { AlertStatus } from "../../lib/alerts/status.ts";
import { clockOf, type QuietHours } from "../../lib/alerts/quiet_hours.ts";
import { Num } from "../ui/number.tsx";
import { Time } from "../ui/time.tsx";
import { ChoiceFields } from "./choice_fields.tsx";

/** A receiver as the console shows it, without its secret. */
export interface ShownReceiver {
  /** Null for the environment's webhook. */
  id: string | null;
  name: string;
  label: string;
  host: string;
  /** Such as `json, signed`. */
  format: string;
  isPaused: boolean;
  least: "warning" | "critical";
  lists: boolean;
  quiet: QuietHours | null;
  /** Whether its settings are stored unencrypted. */
  isClear: boolean;
  createdBy: string | null;
  status: AlertStatus;
}

/** One receiver: its state, its events, and its actions. */
export function ReceiverCard(
  { receiver, now }: { receiver: ShownReceiver; now: number },
) {
  const { id, name, label, host, format, isPaused, isClear } = receiver;
  const title = `receiver-${id ?? "environment"}`;
  return (
    <section class="panel stack" aria-labelledby={title} data-row="">
      <div class="head row">
        <h2 id={title}>{name}</h2>
        {isPaused && <span class="badge plain">paused</span>}
        <State {...receiver.status} now={now} />
      </div>
      <dl class="facts">
        <dt>Receiver</dt>
        <dd>
          {label}, <span class="mono">{host}</span>{" "}
          <span class="muted">{format}</span>
        </dd>
        <dt>Sends</dt>
        <dd>{whatIsSent(receiver)}</dd>
        <Numbers {...receiver.status} now={now} />
        <dt>Set up</dt>
        <dd>
          {receiver.createdBy === null
            ? (
              <>
                by the environment (<code>ALERT_WEBHOOK_URL</code>); change it
                there
              </>
            )
            : `by ${receiver.createdBy}`}
        </dd>
        {isClear && (
          <>
            <dt>Storage</dt>
            <dd>
              Its secret is stored unencrypted: set <code>SECRET_KEY</code>{" "}
              and add it again.
            </dd>
          </>
        )}
      </dl>
      <Attempts {...receiver.status} now={now} />
      <Actions {...receiver} />
    </section>
  );
}

function whatIsSent({ least, lists, quiet }: ShownReceiver): string {
  const parts = [
    least === "critical"
      ? "critical incidents"
      : "incidents of severity warning or critical",
  ];
  if (lists) parts.push("changes of the blocklist and the safelist");
  const hours = quiet === null
    ? ""
    : `; from ${clockOf(quiet.from)} to ${clockOf(quiet.to)} UTC only critical`;
  return parts.join(", ") + hours;
}

function State({ state, now }: AlertStatus & { now: number }) {
  if (state?.failing_since) {
    return (
      <span>
        <span class="badge bad">✕ fails</span> since{" "}
        <Time at={state.failing_since} now={now} />: {state.last_error}
      </span>
    );
  }
  return state?.last_ok_at
    ? <span class="badge good">✓ fine</span>
    : <span class="muted">no alerts sent yet except tests</span>;
}

function Numbers({ state, waiting, now }: AlertStatus & { now: number }) {
  return (
    <>
      {state?.failing_since && state.next_try_at > now && (
        <>
          <dt>Next try</dt>
          <dd>
            <Time at={state.next_try_at} now={now} />
          </dd>
        </>
      )}
      {state?.last_ok_at && (
        <>
          <dt>Last delivered</dt>
          <dd>
            <Time at={state.last_ok_at} now={now} />
          </dd>
        </>
      )}
      <dt>Delivered</dt>
      <dd>
        <Num value={state?.delivered ?? 0} />, waiting{" "}
        <Num value={waiting} />, dropped <Num value={state?.dropped ?? 0} />
      </dd>
    </>
  );
}

function Attempts({ state, now }: AlertStatus & { now: number }) {
  const attempts = state?.attempts ?? [];
  if (attempts.length === 0) return null;
  return (
    <details>
      <summary>Delivery log, the last {attempts.length}</summary>
      <ol class="plain-list">
        {attempts.map(({ at, ok, what, words }) => (
          <li key={at}>
            <Time at={at} now={now} /> {ok
              ? <span class="badge good">✓ sent</span>
              : <span class="badge bad">✕ failed</span>} {what}{" "}
            <span class="muted">({words})</span>
          </li>
        ))}
      </ol>
    </details>
  );
}

function Actions({ id, isPaused, name, ...receiver }: ShownReceiver) {
  const { least, lists, quiet } = receiver;
  return (
    <div class="stack">
      <div class="row">
        <Action id={id} action="test" label="Send a test alert" />
        {id !== null && (
          <Action
            id={id}
            action={isPaused ? "resume" : "pause"}
            label={isPaused ? "Resume" : "Pause"}
          />
        )}
      </div>
      {id !== null && (
        <details>
          <summary>Change or remove {name}</summary>
          <form method="post" class="stack">
            <input type="hidden" name="action" value="change" />
            <input type="hidden" name="id" value={id} />
            <ChoiceFields
              prefix={`${id}-`}
              least={least}
              lists={lists}
              quietFrom={quiet === null ? "" : clockOf(quiet.from)}
              quietTo={quiet === null ? "" : clockOf(quiet.to)}
            />
            <div class="row">
              <button type="submit">Save</button>
            </div>
          </form>
          <p class="muted">
            To change its address or secret, add a new receiver and remove this
            one. Alerts that wait for it are removed with it.
          </p>
          <Action id={id} action="remove" label={`Remove ${name}`} danger />
        </details>
      )}
    </div>
  );
}

function Action(
  { id, action, label, danger }: {
    id: string | null;
    action: string;
    label: string;
    danger?: boolean;
  },
) {
  return (
    <form method="post">
      <input type="hidden" name="action" value={action} />
      {id !== null && <input type="hidden" name="id" value={id} />}
      <button type="submit" class={danger ? "danger" : "quiet"}>
        {label}
      </button>
    </form>
  );
}
