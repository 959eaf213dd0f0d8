import { asset, Head } from "fresh/runtime";
import Console from "../../islands/console.tsx";
import { define } from "../../signed_in.ts";

const TABS = [
  ["/admin", "Dashboard"],
  ["/admin/requests", "Requests"],
  ["/admin/incidents", "Incidents"],
  ["/admin/suspicious", "Findings"],
  ["/admin/rules", "Detection rules"],
  ["/admin/policy", "Policy"],
  ["/admin/bots", "Bots"],
  ["/admin/blocked", "Blocklist"],
  ["/admin/users", "Users"],
  ["/admin/audit", "Audit"],
  ["/admin/health", "Health"],
] as const;

export default define.layout(function AdminLayout({ Component, url }) {
  const path = url.pathname.replace(/(.)\/$/, "$1");
  return (
    <>
      <Head>
        {/* Without a key it would take the place of the other style sheet. */}
        <link key="console" rel="stylesheet" href={asset("/console.css")} />
      </Head>
      <nav class="tabs" aria-label="Admin">
        {TABS.map(([href, label]) => (
          <a
            key={href}
            href={href}
            aria-current={href === path ? "page" : undefined}
          >
            {label}
          </a>
        ))}
        <Console />
      </nav>
      <main id="main">
        <Component />
      </main>
    </>
  );
});
