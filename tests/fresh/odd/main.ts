import { App, staticFiles } from "fresh";

export const app: App<unknown> = new App().use(staticFiles())
  .get("/shown/:id", (ctx) => ctx.text(ctx.params.id!))
  .get("/failing/:id", () => {
    throw new Error("on purpose");
  })
  .use("/inner", async function mark(ctx) {
    const response = await ctx.next();
    response.headers.set("marked", "yes");
    return response;
  })
  .fsRoutes();
