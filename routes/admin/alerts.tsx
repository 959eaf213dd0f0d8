import { page } from "fresh";
import {
  ReceiverCard,
  type ShownReceiver,
} from "../../components/alerts/receiver_card.tsx";
import {
  ReceiverForm,
  ReceiverKinds,
} from "../../components/alerts/receiver_form.tsx";
import { Notice } from "../../components/ui/notice.tsx";
import {
  UndoEntry,
  undoId,
  undoParam,
} from "../../components/ui/undo_entry.tsx";
import { quietHours } from "../../lib/alerts/quiet_hours.ts";
import type { Receiver } from "../../lib/alerts/receiver.ts";
import {
  changeReceiver,
  getReceiver,
  listReceivers,
  type ReceiverChoice,
  receiverKind,
  removeReceiver,
  stateOf,
  type StoredReceiver,
} from "../../lib/alerts/receiver_store.ts";
import { RECEIVER_KINDS } from "../../lib/alerts/receivers/kinds.ts";
import { alertStatus } from "../../lib/alerts/status.ts";
import { ownValue } from "../../lib/base/own_value.ts";
import { Refusal } from "../../lib/base/refusal.ts";
import { limitedMessage, markLimited } from "../../lib/guard/limited.ts";
import { readForm } from "../../lib/http/request_body.ts";
import { rateLimitHeaders } from "../../lib/limits/rate_limit_headers.ts";
import { appendAudit, type Reversal } from "../../lib/store/audit.ts";
import type { AuditAction } from "../../lib/store/audit_actions.ts";
import { define } from "../../signed_in.ts";
import type { State } from "../../signed_in.ts";
import { MINUTE } from "../../lib/base/duration.ts";

const DONE: Record<string, string> = {
  add:
    "The receiver has been added and accepted a test alert: check that it arrived.",
  test: "The receiver accepted the test alert: check that it arrived.",
  change: "The receiver has been changed.",
  pause: "The receiver is paused: alerts are not kept for it meanwhile.",
  resume: "The receiver gets alerts again, from now on.",
  remove: "The receiver has been removed.",
  undo: "Undone.",
  gone: "This is no longer in effect: nothing was changed.",
};

/** Repeated clicks must not flood a chat. */
const TEST_RATE = { limit: 5, windowMs: MINUTE };

interface Data {
  receivers: ShownReceiver[];
  /** The kind whose form is shown. */
  adding: string | null;
  /** The submitted values, if it could not be added. */
  values: URLSearchParams | null;
  error: string | null;
  now: number;
}

async function load(
  state: State,
  { adding = null, values = null, error = null }: Partial<Data> = {},
): Promise<Data> {
  const { kv, now, alerts } = state.services;
  state.title = "Alerts";
  const stored = await listReceivers(kv);
  const receivers = await Promise.all([
    ...alerts.receiver === null ? [] : [fromEnvironment(kv, alerts.receiver)],
    ...stored.map((each) => shown(kv, each)),
  ]);
  return { receivers, adding, values, error, now: now() };
}

async function fromEnvironment(
  kv: Deno.Kv,
  { host, format, signed }: Receiver,
): Promise<ShownReceiver> {
  return {
    id: null,
    name: "Webhook of the environment",
    label: ownValue(RECEIVER_KINDS, format)?.label ?? "Webhook",
    host,
    format: format === "json"
      ? `json, ${signed ? "signed" : "not signed"}`
      : format,
    isPaused: false,
    least: "warning",
    lists: true,
    quiet: null,
    isClear: false,
    createdBy: null,
    status: await alertStatus(kv),
  };
}

async function shown(
  kv: Deno.Kv,
  receiver: StoredReceiver,
): Promise<ShownReceiver> {
  const { id, name, kind, host, least, lists, quiet } = receiver;
  return {
    ...{ id, name, host, least, lists, quiet },
    label: ownValue(RECEIVER_KINDS, kind)?.label ?? kind,
    format: "",
    isPaused: receiver.is_paused,
    isClear: receiver.settings instanceof Uint8Array,
    createdBy: receiver.created_by,
    status: await alertStatus(kv, id),
  };
}

/** The fields of this page's forms; each kind of receiver has its own. */
const FIELDS = [
  ...new Set([
    ...["action", "id", "kind", "name"],
    ...["least", "lists", "quiet_from", "quiet_to"],
    ...Object.values(RECEIVER_KINDS).flatMap(({ fields }) =>
      fields.map(({ name }) => name)
    ),
  ]),
];

function choiceIn(form: URLSearchParams): ReceiverChoice {
  const least = form.get("least") ?? "warning";
  if (least !== "warning" && least !== "critical") {
    throw new Refusal(
      "invalid",
      "Cannot send incidents: expected warning or critical",
    );
  }
  return {
    least,
    lists: form.get("lists") === "1",
    quiet: quietHours(
      form.get("quiet_from") ?? "",
      form.get("quiet_to") ?? "",
    ),
  };
}

export const handler = define.handlers({
  async GET(ctx) {
    const adding = ctx.url.searchParams.get("add");
    if (adding !== null) receiverKind(adding);
    return page(await load(ctx.state, { adding }));
  },

  async POST(ctx) {
    const { services, user, visitor } = ctx.state;
    const { kv, now, alerts, alertTestThrottle } = services;
    const form = await readForm(ctx.req, FIELDS);
    const action = form.get("action") ?? "";
    const id = form.get("id") ?? undefined;

    let undo = "";
    const note = async (
      what: AuditAction,
      target: string,
      why: string | null,
      reverse?: Reversal,
    ) => {
      const entry = await appendAudit(kv, {
        ...{ who: user.username, what, target, from: visitor.ip, why, reverse },
      }, now());
      if (reverse) undo = `&undo=${undoId(entry)}`;
    };
    const missing = () =>
      new Refusal("missing", "There is no such receiver any more");

    async function test(to: string | undefined, host: string) {
      const posted = await alerts.test(user.username, to);
      if (posted === null) throw missing();
      await note("test_alert", host, posted.words);
      return posted;
    }

    if (action === "test" || action === "add") {
      const decision = await alertTestThrottle.take("all", TEST_RATE);
      if (!decision.allowed) {
        markLimited(visitor, decision);
        return page(
          await load(ctx.state, { error: limitedMessage(decision) }),
          { status: 429, headers: rateLimitHeaders(decision) },
        );
      }
    }
    switch (action) {
      case "test": {
        const host = id === undefined
          ? alerts.receiver?.host
          : (await listReceivers(kv)).find((each) => each.id === id)?.host;
        if (host === undefined) {
          throw new Refusal(
            "malformed",
            "Cannot send a test alert: expected a receiver, or ALERT_WEBHOOK_URL",
          );
        }
        const posted = await test(id, host);
        if (posted.ok) break;
        const error = `The test alert was not accepted: ${posted.words}.`;
        return page(await load(ctx.state, { error }), { status: 502 });
      }
      case "add": {
        const kind = form.get("kind") ?? "";
        const values = form;
        try {
          const added = await alerts.add({
            ...choiceIn(form),
            name: form.get("name") ?? "",
            kind,
            settings: Object.fromEntries(form),
            by: user.username,
          });
          await note("add_receiver", added.name, added.host, {
            kind: "remove_receiver",
            id: added.id,
          });
          const posted = await test(added.id, added.host);
          if (posted.ok) break;
          const error =
            `${added.name} has been added, but the test alert was not accepted: ${posted.words}.`;
          return page(await load(ctx.state, { error }), { status: 502 });
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          receiverKind(kind);
          return page(
            await load(ctx.state, {
              adding: kind,
              values,
              error: `${error.message}.`,
            }),
            { status: error.status },
          );
        }
      }
      case "change":
      case "pause":
      case "resume": {
        const change = action === "change"
          ? choiceIn(form)
          : { is_paused: action === "pause" };
        const before = await getReceiver(kv, id ?? "");
        const changed = await changeReceiver(kv, id ?? "", change);
        if (before === null || changed === null) throw missing();
        await alerts.refresh();
        await note(`${action}_receiver`, changed.name, changed.host, {
          ...{ kind: "receiver", id: changed.id },
          ...{ before: stateOf(before), after: stateOf(changed) },
        });
        break;
      }
      case "remove": {
        const removed = await removeReceiver(kv, id ?? "", now());
        if (removed === null) throw missing();
        await alerts.refresh();
        await note("remove_receiver", removed.name, removed.host, {
          kind: "restore_receiver",
          id: removed.id,
        });
        break;
      }
      default:
        throw new Refusal("malformed", "Cannot change alerts: unknown action");
    }
    return ctx.redirect(`/admin/alerts?done=${action}${undo}`, 303);
  },
});

export default define.page<typeof handler>(function Alerts({ data, url }) {
  const { receivers, adding, values, error, now } = data;
  const done = ownValue(DONE, url.searchParams.get("done"));
  const undo = undoParam(url.searchParams);
  return (
    <>
      <h1>Alerts</h1>
      {error && <Notice kind="bad">{error}</Notice>}
      {done && !error && (
        <Notice kind="good">
          {done} {undo && <UndoEntry id={undo} back="/admin/alerts" />}
        </Notice>
      )}
      <p class="muted">
        Each incident and each change of the blocklist and the safelist is sent
        once; failures are retried for 24 h.
      </p>
      {receivers.length === 0 && (
        <div class="panel stack">
          <p>
            There is no receiver of alerts yet. Add one below, or set a webhook
            in the environment:
          </p>
          <code class="secret">
            ALERT_WEBHOOK_URL=https://hooks.slack.com/…
          </code>
        </div>
      )}
      {receivers.map((receiver) => (
        <ReceiverCard key={receiver.id} receiver={receiver} now={now} />
      ))}
      <h2>Add a receiver</h2>
      <ReceiverKinds chosen={adding} />
      {adding !== null && <ReceiverForm kind={adding} values={values} />}
    </>
  );
});
