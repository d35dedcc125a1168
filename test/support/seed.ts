// Properties run from one seed, so that the same commit passes or fails everywhere; `SEED=random npm test` (or a number) looks further, which is how new faults are found.
import * as fc from "fast-check";

const { SEED } = process.env;
if (SEED !== "random") fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(SEED || 20261126) });
