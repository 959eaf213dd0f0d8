import { portcullis } from "@portcullis/portcullis";
import { nodeHandler } from "@portcullis/portcullis/node";
// @ts-types="npm:@types/express@^5.0.6"
import express from "express";

const app = express();
app.get("/", (_, response) => void response.send("Hello"));
const gate = portcullis();
Deno.serve(gate.around(nodeHandler(app)));
