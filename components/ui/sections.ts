/** The console's pages: sections, each with its tabs. */
export const SECTIONS = [
  { name: "Overview", tabs: [["/admin", "Overview"]] },
  { name: "Requests", tabs: [["/admin/requests", "Requests"]] },
  {
    name: "Incidents",
    tabs: [
      ["/admin/incidents", "Incidents"],
      ["/admin/suspicious", "Findings"],
      ["/admin/rules", "Detection rules"],
    ],
  },
  {
    name: "Policy",
    tabs: [["/admin/policy", "Policy"], ["/admin/bots", "Bots"]],
  },
  {
    name: "Lists",
    tabs: [
      ["/admin/blocked", "Blocklist and safelist"],
      ["/admin/blocked/import", "Import"],
      ["/admin/feeds", "Feeds"],
    ],
  },
  {
    name: "People",
    tabs: [["/admin/users", "Users"], ["/admin/logins", "Logins"]],
  },
  { name: "Audit", tabs: [["/admin/audit", "Audit"]] },
  {
    name: "Health",
    tabs: [["/admin/health", "Health"], ["/admin/alerts", "Alerts"]],
  },
] as const satisfies {
  name: string;
  tabs: (readonly [href: string, label: string])[];
}[];

/** Paths of a section that are not one of its tabs. */
const BELOW: [prefix: string, section: string][] = [
  ["/admin/ip", "Requests"],
  ["/admin/about", "Requests"],
];

/** The section and the tab of a page; null if there is none. */
export function sectionOf(
  path: string,
): { section: typeof SECTIONS[number] | null; tab: string | null } {
  const here = path.replace(/(.)\/$/, "$1");
  let best: { section: typeof SECTIONS[number]; tab: string } | null = null;
  for (const section of SECTIONS) {
    for (const [href] of section.tabs) {
      const isIn = href === here ||
        href !== "/admin" && here.startsWith(`${href}/`);
      if (isIn && href.length > (best?.tab.length ?? 0)) {
        best = { section, tab: href };
      }
    }
  }
  if (best) return best;
  const below = BELOW.find(([prefix]) =>
    here.startsWith(`${prefix}/`) || here === prefix
  );
  return {
    section: SECTIONS.find(({ name }) => name === below?.[1]) ?? null,
    tab: null,
  };
}
