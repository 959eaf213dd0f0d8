import type { User } from "../../lib/accounts/user.ts";

type Change = "promote" | "demote" | "disable" | "enable";

/** The effect of each change, shown before it is made. */
const EFFECTS: Record<
  Change,
  { question: string; effect: string; yes: string }
> = {
  promote: {
    question: "an admin?",
    effect:
      "will see every request and address in the console, and can block, change the policy and manage users",
    yes: "Make admin",
  },
  demote: {
    question: "a user?",
    effect:
      "will no longer see the console; all sessions and tokens end, and a new login is needed",
    yes: "Make user",
  },
  disable: {
    question: "disabled?",
    effect:
      "can no longer log in; all sessions and tokens end at once. The account and its records stay",
    yes: "Disable",
  },
  enable: {
    question: "enabled?",
    effect: "can log in again with the password from before",
    yes: "Enable",
  },
};

/** Asks for confirmation of an account change, and states its effect. */
export function AccountChange(
  { action, user }: { action: Change; user: User },
) {
  const { question, effect, yes } = EFFECTS[action];
  return (
    <section class="panel" id="confirm" aria-labelledby="confirm-title">
      <h2 id="confirm-title">
        Should {user.username} be {question}
      </h2>
      <p>
        <strong>{user.username}</strong> {effect}.
      </p>
      <form method="post" action="/admin/users" class="row">
        <input type="hidden" name="id" value={user.id} />
        <input type="hidden" name="confirm" value="1" />
        <button
          type="submit"
          class={action === "disable" ? "danger" : undefined}
          name="action"
          value={action}
          autofocus
        >
          {yes}
        </button>
        <a class="button quiet" href="/admin/users" aria-current="false">
          Cancel
        </a>
      </form>
    </section>
  );
}
