import { Table } from "../ui/table.tsx";
import type { LoginOutcome } from "../../lib/accounts/login_log.ts";
import type { RecentLogin } from "../../lib/accounts/recent_logins.ts";
import { PlaceName } from "../ui/place.tsx";
import { Time } from "../ui/time.tsx";
import { UserAgent } from "../ui/user_agent.tsx";

const OUTCOMES: Record<LoginOutcome, [kind: string, words: string]> = {
  success: ["good", "✓ logged in"],
  wrong: ["warn", "✕ wrong password"],
  limited: ["warn", "◷ refused: too many attempts"],
  code: ["bad", "! right password, no code"],
};

/** A user's recent logins, and the attempts of others. */
export function LoginList(
  { logins, now }: { logins: RecentLogin[]; now: number },
) {
  return (
    <section class="panel flush" id="logins">
      <h2>Recent logins</h2>
      {logins.length === 0
        ? <p class="head">No login is recorded yet.</p>
        : (
          <Table
            label="Recent logins"
            rows={logins}
            columns={[
              {
                header: "Time",
                class: "nowrap",
                narrow: "first",
                cell: ({ at }) => <Time at={at} now={now} />,
              },
              {
                header: "Result",
                class: "nowrap",
                narrow: "first",
                cell: ({ outcome, count }) => (
                  <>
                    <span class={`badge ${OUTCOMES[outcome][0]}`}>
                      {OUTCOMES[outcome][1]}
                    </span>
                    {count > 1 && ` × ${count}`}
                  </>
                ),
              },
              {
                header: "Address",
                class: "mono nowrap",
                cell: ({ ip_address }) => ip_address,
              },
              { header: "Place", cell: (login) => <PlaceName place={login} /> },
              {
                header: "User agent",
                cell: ({ user_agent }) => <UserAgent text={user_agent} />,
              },
            ]}
          />
        )}
    </section>
  );
}
