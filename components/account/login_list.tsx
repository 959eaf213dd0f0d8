import type { LoginOutcome } from "../../lib/accounts/login_log.ts";
import type { RecentLogin } from "../../lib/accounts/recent_logins.ts";
import { PlaceName } from "../ui/place.tsx";
import { Scroll } from "../ui/scroll.tsx";
import { Time } from "../ui/time.tsx";
import { UserAgent } from "../ui/user_agent.tsx";

const OUTCOMES: Record<LoginOutcome, [kind: string, words: string]> = {
  success: ["good", "✓ logged in"],
  wrong: ["warn", "✕ wrong password"],
  limited: ["warn", "◷ refused: too many attempts"],
  code: ["bad", "! right password, no code"],
};

/** A user's recent logins, and what others tried. */
export function LoginList(
  { logins, now }: { logins: RecentLogin[]; now: number },
) {
  return (
    <section class="panel flush" id="logins">
      <h2>Recent logins</h2>
      {logins.length === 0
        ? <p class="head">No login is recorded yet.</p>
        : (
          <Scroll label="Recent logins">
            <table>
              <thead>
                <tr>
                  <th scope="col">Time</th>
                  <th scope="col">Result</th>
                  <th scope="col">Address</th>
                  <th scope="col">Place</th>
                  <th scope="col">User agent</th>
                </tr>
              </thead>
              <tbody>
                {logins.map((login, i) => {
                  const [kind, words] = OUTCOMES[login.outcome];
                  return (
                    <tr key={i}>
                      <td class="nowrap">
                        <Time at={login.at} now={now} />
                      </td>
                      <td class="nowrap">
                        <span class={`badge ${kind}`}>{words}</span>
                        {login.count > 1 && ` × ${login.count}`}
                      </td>
                      <td class="mono nowrap">{login.ip_address}</td>
                      <td>
                        <PlaceName place={login} />
                      </td>
                      <td>
                        <UserAgent text={login.user_agent} />
                      </td>
                    </tr>
                  );
                })}
              </tbody>
            </table>
          </Scroll>
        )}
    </section>
  );
}
