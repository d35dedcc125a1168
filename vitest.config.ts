import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["@millrace/source"] },
  ssr: { resolve: { conditions: ["@millrace/source"] } },
  test: {
    setupFiles: ["test/support/seed.ts"],
    include: ["packages/*/test/**/*.test.ts", "test/**/*.test.ts"],
    isolate: false,
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
});
