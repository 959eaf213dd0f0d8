import PolicyEditor from "../../islands/policy_editor.tsx";
import type { PolicyForm } from "../../lib/console/policy_form.ts";
import { Notice } from "../ui/notice.tsx";
import { ConditionHelp } from "./condition_help.tsx";
import { PolicyRehearsalResult } from "./policy_rehearsal.tsx";

/** The ids of the form and of the part that an answer replaces. */
export const FORM = "policy";
const REHEARSAL = "rehearsal";

/** The declaration to edit, and next to it the rehearsal. */
export function PolicyChange(
  { form, spans, canApply }: {
    form: PolicyForm;
    spans: readonly string[];
    canApply: boolean;
  },
) {
  const { declaration, since, problems, rehearsal } = form;
  return (
    <div class="policy-change" id="change">
      <form method="post" class="panel" id={FORM} action="/admin/policy">
        <h2>
          <label for="declaration">
            {canApply ? "Change the policy" : "Try a policy"}
          </label>
        </h2>
        <textarea
          id="declaration"
          name="declaration"
          class="mono"
          rows={18}
          spellcheck={false}
          required
          aria-describedby="declaration-help"
        >
          {declaration}
        </textarea>
        <p class="muted" id="declaration-help">
          JSON; comments are allowed, but not stored. See docs/policy.md for the
          syntax and examples.
        </p>
        <ConditionHelp />
        <div class="row">
          <label for="since">Rehearse over the last</label>
          <select id="since" name="since" class="short">
            {spans.map((span) => (
              <option key={span} selected={span === since}>{span}</option>
            ))}
          </select>
          <button type="submit" class="quiet" name="action" value="rehearse">
            Rehearse
          </button>
        </div>
        <PolicyEditor form={FORM} rehearsal={REHEARSAL} />
      </form>
      <section
        class="panel"
        id={REHEARSAL}
        aria-labelledby="rehearsal-title"
      >
        <h2 id="rehearsal-title">Rehearsal</h2>
        {problems.length > 0 && (
          <Notice kind="bad">
            {problems.map((problem) => <div key={problem}>{problem}</div>)}
          </Notice>
        )}
        {rehearsal === null
          ? (
            <p class="muted">
              A policy is rehearsed on the stored requests before it is applied.
              The result shows whom each rule would have affected, and whether
              you are among them.
            </p>
          )
          : (
            <>
              <PolicyRehearsalResult {...rehearsal} />
              <input
                type="hidden"
                form={FORM}
                name="rehearsed"
                value={rehearsal.proof}
              />
              {canApply && (
                <button
                  type="submit"
                  form={FORM}
                  name="action"
                  value="apply"
                  data-apply
                >
                  Apply
                </button>
              )}
            </>
          )}
      </section>
    </div>
  );
}
