import { portcullis } from "@portcullis/portcullis";
import { App } from "fresh";

const gate = portcullis();
export const app = gate.enclose(new App())
  .fsRoutes();
Deno.addSignalListener("SIGTERM", () => gate.close());
