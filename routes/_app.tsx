import { Locale } from "../components/number.tsx";
import { Shell } from "../components/shell.tsx";
import { readerLocale } from "../lib/http/locale.ts";
import { define } from "../utils.ts";

export default define.page(function App({ Component, state, url, req }) {
  return (
    <Locale.Provider value={readerLocale(req.headers.get("accept-language"))}>
      <Shell
        title={state.title ?? "Portcullis"}
        path={url.pathname}
        user={state.user}
      >
        <Component />
      </Shell>
    </Locale.Provider>
  );
});
