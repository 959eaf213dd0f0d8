import type { ComponentChildren } from "preact";
import type { FirstStep, Step } from "../../lib/console/first_steps.ts";
import { dossierPath } from "../ui/dossier_link.tsx";
import { Num } from "../ui/number.tsx";

/** The list of first steps, shown until all are done or it is hidden. */
export function FirstSteps({ steps, ip }: { steps: Step[]; ip: string }) {
  if (steps.length === 0) return null;
  const done = steps.filter(({ isDone }) => isDone).length;
  return (
    <section class="panel" aria-labelledby="first-steps">
      <div class="row between">
        <h2 id="first-steps">First steps</h2>
        <div class="row">
          <span class="muted">
            <Num value={done} /> of <Num value={steps.length} /> done
          </span>
          <form method="post" action="/admin/steps">
            <button
              class="quiet small"
              type="submit"
              name="action"
              value="dismiss"
            >
              Put this list away
            </button>
          </form>
        </div>
      </div>
      <ol class="steps">
        {steps.map(({ name, isDone, detail }) => (
          <li key={name}>
            <span class={isDone ? "badge good" : "badge"}>
              {isDone ? "✓ done" : "to do"}
            </span>
            <div>
              {isDone ? TITLES[name] : (
                <a href={hrefOf(name, ip)}>
                  {TITLES[name]}
                </a>
              )}
              {!isDone && <p class="muted">{detail ?? WHY[name]}</p>}
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}

const TITLES: Record<FirstStep, string> = {
  proxy: "Name your proxy",
  safelist: "Put yourself on the safelist",
  factor: "Set up a second factor",
  import: "Import an access log",
  feed: "Subscribe to a blocklist feed",
  alerts: "Set up an alert",
};

const WHY: Record<FirstStep, ComponentChildren> = {
  proxy:
    "Behind a proxy, everybody would seem to come from its address: TRUSTED_PROXIES names it.",
  safelist: "So that no rule and no feed can lock you out.",
  factor: "So that a stolen password is not enough.",
  import: (
    <>
      What was there before shows at once:{" "}
      <code>deno task import-log access.log</code>
    </>
  ),
  feed: "Known bad networks are refused before they try anything.",
  alerts: "Incidents are sent to a chat, by mail or to a webhook.",
};

function hrefOf(name: FirstStep, ip: string): string {
  switch (name) {
    case "proxy":
      return "/admin/health#client";
    case "safelist":
      return dossierPath(ip);
    case "factor":
      return "/profile/second-factor";
    case "import":
      return "/admin/requests";
    case "feed":
      return "/admin/feeds";
    case "alerts":
      return "/admin/alerts";
  }
}
