import { Table } from "../ui/table.tsx";
import type { Session } from "../../lib/accounts/sessions.ts";
import { PlaceName } from "../ui/place.tsx";
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
      <Table
        label="Sessions and tokens"
        rows={sessions}
        keyOf={({ id }) => id}
        columns={[
          {
            header: "Kind",
            class: "nowrap",
            narrow: "first",
            cell: ({ session, isThis }) => (
              <>
                {session.kind === "api" ? "API token" : "Browser"}{" "}
                {isThis && <span class="badge good">this one</span>}
              </>
            ),
          },
          {
            header: "Address",
            class: "mono nowrap",
            cell: ({ session }) => session.ip_address,
          },
          { header: "Place", cell: ({ place }) => <PlaceName place={place} /> },
          {
            header: "User agent",
            cell: ({ session }) => <UserAgent text={session.user_agent} />,
          },
          {
            header: "Started",
            class: "nowrap",
            cell: ({ session }) => <Time at={session.created_at} now={now} />,
          },
          {
            header: "Last seen",
            class: "nowrap",
            cell: ({ session }) => <Time at={session.last_seen_at} now={now} />,
          },
          {
            header: "Action",
            isHeaderHidden: true,
            narrow: "bare",
            cell: ({ id, session }) => (
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
            ),
          },
        ]}
      />
    </section>
  );
}
