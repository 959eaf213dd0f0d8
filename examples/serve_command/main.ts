import { portcullis } from "@portcullis/portcullis";

const gate = portcullis();
const handler = () => new Response("Hello");
export default { fetch: gate.around(handler) };
Deno.addSignalListener("SIGTERM", () => gate.close());
