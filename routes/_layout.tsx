import { Locale } from "../components/ui/number.tsx";
import { readerLocale } from "../middlewares/reader_locale.ts";
import { define } from "../utils.ts";

/** Here and not in `_app`: upstream renders the page first, and a context from `_app` misses it. */
export default define.layout(function RootLayout({ Component, req }) {
  return (
    <Locale.Provider value={readerLocale(req.headers.get("accept-language"))}>
      <Component />
    </Locale.Provider>
  );
});
