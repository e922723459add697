import { defineConfig } from "vite";

/** One file beside the console: pages of other sites load it, and nothing else. */
export default defineConfig({
  publicDir: false,
  build: {
    target: "es2022", emptyOutDir: false, reportCompressedSize: true,
    lib: { entry: "src/widget/widget.ts", formats: ["iife"], name: "ctiWidget", fileName: () => "widget.js" },
  },
});
