import type { AnyRule } from "../../lib/detection/rule.ts";
import {
  isArmed,
  isWindowFixed,
  type RuleSettings,
} from "../../lib/detection/rule_settings.ts";
import { SeverityBadge } from "../findings/finding_list.tsx";

/** Every rule with its thresholds, a form to change them, and a form to rehearse it. */
export function RuleTable(
  { rules, running, settings, rehearsed = null }: {
    /** The rules as in their files. */
    rules: AnyRule[];
    /** The rules with their current thresholds, by name. */
    running: Map<string, AnyRule>;
    settings: RuleSettings;
    /** The values of a rehearsal, which its rule's form keeps. */
    rehearsed?: { rule: string; threshold: string; window: string } | null;
  },
) {
  return (
    <>
      {rules.map((rule) => {
        const { name } = rule;
        const inForce = running.get(name) ?? rule;
        const armed = isArmed(settings, name);
        const changed = inForce.threshold !== rule.threshold ||
          inForce.windowMs !== rule.windowMs;
        return (
          <section class="panel" key={name} id={name} data-row="">
            <div class="row between">
              <h2 class="mono">{name}</h2>
              <span class="row">
                <SeverityBadge severity={rule.severity} />
                {armed
                  ? <span class="badge good">armed</span>
                  : <span class="badge">not armed</span>}
                {changed && <span class="badge warn">changed</span>}
              </span>
            </div>
            <p>{rule.about}</p>
            <form method="post" class="filters">
              <input type="hidden" name="rule" value={name} />
              <Numbers
                rule={inForce}
                fixed={rule.isFixed === true}
                rehearsed={rehearsed?.rule === name ? rehearsed : null}
              />
              <div class="inline">
                <label>
                  <input
                    type="checkbox"
                    name="armed"
                    value="1"
                    checked={armed}
                  />{" "}
                  Armed
                </label>
              </div>
              <div class="field">
                <label for={`since-${name}`}>Rehearse over the last</label>
                <select id={`since-${name}`} name="since">
                  <option value="1h">hour</option>
                  <option value="24h" selected>24 hours</option>
                  <option value="7d">7 days</option>
                </select>
              </div>
              <button
                type="submit"
                class="quiet"
                formMethod="get"
                formAction="/admin/rules#result"
                name="rehearse"
                value={name}
                aria-label={`Rehearse ${name}`}
              >
                Rehearse
              </button>
              <button type="submit" name="action" value="set">
                Save
              </button>
              <button
                type="submit"
                class="quiet"
                name="action"
                value="reset"
                aria-label={`Reset ${name}`}
              >
                Reset
              </button>
            </form>
          </section>
        );
      })}
    </>
  );
}

function Numbers(
  { rule, fixed = false, rehearsed }: {
    rule: AnyRule;
    fixed?: boolean;
    rehearsed: { threshold: string; window: string } | null;
  },
) {
  const id = (field: string) => `set-${field}-${rule.name}`;
  if (fixed) {
    return (
      <p>
        More than {rule.threshold} within {inWords(rule.windowMs)}, set by{" "}
        <code>{rule.fixedBy ?? "the environment"}</code>{" "}
        and can only be changed there.
      </p>
    );
  }
  return (
    <>
      <div class="field">
        <label for={id("threshold")}>More than</label>
        <input
          id={id("threshold")}
          name="threshold"
          inputMode="decimal"
          maxLength={12}
          value={rehearsed?.threshold ?? String(rule.threshold)}
        />
      </div>
      {isWindowFixed(rule)
        ? <p class="label">within {inWords(rule.windowMs)}</p>
        : (
          <div class="field">
            <label for={id("window")}>Within</label>
            <input
              id={id("window")}
              name="window"
              maxLength={12}
              value={rehearsed?.window ?? inWords(rule.windowMs)}
            />
          </div>
        )}
    </>
  );
}

/** A duration in hours or minutes. */
export function inWords(ms: number): string {
  return ms % 3_600_000 === 0 ? `${ms / 3_600_000}h` : `${ms / 60_000}m`;
}
