/**
 * The entry file of a worker of `node:worker_threads`, which accepts only files: for a module from
 * a registry, a line that imports it.
 */
export function workerModule(module: URL): URL {
  if (module.protocol === "file:") return module;
  const line = `import ${JSON.stringify(module.href)}`;
  return new URL(`data:text/javascript,${encodeURIComponent(line)}`);
}
