import { portcullis } from "@portcullis/portcullis";

const gate = portcullis();
const handler = () => new Response("Hello");
Deno.serve(gate.around(handler));
