import type { PolicyRehearsal } from "../../lib/policy/rehearse.ts";
import { type Rule, RULE_KINDS, type RuleKind } from "../../lib/policy/rule.ts";
import { DossierLink } from "../ui/dossier_link.tsx";
import { Num } from "../ui/number.tsx";
import { utc } from "../ui/time.tsx";

type Rehearsed = PolicyRehearsal["rules"][number];

const WOULD: Record<RuleKind, string> = {
  allow: "allowed",
  refuse: "refused",
  challenge: "challenged",
  limit: "limited",
  block: "refused",
  track: "counted",
};

/** What a declaration would have done to the stored requests, rule by rule. */
export function PolicyRehearsalResult(
  { result, rules }: { result: PolicyRehearsal; rules: readonly Rule[] },
) {
  const kinds = new Map(rules.map(({ name, kind }) => [name, kind]));
  const order = ({ name }: Rehearsed) => RULE_KINDS.indexOf(kinds.get(name)!);
  const sorted = result.rules.toSorted((a, b) => order(a) - order(b));
  return (
    <>
      <p class="muted">
        <Num value={result.requests} /> requests from {utc(result.since)} to
        {" "}
        {utc(result.until)} UTC. Nothing was changed.
      </p>
      {!result.is_whole && (
        <p>
          <span class="badge warn">incomplete</span>{" "}
          The rehearsal ran out of time: choose a shorter period;{" "}
          <code>deno task policy rehearse</code> reads everything.
        </p>
      )}
      {sorted.length === 0 && (
        <p>
          There are no rules to rehearse.
        </p>
      )}
      <ul class="rehearsed">
        {sorted.map((rule) => (
          <Outcome key={rule.name} rule={rule} kind={kinds.get(rule.name)!} />
        ))}
      </ul>
    </>
  );
}

function Outcome({ rule, kind }: { rule: Rehearsed; kind: RuleKind }) {
  const { name, requests, clients, users, crawlers, unknown, programs } = rule;
  return (
    <li>
      <strong class="mono">{name}</strong> would have {WOULD[kind]}{" "}
      {requests === 0 ? "nothing" : (
        <>
          <Counted n={requests} one="request" /> of{" "}
          <Counted n={clients} one="client" />
          {users > 0 && (
            <>
              , <Counted n={users} one="signed-in user" />
            </>
          )}
          {crawlers > 0 && (
            <>
              , <Counted n={crawlers} one="crawler" />
            </>
          )}
        </>
      )}
      {requests > 0 && (rule.includes_you
        ? (
          <>
            ; <strong class="you">you are among them</strong>
          </>
        )
        : "; you are not among them")}
      .
      {unknown.length > 0 && (
        <div class="muted">
          Upper bound: the log does not contain {unknown.join(", ")}.
        </div>
      )}
      {rule.top.length > 0 && (
        <div class="muted">
          {rule.top.slice(0, 3).map(({ ip_address, requests }, at) => (
            <span key={ip_address} class="nowrap">
              {at > 0 && ", "}
              <DossierLink cidr={ip_address} /> <Num value={requests} />
            </span>
          ))}
        </div>
      )}
      {programs.length > 0 && (
        <div class="stack tight">
          <p>
            Programs cannot solve it, and use{" "}
            {programs.map(({ path, requests }, at) => (
              <span key={path}>
                {at > 0 && ", "}
                <code>{path}</code> (<Num value={requests} />)
              </span>
            ))}.
          </p>
          <button
            type="submit"
            form="policy"
            class="quiet small"
            name="leave_out"
            value={[name, ...programs.map(({ path }) => path)].join(" ")}
          >
            Exempt these from {name}
          </button>
        </div>
      )}
    </li>
  );
}

function Counted({ n, one }: { n: number; one: string }) {
  return (
    <>
      <Num value={n} /> {one}
      {n === 1 ? "" : "s"}
    </>
  );
}
