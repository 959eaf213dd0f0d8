import { page } from "fresh";
import { Notice } from "../../components/ui/notice.tsx";
import { Num } from "../../components/ui/number.tsx";
import { Time } from "../../components/ui/time.tsx";
import { type AlertStatus, alertStatus } from "../../lib/alerts/status.ts";
import { appendAudit } from "../../lib/store/audit.ts";
import { limitedMessage, markLimited } from "../../lib/guard/limited.ts";
import { rateLimitHeaders } from "../../lib/limits/rate_limit_headers.ts";
import { ownValue } from "../../lib/console/own_value.ts";
import { readForm } from "../../lib/http/request_body.ts";
import { Refusal } from "../../lib/base/refusal.ts";
import { define } from "../../signed_in.ts";
import type { State } from "../../signed_in.ts";

const DONE: Record<string, string> = {
  test: "The receiver has taken the test alert: look whether it shows there.",
};

/** A button that is held down must not flood a chat. */
const TEST_RATE = { limit: 5, windowMs: 60_000 };

interface Data {
  receiver: { host: string; format: string; signed: boolean } | null;
  status: AlertStatus;
  error: string | null;
  now: number;
}

async function load(state: State, error: string | null): Promise<Data> {
  const { kv, now, alerts } = state.services;
  state.title = "Alerts";
  const { receiver } = alerts;
  return {
    receiver: receiver && {
      host: receiver.host,
      format: receiver.format,
      signed: receiver.signed,
    },
    status: await alertStatus(kv),
    error,
    now: now(),
  };
}

/** What the forms of this page send. */
const FIELDS = ["action"];

export const handler = define.handlers({
  async GET(ctx) {
    return page(await load(ctx.state, null));
  },

  async POST(ctx) {
    const { services, user, visitor } = ctx.state;
    const { kv, now, alerts, alertTestThrottle } = services;
    const form = await readForm(ctx.req, FIELDS);
    if (form.get("action") !== "test" || alerts.receiver === null) {
      throw new Refusal(
        "malformed",
        "Cannot send a test alert: expected action=test, and ALERT_WEBHOOK_URL",
      );
    }
    const decision = await alertTestThrottle.take("all", TEST_RATE);
    if (!decision.allowed) {
      markLimited(visitor, decision);
      return page(await load(ctx.state, limitedMessage(decision)), {
        status: 429,
        headers: rateLimitHeaders(decision),
      });
    }
    const posted = (await alerts.test(user.username))!;
    await appendAudit(kv, {
      who: user.username,
      what: "test_alert",
      target: alerts.receiver.host,
      from: visitor.ip,
      why: posted.words,
    }, now());
    if (posted.ok) return ctx.redirect("/admin/alerts?done=test", 303);
    const data = await load(
      ctx.state,
      `The test alert was not taken: ${posted.words}.`,
    );
    return page(data, { status: 502 });
  },
});

export default define.page<typeof handler>(function Alerts({ data, url }) {
  const { receiver, error } = data;
  const done = ownValue(DONE, url.searchParams.get("done"));
  return (
    <>
      <p>
        <a href="/admin/health">← Health</a>
      </p>
      <h1>Alerts</h1>
      {error && <Notice kind="bad">{error}</Notice>}
      {done && !error && <Notice kind="good">{done}</Notice>}
      {receiver === null ? <NotSet /> : (
        <>
          <p class="muted">
            New findings above info, and what is done to the blocklist and the
            safelist, are sent once; failures are retried for 24 h.
          </p>
          <Facts {...data} receiver={receiver} />
          <form method="post">
            <input type="hidden" name="action" value="test" />
            <button type="submit">Send a test alert</button>
          </form>
        </>
      )}
    </>
  );
});

function NotSet() {
  return (
    <div class="panel stack">
      <p>
        Nobody is told of findings yet. Set the address of a webhook of Slack or
        Discord, or of a program of yours, and start again:
      </p>
      <code class="secret">ALERT_WEBHOOK_URL=https://hooks.slack.com/…</code>
    </div>
  );
}

function Facts(
  { receiver, status: { state, waiting }, now }: Data & {
    receiver: NonNullable<Data["receiver"]>;
  },
) {
  const { host, format, signed } = receiver;
  return (
    <dl class="panel facts">
      <dt>Receiver</dt>
      <dd class="mono">{host}</dd>
      <dt>Format</dt>
      <dd>
        {format}
        {format === "json" && (signed ? ", signed" : ", not signed")}
      </dd>
      <dt>State</dt>
      <dd>
        {state?.failing_since
          ? (
            <>
              <span class="badge bad">✕ fails</span> since{" "}
              <Time at={state.failing_since} now={now} />: {state.last_error}
            </>
          )
          : state?.last_ok_at
          ? <span class="badge good">✓ fine</span>
          : <span class="muted">no alert was sent yet, tests aside</span>}
      </dd>
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
      <dt>Told</dt>
      <dd>
        <Num value={state?.delivered ?? 0} />
      </dd>
      <dt>Waiting</dt>
      <dd>
        <Num value={waiting} />
      </dd>
      <dt>Given up</dt>
      <dd>
        <Num value={state?.dropped ?? 0} />
      </dd>
    </dl>
  );
}
