import fc from 'fast-check';

/**
 * Seed of all property tests: the same on every run, so that a test fails for whoever changed something and for nobody else.
 * `VOLLEY_FUZZ=7 npx vitest run` looks elsewhere.
 */
const DEFAULT = 20261121;

const given = process.env.VOLLEY_FUZZ;
const seed = given === undefined ? DEFAULT : Number(given);
if (given?.trim() === '' || !Number.isInteger(seed))
  throw new Error(`VOLLEY_FUZZ: expected an integer, got "${given}"`);

fc.configureGlobal({ seed });
