import { BOT_ACTIONS, type Treatment } from "../../lib/policy/draft.ts";

const WORDS: Record<typeof BOT_ACTIONS[number], string> = {
  allow: "allow",
  limit: "limit",
  challenge: "challenge",
  refuse: "refuse",
  none: "no rule of its own",
};

/** The policy's current action for a crawler or a category, in a word. */
export function TreatmentLabel({ treatment }: { treatment: Treatment | null }) {
  if (treatment === null) return <span class="muted">no rule</span>;
  const { kind, rule, isPartial } = treatment;
  return (
    <>
      <span class={`badge rule-${kind}`}>{kind}</span> {isPartial && "partly "}
      by <a href="/admin/policy" class="mono">{rule}</a>
    </>
  );
}

/** Links to the policy page with a rule for a crawler or a category, rehearsed and not applied. */
export function BotActions(
  { bot, treatment }: { bot: string; treatment: Treatment | null },
) {
  return (
    <form method="get" action="/admin/policy#change" class="inline nowrap">
      <input type="hidden" name="bot" value={bot} />
      <select name="action" class="small" aria-label={`What to do with ${bot}`}>
        {BOT_ACTIONS.map((action) => (
          <option
            key={action}
            value={action}
            selected={action === (treatment?.kind ?? "limit")}
          >
            {WORDS[action]}
          </option>
        ))}
      </select>{" "}
      <button
        type="submit"
        class="quiet small"
        aria-label={`Rehearse it for ${bot}`}
      >
        Rehearse
      </button>
    </form>
  );
}
