import { createApp } from "./app.ts";
import { openServer } from "./lib/app/open_server.ts";
import { listStaticPaths } from "./lib/http/static_paths.ts";

export const { services, shutdown } = await openServer({
  built: new URL("./_fresh/", import.meta.url),
  staticPaths: await listStaticPaths(new URL("./static/", import.meta.url)),
});
export const app = createApp(services);
