import type { Traffic } from "../../lib/console/traffic.ts";
import { countryName } from "../../lib/geo/country.ts";
import { botOf } from "../../lib/bots/bot_of.ts";
import type { RequestRecord } from "../../lib/log/request_record.ts";
import { signalNames } from "../../lib/signals/signal.ts";
import { aboutPath } from "../ui/about_link.tsx";
import { DossierLink, dossierPath } from "../ui/dossier_link.tsx";
import { Num } from "../ui/number.tsx";
import { OutcomeBadge, StatusBadge } from "../ui/outcome.tsx";
import { ExactTime } from "../ui/time.tsx";
import { SIGNAL_WORDS } from "./signal_words.ts";

/** One request beside the list: the record, why it was allowed or not, its address's last hour. */
export function RequestPanel(
  { record, hour, closeHref, now }: {
    record: RequestRecord;
    /** The requests of its address in the hour before it; null if addresses are not stored. */
    hour: Traffic | null;
    closeHref: string;
    now: number;
  },
) {
  const { ip_address: ip, outcome } = record;
  const bot = botOf(record.user_agent);
  const signals = signalNames(record.signals);
  return (
    <aside class="panel side" id="record" aria-labelledby="record-title">
      <div class="row between">
        <h2 id="record-title">
          <StatusBadge status={record.status} />{" "}
          <OutcomeBadge outcome={outcome} />
        </h2>
        <a class="button quiet small" href={closeHref} aria-current="false">
          Close
        </a>
      </div>
      <p class="mono long">{record.method} {record.path}</p>
      <p>{reasonOf(record)}</p>
      <dl class="facts">
        <dt>Time</dt>
        <dd>
          <ExactTime at={record.timestamp} now={now} />
        </dd>
        <dt>Address</dt>
        <dd>
          <DossierLink cidr={ip} />
        </dd>
        <dt>Place</dt>
        <dd>
          {[record.city, countryName(record.country_code)].filter(Boolean)
            .join(", ") || "unknown"}
        </dd>
        {record.asn !== null && (
          <>
            <dt>Operator</dt>
            <dd>
              <a href={aboutPath("asn", String(record.asn))}>
                {record.operator ?? "AS"} ({record.asn})
              </a>
            </dd>
          </>
        )}
        {record.host && (
          <>
            <dt>Host</dt>
            <dd class="mono">{record.host}</dd>
          </>
        )}
        {record.username && (
          <>
            <dt>User</dt>
            <dd>
              <a href={aboutPath("username", record.username)}>
                {record.username}
              </a>
            </dd>
          </>
        )}
        <dt>User agent</dt>
        <dd class="long">
          {record.user_agent === null
            ? "none sent"
            : (
              <a href={aboutPath("user_agent", record.user_agent)}>
                {record.user_agent}
              </a>
            )}
          {bot && ` (${bot.name}, ${bot.category}; by its user agent)`}
        </dd>
        {record.referrer && (
          <>
            <dt>Referrer</dt>
            <dd class="long">{record.referrer}</dd>
          </>
        )}
        <dt>Answered in</dt>
        <dd>
          {record.duration_ms === null ? "not known" : (
            <>
              <Num
                value={record.duration_ms}
                options={{ maximumFractionDigits: 1 }}
              />{" "}
              ms
            </>
          )}
        </dd>
      </dl>
      {signals.length > 0 && (
        <>
          <h3>Signals</h3>
          <ul class="plain">
            {signals.map((word) => (
              <li key={word}>
                <span class="badge warn">{word}</span> {SIGNAL_WORDS[word]}
              </li>
            ))}
          </ul>
        </>
      )}
      {hour && (
        <>
          <h3>Requests of this address in the hour before</h3>
          <p>
            <Num value={hour.totals.requests} />{" "}
            {hour.totals.requests === 1 ? "request" : "requests"},{" "}
            <Num
              value={hour.totals.requests - hour.totals.allowed}
            />{" "}
            refused, <Num value={hour.totals.errors} /> server{" "}
            {hour.totals.errors === 1 ? "error" : "errors"}.
          </p>
          <ul class="plain">
            {hour.top.paths.slice(0, 5).map(({ name, requests }) => (
              <li key={name} class="row between">
                <span class="mono long">{name}</span>
                <Num value={requests} />
              </li>
            ))}
          </ul>
        </>
      )}
      <div class="row">
        <a class="button small" href={dossierPath(ip)}>Dossier</a>
        <form method="post" action={dossierPath(ip)} class="inline">
          <input type="hidden" name="action" value="block" />
          <input type="hidden" name="check" value="all" />
          <input type="hidden" name="ip" value={ip} />
          <input type="hidden" name="for" value="24h" />
          <input
            type="hidden"
            name="reason"
            value={`${record.method} ${record.path}`.slice(0, 400)}
          />
          <button type="submit" class="danger small">Block for 24 h</button>
        </form>
      </div>
    </aside>
  );
}

/** Why a request was allowed or not. */
function reasonOf({ outcome, rule, status }: RequestRecord): string {
  const by = rule === null ? null : `the policy's rule “${rule}”`;
  switch (outcome) {
    case "allowed":
      return by === null
        ? `Allowed: no rule refused it. The site answered ${status}.`
        : `Let in; ${by} matched. The site answered ${status}.`;
    case "blocked":
      return by === null
        ? "Refused: its address was on the blocklist, or its country, host or form is not allowed."
        : `Refused by ${by}.`;
    case "limited":
      return by === null
        ? "Limited: more attempts than a built-in limit allows."
        : `Limited by ${by}.`;
    case "challenged":
      return by === null
        ? "It was challenged first."
        : `It was challenged first, by ${by}.`;
  }
}
