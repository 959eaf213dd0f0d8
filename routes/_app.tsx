import { Shell } from "../components/ui/shell.tsx";
import { define } from "../utils.ts";

export default define.page(function App({ Component, state, url }) {
  return (
    <Shell
      title={state.title ?? "Portcullis"}
      waiting={state.openIncidents}
      path={url.pathname}
      user={state.user}
    >
      <Component />
    </Shell>
  );
});
