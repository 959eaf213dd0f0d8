import type { FixedRule } from "../../lib/policy/fixed_rules.ts";
import type { Rule } from "../../lib/policy/rule.ts";
import { Scroll } from "../ui/scroll.tsx";

/** The rules in force in their order, then those that variables of the environment set. */
export function PolicyRules(
  { rules, declared, fixed }: {
    rules: readonly Rule[];
    declared: readonly unknown[];
    fixed: readonly FixedRule[];
  },
) {
  return (
    <Scroll label="Rules in force">
      <table>
        <thead>
          <tr>
            <th scope="col">Rule</th>
            <th scope="col">Does</th>
            <th scope="col">Declaration</th>
            <th scope="col">Set by</th>
          </tr>
        </thead>
        <tbody>
          {rules.map(({ name, kind }, at) => (
            <tr key={name}>
              <th scope="row" class="mono">{name}</th>
              <td>{kind}</td>
              <td class="mono wrap">{shortOf(declared[at])}</td>
              <td>policy</td>
            </tr>
          ))}
          {fixed.map(({ variable, ...rule }) => (
            <tr key={rule.name}>
              <th scope="row" class="mono">{rule.name}</th>
              <td>limit</td>
              <td class="mono wrap">{shortOf(rule)}</td>
              <td class="mono">{variable}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

/** A rule without its name, on one line. */
function shortOf(rule: unknown): string {
  const { name: _, ...rest } = rule as { name: string };
  return JSON.stringify(rest, null, 1).replaceAll(/\s*\n\s*/g, " ");
}
