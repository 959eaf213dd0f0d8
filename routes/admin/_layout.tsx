import { AdminFrame } from "../../components/ui/admin_frame.tsx";
import { ConsoleDialogs } from "../../components/ui/console_dialogs.tsx";
import Console from "../../islands/console.tsx";
import Refresh from "../../islands/refresh.tsx";
import { define } from "../../signed_in.ts";

export default define.layout(function AdminLayout({ Component, url, state }) {
  return (
    <AdminFrame
      path={url.pathname}
      openIncidents={state.openIncidents ?? null}
      search={url.pathname === "/admin/search"
        ? url.searchParams.get("q") ?? ""
        : ""}
      tools={
        <>
          <div class="console-tools row">
            {url.pathname === "/admin" && <Refresh />}
            <Console />
          </div>
          <ConsoleDialogs />
        </>
      }
    >
      <main id="main">
        <Component />
      </main>
    </AdminFrame>
  );
});
