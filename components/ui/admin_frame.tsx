import { asset, Head } from "fresh/runtime";
import type { ComponentChildren } from "preact";
import { Num } from "./number.tsx";
import { sectionOf, SECTIONS } from "./sections.ts";

/** The frame of every console page: sections, tabs, search. */
export function AdminFrame(
  { path, openIncidents, search = "", tools, children }: {
    path: string;
    /** The number of incidents without a decision; null if unknown. */
    openIncidents: number | null;
    /** The search text. */
    search?: string;
    /** The parts that need JavaScript. */
    tools?: ComponentChildren;
    children: ComponentChildren;
  },
) {
  const here = path.replace(/(.)\/$/, "$1");
  const { section, tab } = sectionOf(path);
  const tabs = section?.tabs ?? [];
  return (
    <>
      <Head>
        {/* Without a key it would replace the other style sheet. */}
        <link key="console" rel="stylesheet" href={asset("/console.css")} />
      </Head>
      <div class="tabs">
        <nav class="sections" aria-label="Admin">
          {SECTIONS.map((each) => {
            const href = each.tabs[0][0];
            return (
              <a
                key={each.name}
                href={href}
                aria-current={href === here
                  ? "page"
                  : each === section
                  ? "true"
                  : undefined}
              >
                {each.name}
                {each.name === "Incidents" && !!openIncidents && (
                  <span class="count">
                    <Num value={openIncidents} />{" "}
                    <span class="visually-hidden">open</span>
                  </span>
                )}
              </a>
            );
          })}
        </nav>
        <form
          class="find"
          method="get"
          action="/admin/search"
          role="search"
          aria-label="Everything"
        >
          <label for="find" class="visually-hidden">
            Search for an address, user, path, receipt, operator, rule or
            setting
          </label>
          <input
            id="find"
            name="q"
            type="search"
            value={search}
            maxLength={256}
            placeholder="Address, user, path, receipt…"
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
            aria-keyshortcuts="/ Control+K"
          />
          <button type="submit" class="quiet small">Search</button>
        </form>
        {tools}
      </div>
      {section && tabs.length > 1 && (
        <nav class="tabs below" aria-label={`${section.name}: pages`}>
          {tabs.map(([href, label]) => (
            <a
              key={href}
              href={href}
              aria-current={href === here
                ? "page"
                : href === tab
                ? "true"
                : undefined}
            >
              {label}
            </a>
          ))}
        </nav>
      )}
      {children}
    </>
  );
}
