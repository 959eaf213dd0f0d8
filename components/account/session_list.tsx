import type { Session } from "../../lib/accounts/sessions.ts";
import { PlaceName } from "../ui/place.tsx";
import { Scroll } from "../ui/scroll.tsx";
import { Time } from "../ui/time.tsx";
import { UserAgent } from "../ui/user_agent.tsx";

/** A session as its user sees it. */
export interface SessionRow {
  id: string;
  session: Session;
  /** Whether the page is seen in it. */
  isThis: boolean;
  place: { city: string | null; country: string | null } | null;
}

/** A user's sessions and tokens, each with a button that ends it. */
export function SessionList(
  { sessions, now }: { sessions: SessionRow[]; now: number },
) {
  return (
    <section class="panel flush" id="sessions">
      <h2>Sessions and tokens</h2>
      <Scroll label="Sessions and tokens">
        <table>
          <thead>
            <tr>
              <th scope="col">Kind</th>
              <th scope="col">Address</th>
              <th scope="col">Place</th>
              <th scope="col">User agent</th>
              <th scope="col">Started</th>
              <th scope="col">Last seen</th>
              <th scope="col">
                <span class="visually-hidden">Action</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {sessions.map(({ id, session, isThis, place }) => (
              <tr key={id}>
                <td class="nowrap">
                  {session.kind === "api" ? "API token" : "Browser"}{" "}
                  {isThis && <span class="badge good">this one</span>}
                </td>
                <td class="mono nowrap">{session.ip_address}</td>
                <td>
                  <PlaceName place={place} />
                </td>
                <td>
                  <UserAgent text={session.user_agent} />
                </td>
                <td class="nowrap">
                  <Time at={session.created_at} now={now} />
                </td>
                <td class="nowrap">
                  <Time at={session.last_seen_at} now={now} />
                </td>
                <td>
                  <form method="post">
                    <input type="hidden" name="action" value="revoke" />
                    <input type="hidden" name="session" value={id} />
                    <button
                      class="danger small"
                      type="submit"
                      aria-label={`End the session from ${session.ip_address}`}
                    >
                      End
                    </button>
                  </form>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}
