import { defineConfig } from "vitest/config";

// `vite` alone serves the sources and passes the API on to a running server.
const api = process.env.CITYGATE_API ?? "http://127.0.0.1:8080";

export default defineConfig({
  base: "/",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "dist",
    target: "es2022",
    // Fonts and images stay files: the server's policy gives fonts to 'self' only, not to data: URLs.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 2500,
    rolldownOptions: { input: ["index.html", "docs.html", "signin.html", "account.html"] },
  },
  server: {
    proxy: {
      "/v1": { target: api, ws: true },
      "/openapi.json": api,
      "/healthz": api,
    },
  },
  test: { include: ["tests/**/*.test.ts"], environment: "node" },
});
