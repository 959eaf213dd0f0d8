import type { Config } from "../../lib/settings/config.ts";
import { HELP } from "../../lib/settings/help.ts";
import { optionName } from "../../lib/settings/setting.ts";
import { SETTINGS } from "../../lib/settings/table.ts";

const MAX_TEXT = 200;

/**
 * Every setting with its value, for links from the search; a secret shows only whether it is set.
 */
export function SettingList({ config }: { config: Config }) {
  const values = config as unknown as Record<string, unknown>;
  return (
    <section class="panel" aria-labelledby="settings">
      <h2 id="settings">Settings</h2>
      <dl class="facts settings">
        {Object.entries(SETTINGS).map(([name, setting]) => (
          <div key={name} id={name}>
            <dt>
              <code>{name}</code>
            </dt>
            <dd>
              <span class="mono long">
                {shown(
                  values[optionName(name)],
                  "isSecret" in setting && setting.isSecret === true,
                )}
              </span>
              <p class="muted">{HELP[name as keyof typeof SETTINGS].help}</p>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function shown(value: unknown, isSecret: boolean): string {
  if (value === null || value === undefined) return "not set";
  if (isSecret) return "set";
  const text = typeof value === "string" ? value : JSON.stringify(
    value,
    (_, each) => each instanceof Set ? [...each] : each,
  );
  if (text === undefined) return "set";
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}
