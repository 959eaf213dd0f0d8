import { Table } from "../ui/table.tsx";
import type { Session } from "../../lib/accounts/sessions.ts";
import { PlaceName } from "../ui/place.tsx";
import { ProvenForm } from "./proven_form.tsx";
import { Time } from "../ui/time.tsx";
import { UserAgent } from "../ui/user_agent.tsx";

const FORM = "end-session";

/** A session as shown to its user. */
export interface SessionRow {
  id: string;
  session: Session;
  /** Whether the request belongs to it. */
  isThis: boolean;
  place: { city: string | null; country: string | null } | null;
}

/** A user's sessions and tokens, each with a button that ends it. */
export function SessionList(
  { sessions, now, proof }: {
    sessions: SessionRow[];
    now: number;
    /**
     * Whether the password is required; `error` says why none was ended. Null: the account has no
     * password, and no session can be ended here.
     */
    proof?: { error: string | undefined } | null;
  },
) {
  return (
    <section class="panel flush" id="sessions">
      <h2>Sessions and tokens</h2>
      {proof
        ? (
          <ProvenForm
            id={FORM}
            action="revoke"
            hint="Needed to end a session other than this one."
            error={proof.error}
          />
        )
        : proof === undefined && (
          <form method="post" id={FORM}>
            <input type="hidden" name="action" value="revoke" />
          </form>
        )}
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
            cell: ({ id, session }) =>
              proof !== null && (
                <button
                  class="danger small"
                  type="submit"
                  form={FORM}
                  name="session"
                  value={id}
                  aria-label={`End the session from ${session.ip_address}`}
                >
                  End
                </button>
              ),
          },
        ]}
      />
    </section>
  );
}
