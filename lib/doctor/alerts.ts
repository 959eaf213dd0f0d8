import { receiverOf } from "../alerts/receiver.ts";
import { addressProblem, alertStatus } from "../alerts/status.ts";
import type { Check } from "./doctor.ts";
import { formatDuration } from "../base/duration.ts";
import { namesPrivateAddress } from "../net/outbound_address.ts";
import type { DoctorContext } from "./context.ts";

/** Where alerts go, and whether they get there. */
export async function checkAlerts(
  { config, kv, now }: DoctorContext,
): Promise<Check> {
  const title = "Alerts";
  const receiver = receiverOf(config, { now });
  if (receiver === null) {
    return {
      level: "ok",
      title,
      detail: "Nobody is told of findings: ALERT_WEBHOOK_URL is not set.",
    };
  }
  const problem = await addressProblem(config);
  if (problem !== null) {
    return {
      level: "warn",
      title,
      detail: `${problem}.`,
      fix: problem.includes("OUTBOUND_PRIVATE")
        ? "OUTBOUND_PRIVATE=1, if it may be asked"
        : "ALERT_WEBHOOK_URL=<an address that is there>",
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
        formatDuration(now() - state.failing_since)
      }, ${waiting} ${waiting === 1 ? "alert waits" : "alerts wait"}.`,
      fix: "ALERT_WEBHOOK_URL=<an address that takes them>",
    };
  }
  const isLocal = !config.outboundPrivate &&
    namesPrivateAddress(new URL(config.alertWebhookUrl!));
  const notes = [
    `Go to ${host} as ${format}${signed ? ", signed" : ""}`,
    ...isLocal
      ? ["a private address, allowed as it stands in ALERT_WEBHOOK_URL itself"]
      : [],
    ...state?.last_ok_at
      ? [`the last one ${formatDuration(now() - state.last_ok_at)} ago`]
      : ["none was sent yet"],
    ...state && state.dropped > 0 ? [`${state.dropped} were given up`] : [],
  ];
  return { level: "ok", title, detail: `${notes.join("; ")}.` };
}
