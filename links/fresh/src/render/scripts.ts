import { DATA_ID, type PageData } from "../islands/format.ts";
import { flatText, inlineJson, serialize } from "../islands/serialize.ts";
import { slotId } from "./boundaries.ts";
import type { RenderState } from "./state.ts";

export interface ScriptOptions {
  nonce: string;
  isPartial: boolean;
  mode: "development" | "production";
  basePath: string;
}

/** The endpoint that notifies pages in development of changes. */
export const ALIVE_PATH = "/_frsh/alive";

/**
 * The scripts that hydrate the page: its islands' props as a data block and the module script that
 * starts them. Empty for a page without islands.
 */
export function pageScripts(
  state: RenderState,
  { nonce, isPartial, mode, basePath }: ScriptOptions,
): { script: string; preload: string } {
  const { cache, islands } = state;
  const reload = mode === "development" && !isPartial
    ? script(nonce, reloadCode(basePath))
    : "";
  if (cache === null || islands.length === 0 && !state.hasClientNav) {
    return { script: reload, preload: "" };
  }
  const modules: PageData["islands"] = islands.map((
    { url, exportName },
  ) => [basePath + url, exportName]);
  const props = flatText(serialize(state.instances, slotId));
  const block =
    `<script type="application/json" id="${DATA_ID}" nonce="${nonce}">` +
    `{"islands":${inlineJson(modules)},"props":${props}}</script>`;
  const preload = [cache.clientUrl, ...islands.map(({ url }) => url)].map((
    url,
  ) => `<${basePath}${url}>; rel="modulepreload"; as="script"`).join(", ");
  if (isPartial) return { script: block, preload };

  // Static imports: the browser fetches them all in parallel.
  const imports = islands.map(({ url, exportName }, i) =>
    `import{${exportName} as i${i}}from${inlineJson(basePath + url)};`
  );
  const code = `import{boot}from${inlineJson(basePath + cache.clientUrl)};` +
    imports.join("") + `boot([${islands.map((_, i) => `i${i}`)}]);`;
  return { script: block + script(nonce, code) + reload, preload };
}

function script(nonce: string, code: string): string {
  return `<script type="module" nonce="${nonce}">${code}</script>`;
}

/** Reloads on a message from the server, or on reconnection with another id. */
function reloadCode(basePath: string): string {
  return `let id;const s=new EventSource(${
    inlineJson(basePath + ALIVE_PATH)
  });s.addEventListener("id",e=>{if(id&&id!==e.data)location.reload();id=e.data});` +
    `s.addEventListener("change",()=>location.reload());`;
}
