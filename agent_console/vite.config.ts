import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const server = process.env["CTI_CONSOLE_PROXY"] ?? "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [react()],
  // JsSIP's dependencies were written for Node's name of the global object.
  define: { global: "globalThis" },
  build: { target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false }, reportCompressedSize: true, chunkSizeWarningLimit: 700 },
  server: {
    host: "127.0.0.1",
    proxy: { "/api": { target: server, ws: true } },
  },
  test: { environment: "node", include: ["src/**/*.test.ts"] },
});
