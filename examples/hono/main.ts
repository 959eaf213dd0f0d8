import { portcullis } from "@portcullis/portcullis";
import { Hono } from "hono";

const app = new Hono().get("/", (c) => c.text("Hello"));
const gate = portcullis();
Deno.serve(gate.around(app.fetch));
