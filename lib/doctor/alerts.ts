import { readAlertState } from "../alerts/alert_state.ts";
import { listReceivers } from "../alerts/receiver_store.ts";
import { receiverOf } from "../alerts/receiver.ts";
import { addressProblem, alertStatus } from "../alerts/status.ts";
import type { Check } from "./doctor.ts";
import { spanText } from "../base/duration.ts";
import { namesPrivateAddress } from "../net/outbound_address.ts";
import type { DoctorContext } from "./context.ts";

/** Where alerts go, and whether they get there. */
export async function checkAlerts(
  { config, kv, now }: DoctorContext,
): Promise<Check> {
  const title = "Alerts";
  const receiver = receiverOf(config, { now });
  const others = kv === null ? [] : await ofTheConsole(kv);
  const failing = others.find(({ problem }) => problem !== null);
  if (failing !== undefined) {
    return {
      level: "bad",
      title,
      detail: `${failing.name} gets no alerts: ${failing.problem}.`,
      fix: "See /admin/alerts",
    };
  }
  if (receiver === null) {
    return {
      level: "ok",
      title,
      detail: others.length > 0
        ? `Go to ${others.map(({ name }) => name).join(", ")}.`
        : "There is no receiver of alerts: add one on /admin/alerts, or set ALERT_WEBHOOK_URL.",
    };
  }
  const problem = await addressProblem(config);
  if (problem !== null) {
    return {
      level: "warn",
      title,
      detail: `${problem}.`,
      fix: problem.includes("OUTBOUND_PRIVATE")
        ? "OUTBOUND_PRIVATE=1, to allow it"
        : "ALERT_WEBHOOK_URL=<a URL that exists>",
    };
  }
  const { state, waiting } = kv === null
    ? { state: null, waiting: 0 }
    : await alertStatus(kv);
  const { host, format, signed } = receiver;
  if (state !== null && state.failing_since !== null) {
    return {
      level: "bad",
      title,
      detail: `${state.last_error}; fails for ${
        spanText(now() - state.failing_since)
      }, ${waiting} ${waiting === 1 ? "alert waits" : "alerts wait"}.`,
      fix: "ALERT_WEBHOOK_URL=<a URL that accepts them>",
    };
  }
  const isLocal = !config.outboundPrivate &&
    namesPrivateAddress(new URL(config.alertWebhookUrl!));
  const notes = [
    `Go to ${host} as ${format}${signed ? ", signed" : ""}`,
    ...isLocal
      ? ["a private address, allowed as it is in ALERT_WEBHOOK_URL itself"]
      : [],
    ...state?.last_ok_at
      ? [`the last one ${spanText(now() - state.last_ok_at)} ago`]
      : ["none was sent yet"],
    ...state && state.dropped > 0 ? [`${state.dropped} were dropped`] : [],
    ...others.length > 0
      ? [`also to ${others.map(({ name }) => name).join(", ")}`]
      : [],
  ];
  return { level: "ok", title, detail: `${notes.join("; ")}.` };
}

/** Receivers set up in the console, and why alerts to one fail. */
async function ofTheConsole(
  kv: Deno.Kv,
): Promise<{ name: string; problem: string | null }[]> {
  const active = (await listReceivers(kv)).filter((each) => !each.is_paused);
  return await Promise.all(active.map(async ({ id, name }) => {
    const state = await readAlertState(kv, id);
    return {
      name,
      problem: state?.failing_since != null ? state.last_error : null,
    };
  }));
}
