import { portcullis } from "@portcullis/portcullis";
import { Application } from "@oak/oak";

const app = new Application();
app.use((ctx) => ctx.response.body = "Hello");
const gate = portcullis();
Deno.serve(
  gate.around(async (request, { remoteAddr }) =>
    await app.handle(request, remoteAddr) ?? new Response(null, { status: 404 })
  ),
);
