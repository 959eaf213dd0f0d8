export const handler = () => new Response("never");

throw new Error("on purpose, while it is imported");
