import type { ComponentType } from "preact";
import { DATA_ID, type PageData } from "../islands/format.ts";
import { IslandPage } from "./islands.ts";
import { startNavigation } from "./navigation.ts";

/** Starts a page: hydrates its islands, then takes over navigation. */
export function boot(
  components: ComponentType<Record<string, unknown>>[],
): void {
  const data = document.getElementById(DATA_ID)!.textContent!;
  const { props } = JSON.parse(data) as PageData;
  new IslandPage(components, props, document).hydrate(
    document.body.firstChild,
    null,
  );
  startNavigation();
}
