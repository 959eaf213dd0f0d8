/** Used by islands and components, both in the browser and on the server. */
export { Head, type HeadProps } from "./src/runtime/head.ts";
export { Partial, type PartialProps } from "./src/runtime/partial.ts";
export { HttpError } from "./src/http_error.ts";
export { asset, assetSrcSet } from "./src/runtime/asset.ts";
export { IS_BROWSER } from "./src/runtime/is_browser.ts";
