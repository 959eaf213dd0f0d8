import { Shell } from "../components/ui/shell.tsx";
import { hasSignup } from "../lib/accounts/sign_in_ways.ts";
import { define } from "../utils.ts";

export default define.page(function App({ Component, state, url }) {
  return (
    <Shell
      title={state.title ?? "Portcullis"}
      waiting={state.openIncidents}
      path={url.pathname}
      user={state.user}
      hasSignup={hasSignup(state.services.config)}
    >
      <Component />
    </Shell>
  );
});
