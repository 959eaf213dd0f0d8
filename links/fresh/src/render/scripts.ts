import type { RenderState } from "./state.ts";

export interface ScriptOptions {
  nonce: string;
  isPartial: boolean;
  mode: "development" | "production";
  basePath: string;
}

/** What makes the page alive in the browser; empty for one that stays still. */
export function pageScripts(
  _state: RenderState,
  _options: ScriptOptions,
): string {
  return "";
}
